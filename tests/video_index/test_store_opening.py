"""Opening an index: what is there, who holds it, what made it, and one clear line where it cannot be."""

import json
import os
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.indexes import META, index_in, synthetic_clips
from tests.support.qdrant_server import qdrant_server
from video_index import store, store_client, store_edge
from video_index.clips import Locator, ViewSpec
from video_index.errors import (
    IndexBusyError,
    IndexMismatchError,
    IndexNotFoundError,
    IndexStorageError,
    SpectrumError,
)
from video_index.ledger import FileRecord
from video_index.store import open_index

ROOT = Path(__file__).resolve().parents[2]


def one_line(error: pytest.ExceptionInfo[SpectrumError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 500
    return text


def make(folder: Path, count: int = 0) -> Path:
    with open_index(folder, write=True, meta=META) as index:
        index.upsert(synthetic_clips(count))
    return folder


def test_an_index_reopens_with_everything_in_it(tmp_path):
    clips = synthetic_clips(40)
    with open_index(tmp_path / "a" / "b.index", write=True, meta=META) as index:
        index.upsert(clips)
        before = index.fingerprint()
    with open_index(tmp_path / "a" / "b.index") as index:
        assert (index.count(), index.fingerprint(), index.meta) == (40, before, META)


@pytest.mark.parametrize("write", [False, True])
def test_nothing_there_is_said_and_nothing_is_made(tmp_path, write):
    with pytest.raises(IndexNotFoundError, match="no clip index") as error:
        open_index(tmp_path / "missing.index", write=write)
    assert "spectrum index" in one_line(error)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "holiday.mp4").write_bytes(b"mine")
    for write in (False, True):
        with pytest.raises(IndexNotFoundError, match=r"holiday\.mp4"):
            open_index(tmp_path, write=write, meta=META)
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.mp4"]


def test_a_file_is_no_index(tmp_path):
    (tmp_path / "x.index").write_text("")
    with pytest.raises(IndexNotFoundError, match="is a file"):
        open_index(tmp_path / "x.index")


def test_an_index_whose_making_was_cut_short_is_made_again(tmp_path):
    folder = make(tmp_path / "i", 5)
    (folder / "index.json").unlink()
    with pytest.raises(IndexNotFoundError):
        open_index(folder)
    with open_index(folder, write=True, meta=META) as index:
        assert index.count() == 0


def test_another_embedder_is_refused_by_name(tmp_path):
    folder = make(tmp_path / "i")
    other = replace(META, embedder="ViT-B-32/openai", embedder_fingerprint="0" * 32)
    with pytest.raises(IndexMismatchError, match="planted") as error:
        open_index(folder, write=True, meta=other)
    assert "ViT-B-32/openai" in one_line(error)
    retrained = replace(META, embedder_fingerprint="1" * 32)
    with pytest.raises(IndexMismatchError, match="other weights"):
        open_index(folder, write=True, meta=retrained)
    with pytest.raises(IndexMismatchError, match="4 frames"):
        open_index(folder, write=True, meta=replace(META, view=ViewSpec(2, 64)))
    open_index(folder).close()  # a refusal leaves no lock behind


def test_a_newer_format_says_to_upgrade_and_damage_says_damage(tmp_path):
    folder = make(tmp_path / "i")
    description = folder / "index.json"
    fields = json.loads(description.read_text())
    description.write_text(json.dumps({**fields, "format": 99}))
    with pytest.raises(IndexMismatchError, match="format 99"):
        open_index(folder)
    description.write_text("{")
    with pytest.raises(IndexStorageError, match="cannot be read"):
        open_index(folder)
    description.write_text(json.dumps({"format": 1}))
    with pytest.raises(IndexStorageError, match="damaged"):
        open_index(folder)


def test_a_second_opener_is_told_who_holds_the_index_and_waits_no_longer_than_asked(tmp_path):
    folder = make(tmp_path / "i", 3)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from video_index.store import open_index\n"
            f"index = open_index({str(folder)!r})\nprint('open', flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        started = time.monotonic()
        with pytest.raises(IndexBusyError, match=f"process {holder.pid} on ") as error:
            open_index(folder, wait_s=0.3)
        assert time.monotonic() - started < 5
        assert "since 20" in one_line(error)
        holder.kill()
        holder.wait()
        with open_index(folder, wait_s=5) as index:  # a killed holder's lock is free
            assert index.count() == 3
    finally:
        holder.kill()
        holder.communicate()


def test_two_openers_in_one_process_exclude_each_other_too(tmp_path):
    folder = make(tmp_path / "i")
    with open_index(folder), pytest.raises(IndexBusyError, match=f"process {os.getpid()}"):
        open_index(folder, wait_s=0)
    open_index(folder, wait_s=0).close()


def test_closing_twice_is_closing_once(tmp_path):
    index = open_index(make(tmp_path / "i"))
    index.close()
    index.close()
    open_index(tmp_path / "i", wait_s=0).close()


def test_the_ledger_keeps_files_and_states(tmp_path):
    records = [
        FileRecord(Locator("/b.tar", "2.mp4"), 7, 2**62, clip_id="ab" * 16, noted="n"),
        FileRecord(Locator("/a.mp4"), 0, -1, reason='zero bytes; "empty"'),
    ]
    for mode in ("folder", "memory", "server"):
        with index_in(mode, tmp_path / mode) as index:
            assert index.ledger.get_state("marks") is None
            index.ledger.put(records)
            index.ledger.put([replace(records[0], size=8)])
            index.ledger.set_state("marks", "due")
            index.ledger.set_state("marks", 'd"ö')
            assert list(index.ledger.records()) == [records[1], replace(records[0], size=8)]
            assert index.ledger.get_state("marks") == 'd"ö'
            assert [(q.path, q.reason) for q in index.quarantine()] == [("/a.mp4", 'zero bytes; "empty"')]
            assert index.count() == 0


def test_a_server_collection_reopens_and_knows_its_embedder():
    with qdrant_server() as server:
        url = f"{server.url}/films"
        with pytest.raises(IndexNotFoundError, match="films"):
            open_index(url)
        with pytest.raises(IndexNotFoundError, match="films"):
            open_index(url, write=True)
        with open_index(url, write=True, meta=META) as index:
            index.upsert(synthetic_clips(3))
        with open_index(url) as index:
            assert (index.count(), index.meta) == (3, META)
        with pytest.raises(IndexMismatchError, match="planted"):
            open_index(url, write=True, meta=replace(META, embedder="x", embedder_fingerprint="0" * 32))


def test_the_api_key_comes_from_the_environment_and_nowhere_else(monkeypatch):
    with qdrant_server(api_key="secret") as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monkeypatch.delenv("QDRANT_API_KEY", raising=False)
        with pytest.raises(IndexStorageError, match="QDRANT_API_KEY"):
            open_index(server.url)
        monkeypatch.setenv("QDRANT_API_KEY", "secret")
        open_index(server.url, write=True, meta=META).close()
    with pytest.raises(IndexNotFoundError, match="QDRANT_API_KEY") as error:
        open_index("http://user:secret@127.0.0.1:1/clips")
    assert "secret" not in one_line(error)


def test_a_silent_server_is_one_line():
    with pytest.raises(IndexStorageError, match="is it running") as error:
        open_index("http://127.0.0.1:9/clips")
    one_line(error)


@pytest.mark.parametrize("url", ["ftp://x/y", "http://host:1/a/b", "http:///x"])
def test_an_address_that_cannot_be_an_index_is_refused(url):
    with pytest.raises(IndexNotFoundError):
        open_index(url)


def test_memory_holds_nothing_to_reopen():
    with pytest.raises(IndexNotFoundError, match="always new"):
        open_index(":memory:")


def test_without_the_embedded_engine_the_clients_local_mode_takes_over_and_warns(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "edge_available", lambda: False)
    monkeypatch.setattr(store_client, "LOCAL_MODE_CLIPS", 10)
    clips = synthetic_clips(12)
    with open_index(tmp_path / "i", write=True, meta=META) as index:
        index.upsert(clips[:10])
        with pytest.warns(UserWarning, match="without the embedded engine"):
            index.upsert(clips[10:])
        before = index.fingerprint()
    monkeypatch.undo()
    with open_index(tmp_path / "i") as index:
        assert (index.count(), index.fingerprint()) == (12, before)
        assert json.loads((tmp_path / "i" / "index.json").read_text())["engine"] == "client"


def test_a_disk_that_is_almost_full_stops_before_the_engine_dies(tmp_path, monkeypatch):
    clips = synthetic_clips(4)
    with open_index(tmp_path / "i", write=True, meta=META) as index:
        index.upsert(clips[:2])
        monkeypatch.setattr(store_edge, "SPARE_BYTES", 2**62)
        with pytest.raises(IndexStorageError, match="is full") as error:
            index.upsert(clips[2:])
        one_line(error)
        assert index.count() == 2


_FILL = """
import subprocess
from tests.support.indexes import META, synthetic_clips
from video_index.errors import IndexStorageError
from video_index.store import open_index
stored = 0
with open_index("/mnt/clips.index", write=True, meta=META) as index:
    try:
        for seed in range(4000):
            index.upsert(synthetic_clips(64, seed=seed)); stored += 64
    except IndexStorageError as error:
        print(error)
# On a tmpfs, unlike on a disk, the engine's reading of sparse files takes room: the user makes some.
subprocess.run(["mount", "-o", "remount,size=400m", "/mnt"], check=True)
with open_index("/mnt/clips.index") as index:
    print(index.count() == stored and stored > 0)
"""


@pytest.mark.slow
def test_a_really_full_disk_is_one_line_and_keeps_what_was_stored():
    mount = "mount -t tmpfs -o size=96m none /mnt && exec "
    probe = ["unshare", "-Urm", "sh", "-c", f"{mount} true"]
    try:
        able = subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        able = False
    if not able:
        pytest.skip("this machine lets no test mount a small disk")
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", f'{mount} "$0" -c "$1"', sys.executable, _FILL],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    message, kept = done.stdout.strip().splitlines()
    assert "is full" in message
    assert kept == "True"
