import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrum.audit.audited_run import AuditedRun, audited_run
from spectrum.audit.page import AuditPage
from spectrum.errors import RunFolderError
from tests.support.run_folders import SimulatedRun, simulated_clips
from video_index.errors import UnreadableClipError


@pytest.fixture
def run(tmp_path: Path) -> AuditedRun:
    SimulatedRun(simulated_clips(3)).write(tmp_path / "run", None)
    return audited_run(tmp_path / "run")


@pytest.fixture
def page(run: AuditedRun) -> Iterator[AuditPage]:
    def picture(clip_id: str) -> bytes:
        if clip_id == run.clip_ids[0]:
            raise UnreadableClipError("the file is gone")
        return b"\xff\xd8 a picture"

    served = AuditPage(run, run.sample(2, 0, 0), "ann", picture)
    thread = threading.Thread(target=served.serve)
    thread.start()
    yield served
    served.close()
    thread.join()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status, reply.read().decode("latin-1")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def post(url: str, **fields: object) -> int:
    body = urllib.parse.urlencode(fields, doseq=True).encode()
    try:
        with urllib.request.urlopen(url, data=body, timeout=5) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_person_judges_clip_after_clip_until_all_are_done(run: AuditedRun, page: AuditPage) -> None:
    sample = run.sample(2, 0, 0)
    for left in range(len(sample.clip), 0, -1):
        pending = run.left(sample, "ann")
        assert len(pending) == left and pending[0] in get(page.url)[1]
        assert post(page.url, clip=pending[0], value=["BE", "HE"], button="save") == 200
    assert "All 20 clips are judged" in get(page.url)[1] and page.finished
    assert {judgement.values for judgement in run.judgements()} == {("HE", "BE")}


def test_none_and_unsure_are_answers_of_their_own(run: AuditedRun, page: AuditPage) -> None:
    assert post(page.url, clip=run.clip_ids[1], button="none") == 200
    assert post(page.url, clip=run.clip_ids[2], button="unsure") == 200
    assert [(j.values, j.unsure) for j in run.judgements()] == [((), False), ((), True)]


def test_pressing_save_with_nothing_ticked_is_told_and_not_stored(run: AuditedRun, page: AuditPage) -> None:
    assert post(page.url, clip=run.clip_ids[1], button="save") == 400
    assert run.judgements() == ()


def test_the_page_says_nothing_of_why_a_clip_was_chosen(run: AuditedRun, page: AuditPage) -> None:
    text = get(page.url)[1]
    assert "checked" not in text.replace(":checked", "").replace("b.checked", "")
    assert "keyword" not in text and "retriev" not in text


def test_without_the_secret_there_is_nothing_and_no_file_is_served(run: AuditedRun, page: AuditPage) -> None:
    root = page.url.rsplit("/", 2)[0]
    assert get(root + "/")[0] == 404
    assert post(root + "/guess/", clip=run.clip_ids[1], value="BE") == 404
    assert get(page.url + "../../etc/passwd")[0] == 404
    assert get(page.url + "manifest.json")[0] == 404
    assert run.judgements() == ()


def test_a_clip_that_cannot_be_read_says_so(run: AuditedRun, page: AuditPage) -> None:
    assert get(f"{page.url}{run.clip_ids[1]}.jpg")[0] == 200
    assert get(f"{page.url}{run.clip_ids[0]}.jpg") == (410, "the file is gone")


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no clips\.parquet"):
        audited_run(tmp_path)
