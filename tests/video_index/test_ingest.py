"""Ingest: every file ends in exactly one pile, a second run does no work, and a kill changes nothing in the end."""

import json
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.indexes import MODES, ColourEmbedder, index_in
from tests.support.ingest_process import VIEW
from tests.support.media import write_audio_only, write_video
from tests.support.qdrant_server import qdrant_server
from video_index.errors import ClipSourceError, IndexBusyError, IndexMismatchError, IndexStorageError, NotAnIndexError
from video_index.indexed import IndexMeta, mean_vector
from video_index.ingest import IngestProgress, ingest
from video_index.ingest_plan import plan_ingest
from video_index.keyed import uniform
from video_index.store import open_index

ROOT = Path(__file__).resolve().parents[2]
META = IndexMeta("colour", "c" * 32, 12, VIEW)


def still(path: Path, seed: int, shift: int = 0) -> Path:
    """A picture of four random colours; `shift` makes one that looks the same and has other bytes."""
    colours = np.random.default_rng(seed).integers(20, 236, (2, 2, 3))
    pixels = np.kron(colours + shift, np.ones((16, 24, 1))).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """15 stills, one of them twice, one with a look-alike; 2 videos; an empty and a soundtrack-only file."""
    folder = tmp_path_factory.mktemp("clips")
    for place in range(15):
        still(folder / f"s{place:02d}.png", place)
    still(folder / "sub" / "look-alike.png", 3, shift=2)
    shutil.copy(folder / "s05.png", folder / "sub" / "again.png")
    write_video(folder / "v1.mp4", "mpeg4", frames=8, fps=8)
    stripes = [np.full((120, 68, 3), (200 - 9 * place, 40, 220), np.uint8) for place in range(6)]
    write_video(folder / "v2.avi", "mjpeg", fps=6, pictures=stripes)
    (folder / "v2.json").write_text(json.dumps({"platform": "TikTok", "date": "2024-05-06", "mood": "calm"}))
    (folder / "empty.mp4").write_bytes(b"")
    write_audio_only(folder / "song.m4a").rename(folder / "song.mp4")
    return folder


@pytest.fixture
def clips(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "clips"))


def run(source, url, **options):
    embedder = options.pop("embedder", None) or ColourEmbedder()
    return ingest(source, url, embedder, **{"view": VIEW, "workers": 1, **options})


def piles(summary) -> tuple[int, int, int, int, int]:
    return (
        summary.found,
        summary.indexed,
        summary.already,
        summary.duplicates,
        len(summary.quarantined),
    )


def contents(folder: Path):
    """Everything an index holds, in comparable form."""
    with open_index(folder) as index:
        items = [(item.clip, item.vector.tobytes(), item.frames.tobytes()) for item in index.items()]
        files = [(str(r.locator), r.size, r.clip_id, r.reason, r.noted) for r in index.ledger.records()]
        return items, files, index.fingerprint()


@pytest.mark.parametrize("mode", MODES)
def test_every_file_ends_in_one_pile_and_a_second_run_does_no_work(mode, made, tmp_path):
    with index_in(mode, tmp_path, META) as index:
        first = run(made, index)
        assert piles(first) == (21, 18, 0, 1, 2)
        assert first.near_duplicates == 1
        reasons = {Path(q.path).name: q.reason for q in first.quarantined}
        assert "empty" in reasons["empty.mp4"]
        assert "audio" in reasons["song.mp4"]
        assert index.count() == 18
        before = index.fingerprint()
        idle = ColourEmbedder()
        second = run(made, index, embedder=lambda: pytest.fail("an idle run loads no embedder"))
        assert piles(second) == (21, 0, 19, 0, 2)
        assert second.near_duplicates == 1
        assert second.quarantined == first.quarantined
        assert (index.fingerprint(), idle.seen) == (before, 0)


def test_a_server_and_a_folder_end_with_the_same_index(made, tmp_path):
    run(made, tmp_path / "i")
    with qdrant_server() as server:
        url = f"{server.url}/clips"
        assert piles(run(made, url)) == (21, 18, 0, 1, 2)
        assert piles(run(made, url)) == (21, 0, 19, 0, 2)
        with open_index(url) as index:
            on_server = [(item.clip, item.vector.tobytes(), item.frames.tobytes()) for item in index.items()]
            assert (on_server, index.fingerprint()) == (contents(tmp_path / "i")[0], contents(tmp_path / "i")[2])


def test_what_is_stored_of_a_video_is_what_was_decoded_and_known(made, tmp_path):
    run(made, tmp_path / "i")
    with open_index(tmp_path / "i") as index:
        item = next(i for i in index.items() if i.clip.locator.path.endswith("v2.avi"))
    assert (item.clip.kind, item.clip.width, item.clip.height) == ("video", 68, 120)
    assert (item.clip.platform, item.clip.posted, dict(item.clip.extra)) == ("tiktok", "2024-05-06", {"mood": "calm"})
    assert item.clip.duration_s == pytest.approx(1.0, abs=0.05)
    assert item.clip.covariates.brightness is not None
    assert item.frames.shape == (4, 12)
    assert item.vector.tobytes() == mean_vector(item.frames).tobytes()


def test_near_duplicates_point_to_the_first_by_id_whatever_came_first(made, tmp_path):
    run(made, tmp_path / "whole")
    apart = tmp_path / "apart"
    for name in ("sub", "."):
        run(made / name, apart)
    marks = []
    for folder in (tmp_path / "whole", apart):
        with open_index(folder) as index:
            marks.append({clip.clip_id: clip.near_duplicate_of for clip in index.clips()})
    assert marks[0] == marks[1]
    (marked, first), *others = [(one, other) for one, other in marks[0].items() if other]
    assert not others
    assert first < marked


def test_a_changed_file_replaces_its_clip_and_a_repaired_one_leaves_the_quarantine(clips, tmp_path):
    run(clips, tmp_path / "i")
    still(clips / "s00.png", 100)
    still(clips / "s05.png", 101)  # its former bytes stay there under another name
    write_video(clips / "empty.mp4", "mpeg4", frames=4)
    summary = run(clips, tmp_path / "i")
    assert piles(summary) == (21, 3, 17, 0, 1)
    with open_index(tmp_path / "i") as index:
        names = sorted(Path(clip.locator.path).name for clip in index.clips())
    assert len(names) == len(set(names)) == 20
    assert "again.png" in names


def test_a_moved_file_is_found_again_without_decoding(clips, tmp_path):
    run(clips, tmp_path / "i")
    (clips / "v1.mp4").rename(clips / "sub" / "renamed.mp4")
    embedder = ColourEmbedder()
    summary = run(clips, tmp_path / "i", embedder=embedder)
    assert (summary.indexed, summary.updated, embedder.seen) == (0, 1, 0)
    with open_index(tmp_path / "i") as index:
        assert str(clips / "sub" / "renamed.mp4") in {clip.locator.path for clip in index.clips()}


def test_a_changed_sidecar_is_taken_over_without_decoding(clips, tmp_path):
    run(clips, tmp_path / "i")
    (clips / "v2.json").write_text(json.dumps({"platform": "Reels"}))
    embedder = ColourEmbedder()
    summary = run(clips, tmp_path / "i", embedder=embedder)
    assert (summary.indexed, summary.updated, embedder.seen) == (0, 1, 0)
    assert run(clips, tmp_path / "i").updated == 0
    with open_index(tmp_path / "i") as index:
        clip = next(c for c in index.clips() if c.locator.path.endswith("v2.avi"))
    assert (clip.platform, clip.posted) == ("reels", None)


def test_the_quarantine_is_tried_again_only_when_told(clips, tmp_path):
    run(clips, tmp_path / "i")
    tried: list[IngestProgress] = []
    assert piles(run(clips, tmp_path / "i", retry_quarantined=True, progress=tried.append)) == (21, 0, 19, 0, 2)
    assert (tried[-1].done, tried[-1].total, tried[-1].quarantined) == (21, 21, 2)
    with open_index(tmp_path / "i") as index:
        assert [Path(q.path).name for q in index.quarantine()] == ["empty.mp4", "song.mp4"]


def test_two_names_of_unusable_bytes_are_both_refused(tmp_path):
    clips = tmp_path / "clips"
    still(clips / "a.png", 1)
    write_audio_only(clips / "b.m4a").rename(clips / "b.mp4")
    shutil.copy(clips / "b.mp4", clips / "c.mp4")
    summary = run(clips, tmp_path / "i")
    assert piles(summary) == (3, 1, 0, 0, 2)
    assert len({q.reason for q in summary.quarantined}) == 1


def test_a_shard_and_a_folder_of_the_same_bytes_give_the_same_vectors(made, tmp_path):
    shard = tmp_path / "00000.tar"
    with tarfile.open(shard, "w") as tar:
        for name in ("s01.png", "v1.mp4"):
            tar.add(made / name, name)
    assert piles(run(shard, tmp_path / "t")) == (2, 2, 0, 0, 0)
    assert piles(run(shard, tmp_path / "t")) == (2, 0, 2, 0, 0)
    for name in ("s01.png", "v1.mp4"):
        run(made / name, tmp_path / "f")
    (from_tar, _, print_tar), (from_folder, _, print_folder) = contents(tmp_path / "t"), contents(tmp_path / "f")
    assert [row[1:] for row in from_tar] == [row[1:] for row in from_folder]
    assert print_tar == print_folder
    assert {clip.locator.member for clip, *_ in from_tar} == {"s01.png", "v1.mp4"}


def test_a_sample_is_keyed_and_stays_when_the_folder_moves(made, clips, tmp_path):
    chosen = []
    for place, (folder, seed) in enumerate([(made, 0), (clips, 0), (made, 1)]):
        summary = run(folder, tmp_path / str(place), sample=6, seed=seed)
        assert summary.found == 6
        with open_index(tmp_path / str(place)) as index:
            chosen.append(sorted(clip.clip_id for clip in index.clips()))
    assert chosen[0] == chosen[1] != chosen[2]
    assert run(made, tmp_path / "0", sample=6).indexed == 0


def test_a_stop_keeps_what_was_done_and_the_next_run_does_the_rest(made, tmp_path):
    calls = iter(range(100))
    summary = run(made, tmp_path / "i", batch=4, stop=lambda: next(calls) >= 9)
    assert summary.stopped
    assert 0 < summary.indexed < 18
    rest = run(made, tmp_path / "i")
    assert not rest.stopped
    assert summary.indexed + rest.indexed == 18
    run(made, tmp_path / "whole")
    assert contents(tmp_path / "i") == contents(tmp_path / "whole")


@pytest.mark.parametrize("step", ["upsert", "ledger"])
def test_where_storing_fails_the_ledger_names_no_clip_that_is_not_there(step, made, tmp_path, monkeypatch):
    """The disk is full at the third batch, before or after its points are stored."""
    calls = iter(range(100))
    with index_in("memory", tmp_path, META) as index:
        owner, name = (index, "upsert") if step == "upsert" else (index.ledger, "put")
        real = getattr(owner, name)

        def full(items):
            if next(calls) == 2:
                raise IndexStorageError("the disk is full")
            return real(items)

        monkeypatch.setattr(owner, name, full)
        with pytest.raises(IndexStorageError):
            run(made, index, batch=3)
        named = {record.clip_id for record in index.ledger.records() if record.clip_id}
        stored = {clip.clip_id for clip in index.clips()}
        assert len(named) >= 6
        assert named <= stored
        run(made, index)
        assert index.count() == 18


def test_a_plan_counts_what_an_ingest_would_do_and_makes_nothing(clips, tmp_path):
    plan = plan_ingest(clips, tmp_path / "i", ColourEmbedder(), view=VIEW, workers=1)
    assert (plan.found, plan.videos, plan.images, plan.to_do, plan.timed) == (21, 4, 17, 21, 3)
    assert plan.seconds is not None
    assert plan.seconds > 0
    assert not (tmp_path / "i").exists()
    run(clips, tmp_path / "i")
    still(clips / "new.png", 77)
    plan = plan_ingest(clips, tmp_path / "i", ColourEmbedder(), view=VIEW, workers=1)
    assert (plan.found, plan.already, plan.quarantined, plan.to_do) == (22, 19, 2, 1)


def test_what_cannot_work_is_said_before_anything_is_made(made, tmp_path):
    with pytest.raises(ClipSourceError):
        run(tmp_path / "nowhere", tmp_path / "i")
    (tmp_path / "none").mkdir()
    with pytest.raises(ClipSourceError):
        run(tmp_path / "none", tmp_path / "i")
    assert not (tmp_path / "i").exists()
    with pytest.raises(NotAnIndexError):
        run(made, made, embedder=lambda: pytest.fail("loaded for nothing"))


def test_another_embedder_or_view_is_refused_before_anything_is_stored(made, tmp_path):
    run(made / "s01.png", tmp_path / "i")
    before = contents(tmp_path / "i")
    with pytest.raises(IndexMismatchError, match="colour"):
        run(made, tmp_path / "i", embedder=ColourEmbedder("other", "0" * 32))
    with pytest.raises(IndexMismatchError, match="colour"):
        run(made, tmp_path / "i", embedder=lambda: ColourEmbedder("other", "0" * 32))
    with pytest.raises(IndexMismatchError, match="4 frames"):
        run(made, tmp_path / "i", view=type(VIEW)(frames=2, long_side=64))
    assert contents(tmp_path / "i") == before


def start(source: Path, index: Path, pause_s: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.ingest_process", str(source), str(index), str(pause_s)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def kill_process_only(process: subprocess.Popen[str]) -> None:
    """SIGKILL to the ingest alone: its decoding processes have to notice by themselves."""
    process.kill()
    process.communicate()


def test_a_second_process_is_told_who_holds_the_index(made, tmp_path):
    run(made / "s01.png", tmp_path / "i")
    process = start(made, tmp_path / "i", 5.0)
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "i" / "holder.json").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(IndexBusyError, match=f"process {process.pid} on .*ingest_process"):
            run(made, tmp_path / "i", wait_s=0.1)
    finally:
        kill_process_only(process)


def killed_again_and_again(made: Path, folder: Path, moments: int) -> None:
    whole, broken = folder / "whole", folder / "broken"
    pause = 0.05
    started = time.monotonic()
    summary = start(made, whole, pause).communicate(timeout=120)[0].split()
    length = time.monotonic() - started
    assert summary == ["21", "18", "0", "1", "2"]
    expected, files, fingerprint = contents(whole)
    by_id = {clip.clip_id: (clip.locator, vector, frames) for clip, vector, frames in expected}
    stored: set[str] = set()
    cut_short = 0
    for moment in range(moments):
        if len(stored) == len(by_id):  # begin anew, so that every kill finds work under way
            shutil.rmtree(broken)
            stored = set()
        process = start(made, broken, pause)
        time.sleep(uniform("moment of a kill", moments, moment) * length * 0.7)
        cut_short += process.poll() is None
        kill_process_only(process)
        if not (broken / "index.json").exists():
            continue
        items, _, _ = contents(broken)
        ids = [clip.clip_id for clip, *_ in items]
        assert len(ids) == len(set(ids))
        assert stored <= set(ids)
        for clip, vector, frames in items:
            assert by_id[clip.clip_id] == (clip.locator, vector, frames)
        stored = set(ids)
    assert cut_short >= moments / 3
    start(made, broken, 0.0).communicate(timeout=120)
    assert contents(broken) == (expected, files, fingerprint)


@pytest.mark.slow
def test_killed_three_times_the_index_equals_an_uninterrupted_one(made, tmp_path):
    killed_again_and_again(made, tmp_path, 3)


@pytest.mark.slow
def test_killed_twenty_times_the_index_equals_an_uninterrupted_one(made, tmp_path):
    killed_again_and_again(made, tmp_path, 20)
