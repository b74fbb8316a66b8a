import json
import os
import re
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrum.bench.tally import tally
from spectrum.errors import RunFolderError
from spectrum.report import server as server_module
from spectrum.report import server_pages
from spectrum.report.server import RunServer
from spectrum.report.server_pages import duration
from spectrum.report.server_progress import Prices
from spectrum.report.server_runs import Shelf
from spectrum.runs.folder import RunFolder
from spectrum.runs.store import AnswerStore
from tests.support.run_folders import Likes, SimulatedRun, always_yes, simulated_clips
from tests.support.served_runs import SCRIPT, GrowingRun, Viewer, hostile_folder, served


def made(folder: Path, kind: str, **summary: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    plain = {"kind": kind, "status": "done", "headline": f"It is {kind}.", "format_version": 1} | summary
    (folder / "summary.json").write_text(json.dumps(plain))
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A small bench run with a profile."""
    likes = Likes({"neutral": tuple({2: 3.0, 4: -3.0}.get(place, 0.0) for place in range(10))})
    run = SimulatedRun(simulated_clips(10), wordings=8).write(tmp_path_factory.mktemp("finished"), likes)
    tally(run.root)
    return run


@pytest.fixture
def root(tmp_path: Path, finished: RunFolder) -> Path:
    """A bench run, results of every other kind, and things that are no results."""
    folder = tmp_path / "runs"
    shutil.copytree(finished.root, folder / "deep" / "er" / "bench-a")
    for kind in ("pairs", "browse", "adhere", "compare", "calibration", "circumplex"):
        made(folder / kind, kind, respondent=f"model-{kind}")
    (folder / "web").mkdir()
    (folder / "web" / "manifest.json").write_text('{"kind": "browser-extension"}')
    (folder / "notes.txt").write_text("no result")
    return folder


@pytest.fixture
def viewer(root: Path) -> Iterator[Viewer]:
    with served(root) as viewer:
        yield viewer


def ids(viewer: Viewer) -> dict[str, str]:
    """Entry ids by the place of the folder."""
    shown = viewer.get().text
    found = re.findall(r'data-entry="(\w+)".*?facts"><span dir="auto">(.*?)</span>', shown, re.DOTALL)
    return {name: entry_id for entry_id, name in found}


def test_every_kind_of_result_is_listed_and_nothing_else(viewer: Viewer) -> None:
    got = viewer.get()
    assert got.status == 200
    assert set(ids(viewer)) == {
        "deep/er/bench-a", "pairs", "browse", "adhere", "compare", "calibration", "circumplex",
    }  # fmt: skip
    assert "It is adhere." in got.text and "model-browse" in got.text
    assert "7 of 7" in got.text and '<option value="pairs">pairs (1)</option>' in got.text


def test_a_result_is_drawn_anew_and_the_folders_own_page_is_not_served(root: Path, viewer: Viewer) -> None:
    (root / "deep/er/bench-a/report.html").write_text("<h1>planted page</h1>")
    got = viewer.get(f"run/{ids(viewer)['deep/er/bench-a']}")
    assert got.status == 200
    assert "planted page" not in got.text
    headline = json.loads((root / "deep/er/bench-a/summary.json").read_text())["headline"]
    assert headline in got.text
    assert '<a href="../">All runs</a>' in got.text


def test_a_page_is_kept_until_a_file_of_its_folder_changes(
    root: Path, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    draw = server_pages.result_page
    monkeypatch.setattr(server_pages, "result_page", lambda entry: drawn.append(entry.name) or draw(entry))
    place = f"run/{ids(viewer)['pairs']}"
    assert viewer.get(place).text == viewer.get(place).text
    assert drawn == ["pairs"]
    (root / "pairs" / "report.html").write_text("written by spectrum report")
    viewer.get(place)
    assert drawn == ["pairs"]
    made(root / "pairs", "pairs", headline="Another.", respondent="model-pairs")
    viewer.get(place)
    assert drawn == ["pairs", "pairs"]


@pytest.mark.parametrize(
    "path",
    [
        "../notes.txt", "..%2fnotes.txt", "%2e%2e/notes.txt", "run/../../notes.txt", "run/..%2f..%2fnotes.txt",
        "notes.txt", "deep/er/bench-a/summary.json", "run/deep%2fer%2fbench-a", "/etc/passwd", "run//etc/passwd",
        "run/0000000000000000", "run/0000000000000000/progress.json", "run/", "static/page.js", "%00", "run/%00",
        "compare/..", "run/..;/x", "\\..\\notes.txt",
    ],
)  # fmt: skip
def test_no_path_of_a_request_reaches_a_file(viewer: Viewer, path: str) -> None:
    got = viewer.get(path)
    assert got.status == 404
    assert got.text == "not found"


def test_nothing_is_said_without_the_secret(viewer: Viewer) -> None:
    for target in ("/", "/x/", f"/{viewer.secret[:-1]}/", f"/{viewer.secret}x/", "//", "*", "/%ff", "http://[x/"):
        got = viewer.get(raw=target)
        assert got.status in (400, 404), target
        assert "spectrum" not in got.text


def test_only_its_own_address_is_answered(viewer: Viewer) -> None:
    port = viewer.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}", f"127.0.0.2:{port}"):
        assert viewer.get(host=host).status == 200, host
    strange = ("evil.example", "127.0.0.1.evil.example", "evil@127.0.0.1", "192.0.2.1", f"{socket.gethostname()}x", "")
    for host in ("", "127.0.0.1", f"127.0.0.1:{port + 1}", *(f"{name}:{port}" for name in strange)):
        got = viewer.get(host=host)
        assert got.status == 403, host
        assert "bench" not in got.text


def test_it_listens_on_loopback_alone(root: Path) -> None:
    server = RunServer(root)
    assert server._server.server_address[0] == "127.0.0.1"
    server.release()


def test_it_can_be_read_and_not_written(viewer: Viewer, root: Path) -> None:
    before = sorted(path for path in root.rglob("*"))
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"):
        got = viewer.get(method=method)
        assert got.status == 405, method
        assert got.headers["allow"] == "GET, HEAD"
    whole, head = viewer.get(), viewer.get(method="HEAD")
    assert head.status == 200 and head.text == ""
    assert int(head.headers["content-length"]) == len(whole.text.encode())
    viewer.get(f"run/{ids(viewer)['deep/er/bench-a']}")
    after = {path for path in root.rglob("*") if not path.name.endswith(("-shm", "-wal"))}
    assert after == {path for path in before if not path.name.endswith(("-shm", "-wal"))}


def test_every_answer_carries_the_headers_that_keep_it_in(viewer: Viewer) -> None:
    entry_id = ids(viewer)["deep/er/bench-a"]
    for path in ("", f"run/{entry_id}", f"run/{entry_id}/progress.json", "nowhere"):
        headers = viewer.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
        assert "script-src" not in policy or re.search(r"script-src ('sha256-[^']+' ?)+'unsafe-eval'", policy)
        assert "'unsafe-inline'" not in policy.partition("script-src")[2]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
    assert "connect-src 'self'" in viewer.get().headers["content-security-policy"]
    assert "connect-src" not in viewer.get(f"run/{entry_id}").headers["content-security-policy"]


def test_links_that_leave_the_folder_are_not_followed(root: Path, tmp_path: Path, viewer: Viewer) -> None:
    secret = made(tmp_path / "outside", "pairs", headline="A secret.")
    (root / "linked").symlink_to(secret)
    inside = made(root / "sly", "bench", headline="Fine.")
    (inside / "thumbnails").mkdir()
    (inside / "thumbnails" / "a.webp").symlink_to("/etc/passwd")
    half = root / "half"
    half.mkdir()
    (half / "summary.json").symlink_to(secret / "summary.json")
    (half / "plan.parquet").symlink_to(secret / "summary.json")
    found = ids(viewer)
    assert "linked" not in found
    assert "A secret." not in viewer.get().text
    for name, link in (("sly", "thumbnails/a.webp"), ("half", "summary.json")):
        got = viewer.get(f"run/{found[name]}")
        assert got.status == 403
        assert f"This folder is not opened: {link} is a link that leaves the folder" in got.text
        assert viewer.get(f"run/{found[name]}/progress.json").status == 403
    assert "root:x:" not in viewer.get(f"run/{found['sly']}").text


def test_links_within_the_folder_and_pipes(root: Path, viewer: Viewer) -> None:
    fine = made(root / "fine", "compare")
    (fine / "tables").mkdir()
    (fine / "tables" / "x.csv").symlink_to(root / "notes.txt")
    piped = made(root / "piped", "compare")
    os.mkfifo(piped / "manifest.json")
    found = ids(viewer)
    assert viewer.get(f"run/{found['fine']}").status == 200
    got = viewer.get(f"run/{found['piped']}")
    assert got.status == 403 and "manifest.json is neither a file nor a folder" in got.text


def test_a_hostile_folder_shows_as_text(root: Path, viewer: Viewer) -> None:
    hostile_folder(root)
    listed = viewer.get().text
    name = next(name for name in ids(viewer) if "evil" in name)
    assert name.startswith("&lt;b onmouseover=&#39;window.hacked")
    assert SCRIPT not in listed and "&lt;script&gt;window.hacked" in listed
    assert len(listed) < 200_000
    got = viewer.get(f"run/{ids(viewer)[name]}")
    assert got.status == 200
    assert SCRIPT not in got.text


@pytest.mark.parametrize(
    "content", ["", "[]", "nonsense", '{"kind": ["bench"]}', '{"kind": "bench", "status": {}}', "[" * 50_000, "\x00"]
)
def test_whatever_a_summary_holds_a_page_comes_back(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "runs" / "odd"
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(content)
    (folder / "plan.parquet").write_bytes(b"PAR1")
    (folder / "answers.sqlite").write_bytes(b"SQLite format 3\x00 and then rubbish")
    with served(tmp_path / "runs") as viewer:
        entry_id = ids(viewer)["odd"]
        assert viewer.get(f"run/{entry_id}").status == 200
        assert viewer.get(f"run/{entry_id}/progress.json").status == 200


def test_a_folder_that_breaks_its_page_does_not_end_the_viewer(
    root: Path, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: Path) -> None:
        raise ZeroDivisionError("a table\nwith a hole")

    monkeypatch.setattr(server_pages, "page_of", breaks)
    monkeypatch.setattr(server_pages, "read_run", breaks)
    shutil.copytree(root / "deep/er/bench-a", root / "bench-b")
    found = ids(viewer)
    got = viewer.get(f"compare?run={found['deep/er/bench-a']}&run={found['bench-b']}")
    assert got.status == 200 and "These folders cannot be drawn together (ZeroDivisionError: a table)." in got.text
    got = viewer.get(f"run/{ids(viewer)['pairs']}")
    assert got.status == 200
    assert "This folder cannot be drawn (ZeroDivisionError: a table)." in got.text
    assert viewer.get().status == 200


def test_a_running_run_tells_how_far_it_is_and_no_profile(root: Path, finished: RunFolder) -> None:
    growing = GrowingRun(finished.root, root / "growing")
    growing.grow(200, a_second=4)
    with served(root, Prices(2.0, 10.0)) as viewer:
        entry_id = ids(viewer)["growing"]
        listed = viewer.get().text
        assert listed.index('data-status="running"') < listed.index('data-status="done"')
        page = viewer.get(f"run/{entry_id}")
        assert "No profile is shown before it is done" in page.text
        assert "figure" not in page.text.partition("<main")[2].partition("</main>")[0]
        assert "connect-src 'self'" in page.headers["content-security-policy"]
        state = json.loads(viewer.get(f"run/{entry_id}/progress.json").text)
        assert state["running"] and (state["done"], state["planned"]) == (200, growing.planned)
        assert state["rate"] == pytest.approx(4, rel=0.01)
        assert state["left_s"] == pytest.approx((growing.planned - 200) / 4, rel=0.01)
        assert state["cost_usd"] == pytest.approx(200 * (1000 * 2 + 10 * 10) / 1e6)
        assert state["line"].startswith(f"200 of {growing.planned:,} asks (")
        growing.grow(100, a_second=4)
        state = json.loads(viewer.get(f"run/{entry_id}/progress.json").text)
        assert (state["done"], state["tokens_in"], state["tokens_out"]) == (300, 300_000, 3_000)
        growing.end()
        assert not json.loads(viewer.get(f"run/{entry_id}/progress.json").text)["running"]


def test_without_prices_no_cost_is_made_up(root: Path, finished: RunFolder) -> None:
    growing = GrowingRun(finished.root, root / "growing")
    growing.grow(1)
    with served(root) as viewer:
        state = json.loads(viewer.get(f"run/{ids(viewer)['growing']}/progress.json").text)
    assert state["cost_usd"] is None and state["rate"] is None and state["left_s"] is None
    assert ["Cost so far", "-"] in state["facts"]


def test_a_writer_that_died_is_not_running(root: Path, finished: RunFolder) -> None:
    growing = GrowingRun(finished.root, root / "growing")

    def status() -> str:
        return next(entry.status for entry in Shelf(root).look().entries if entry.name == "growing")

    assert status() == "running"
    for pid in (2**22 + 1, 0, -1, "1", None, 10**30, True):
        growing.write_holder(pid)
        files = [path for path in growing.run.root.rglob("*") if path.is_file()]
        for path in files:
            os.utime(path, (1e9, 1e9))
        assert status() == "unfinished", pid
    growing.write_holder(1, host="another-machine")
    assert status() == "running"


def test_a_store_made_to_be_read_for_ever_is_given_up(root: Path, finished: RunFolder) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS rowid, x AS tokens_in,"
    for name, statements in {
        "view": [f"CREATE VIEW answers AS {endless} x AS tokens_out, '' AS answered_at, x AS ask_id FROM c"],
        "numbers": [
            "CREATE TABLE answers (ask_id TEXT, tokens_in, tokens_out, answered_at)",
            "INSERT INTO answers (rowid, tokens_in, tokens_out, answered_at) VALUES (9e18, 9e999, 'x', 'yesterday')",
        ],
    }.items():
        growing = GrowingRun(finished.root, root / name)
        growing.run.answers.unlink()
        with sqlite3.connect(growing.run.answers) as store:
            for statement in (*statements, "PRAGMA application_id = 0x56535052", "PRAGMA user_version = 1"):
                store.execute(statement)
        store.close()
    with served(root) as viewer:
        found, begun = ids(viewer), time.monotonic()
        for name in ("view", "numbers"):
            assert viewer.get(f"run/{found[name]}/progress.json").status == 200
            assert viewer.get(f"run/{found[name]}").status == 200
        assert time.monotonic() - begun < 30
    with pytest.raises(RunFolderError, match="holds views"):
        AnswerStore(root / "view" / "answers.sqlite", read_only=True)


def test_profiles_are_put_together(root: Path, viewer: Viewer) -> None:
    other = SimulatedRun(simulated_clips(6), respondent="planted:yes").write(root / "yes", always_yes)
    shutil.copytree(root / "deep/er/bench-a", root / "bench-b")
    made(other.root, "bench", respondent="planted:yes", status="unfinished")
    found = ids(viewer)
    got = viewer.get(f"compare?run={found['deep/er/bench-a']}&run={found['bench-b']}")
    assert got.status == 200
    assert "said by spectrum compare" in got.text
    assert "planted:simulated (bench-b)" in got.text and "planted:simulated (deep/er/bench-a)" in got.text
    assert f"spectrum compare {root}/deep/er/bench-a {root}/bench-b" in got.text
    for wrong in ("", f"run={found['bench-b']}", f"run={found['bench-b']}&run={found['pairs']}", "run=x&run=y"):
        assert viewer.get(f"compare?{wrong}").status == 400


def test_a_run_that_is_not_done_shows_no_profile_beside_others(root: Path, half: RunFolder, viewer: Viewer) -> None:
    shutil.copytree(half.root, root / "half")
    found = ids(viewer)
    text = viewer.get(f"compare?run={found['deep/er/bench-a']}&run={found['half']}").text
    assert "it is not done, and its profile is not shown before it is" in text
    series = re.findall(r'"series":"(.*?)"', text)
    assert series and set(series) == {"planted:simulated (deep/er/bench-a)"}


def test_a_page_that_is_being_drawn_is_waited_for_and_drawn_once(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    draw = server_pages.result_page

    def slow(entry: object) -> object:
        drawn.append(entry)
        threading.Event().wait(0.3)
        return draw(entry)  # type: ignore[arg-type]

    monkeypatch.setattr(server_pages, "result_page", slow)
    place = f"run/{ids(viewer)['compare']}"
    threads = [threading.Thread(target=viewer.get, args=(place,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 1


def test_few_pages_are_kept(root: Path, viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_KEPT_PAGES", 2)
    drawn = []
    draw = server_pages.result_page
    monkeypatch.setattr(server_pages, "result_page", lambda entry: drawn.append(entry.name) or draw(entry))
    found = ids(viewer)
    for name in ("pairs", "compare", "adhere", "pairs", "pairs"):
        viewer.get(f"run/{found[name]}")
    assert drawn == ["pairs", "compare", "adhere", "pairs"]


def test_following_one_run_looks_at_no_other(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(root, fresh_s=0)
    entry = next(entry for entry in shelf.look().entries if entry.name == "pairs")
    monkeypatch.setattr(shelf, "look", lambda: pytest.fail("all were looked at"))
    made(root / "pairs", "pairs", headline="Now.")
    found = shelf.entry(entry.entry_id)
    assert found is not None and found.headline == "Now."
    shutil.rmtree(root / "pairs")
    assert shelf.entry(entry.entry_id) is None


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as viewer:
        assert "There is no result folder here yet." in viewer.get().text


def test_a_result_folder_itself_can_be_viewed(finished: RunFolder) -> None:
    assert [entry.name for entry in Shelf(finished.root).look().entries] == ["."]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (40, "40 s"), (720, "12 min"), (11_100, "3 h 5 min"), (400_000, "5 days")]
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said
