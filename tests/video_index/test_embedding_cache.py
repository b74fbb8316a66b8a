"""The embedding cache saves work where it can, and where it cannot it costs nothing but that."""

import multiprocessing
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.indexes import VIEW
from video_index.clips import Covariates
from video_index.embedding_cache import EmbeddingCache, Facts, Kept, cache_key, default_cache_folder
from video_index.indexed import IndexMeta

FACTS = Facts("video", 720, 1280, 3.1, 93, Covariates(1.5, 0.25, 0.1, 0.0, 0.3, None))


def kept(seed: int = 0, frames: int = 4, dimension: int = 12) -> Kept:
    return Kept(FACTS, np.random.default_rng(seed).standard_normal((frames, dimension)).astype(np.float32))


def file_of(cache: EmbeddingCache) -> Path:
    return next(cache.folder.glob("*.sqlite"))


def test_what_was_put_is_found_again_by_the_next_process(tmp_path):
    with EmbeddingCache(tmp_path) as cache:
        cache.put({"a": kept(1), "b": kept(2, frames=1)})
    with EmbeddingCache(tmp_path) as cache:
        found = cache.get("b", 12)
        assert found is not None
        assert found.facts == FACTS
        assert found.rows.tobytes() == kept(2, frames=1).rows.tobytes()
        assert cache.get("c", 12) is None
        assert (cache.count(), cache.problem) == (2, None)


def test_rows_of_another_dimension_are_not_taken(tmp_path):
    with EmbeddingCache(tmp_path) as cache:
        cache.put({"a": kept()})
        assert cache.get("a", 16) is None


def test_a_key_is_of_the_bytes_the_embedder_and_the_view():
    meta = IndexMeta("name", "f" * 32, 12, VIEW)
    renamed = IndexMeta("./elsewhere", "f" * 32, 12, VIEW)
    others = [
        cache_key("0" * 32, meta),
        cache_key("1" * 32, meta),
        cache_key("0" * 32, IndexMeta("name", "e" * 32, 12, VIEW)),
        cache_key("0" * 32, IndexMeta("name", "f" * 32, 12, type(VIEW)(8, VIEW.long_side))),
        cache_key("0" * 32, IndexMeta("name", "f" * 32, 12, type(VIEW)(VIEW.frames, 77))),
    ]
    assert len(set(others)) == 5
    assert cache_key("0" * 32, renamed) == others[0]


def test_it_stays_below_its_limit_and_keeps_what_was_used_last(tmp_path):
    limit = 400_000
    with EmbeddingCache(tmp_path, limit) as cache:
        cache.put({"first": kept(0, 8, 512)})
        for start in range(0, 200, 10):
            assert cache.get("first", 512) is not None
            cache.put({f"clip {i}": kept(i, 8, 512) for i in range(start, start + 10)})
            assert cache.size_bytes() <= limit
        assert cache.get("first", 512) is not None
        assert cache.get("clip 199", 512) is not None
        assert cache.get("clip 20", 512) is None
        assert 10 <= cache.count() <= 25
    assert file_of(cache).stat().st_size <= 2 * limit


def test_a_damaged_entry_is_a_miss_and_is_let_go(tmp_path):
    with EmbeddingCache(tmp_path) as cache:
        cache.put({"a": kept(1), "b": kept(2)})
    database = sqlite3.connect(file_of(cache))
    with database:
        body = bytearray(database.execute("SELECT body FROM kept WHERE key = 'a'").fetchone()[0])
        body[-40] ^= 1
        database.execute("UPDATE kept SET body = ? WHERE key = 'a'", (bytes(body),))
    database.close()
    with EmbeddingCache(tmp_path) as cache:
        assert cache.get("a", 12) is None
        assert cache.get("b", 12) is not None
        assert cache.count() == 1


def test_an_entry_of_another_key_is_a_miss(tmp_path):
    with EmbeddingCache(tmp_path) as cache:
        cache.put({"a": kept(1), "b": kept(2)})
    database = sqlite3.connect(file_of(cache))
    with database:
        database.execute("UPDATE kept SET body = (SELECT body FROM kept WHERE key = 'a') WHERE key = 'b'")
    database.close()
    with EmbeddingCache(tmp_path) as cache:
        assert cache.get("b", 12) is None


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_damaged_anywhere_gives_what_was_put_or_nothing(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with EmbeddingCache(folder) as cache:
        cache.put({str(i): kept(i) for i in range(20)})
    content = bytearray(file_of(cache).read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    for place in data.draw(st.lists(st.integers(0, max(len(content) - 1, 0)), max_size=30)):
        if content:
            content[place] = data.draw(st.integers(0, 255))
    file_of(cache).write_bytes(content)
    with EmbeddingCache(folder) as cache:
        for i in range(20):
            found = cache.get(str(i), 12)
            assert found is None or found.rows.tobytes() == kept(i).rows.tobytes()
        cache.put({"new": kept(99)})
        assert cache.problem is not None or cache.get("new", 12) is not None


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 400, bytes(8192)])
def test_a_file_that_is_no_database_is_made_anew(content, tmp_path):
    EmbeddingCache(tmp_path).close()
    file_of(EmbeddingCache(tmp_path)).write_bytes(content)
    with EmbeddingCache(tmp_path) as cache:
        cache.put({"a": kept()})
        assert cache.get("a", 12) is not None
        assert cache.problem is None


def test_a_folder_that_cannot_be_used_is_a_line_and_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with EmbeddingCache(tmp_path / "file" / "cache") as cache:
        cache.put({"a": kept()})
        assert cache.get("a", 12) is None
        assert cache.problem is not None
        assert "not used" in cache.problem


def test_a_locked_cache_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("video_index.embedding_cache._WAIT_S", 0.1)
    EmbeddingCache(tmp_path).close()
    holder = sqlite3.connect(file_of(EmbeddingCache(tmp_path)))
    holder.execute("BEGIN EXCLUSIVE")
    with EmbeddingCache(tmp_path) as cache:
        cache.put({"a": kept()})
        assert cache.get("a", 12) is None
        assert "locked" in str(cache.problem)
    holder.close()


def fill(folder: str, start: int) -> None:
    with EmbeddingCache(folder) as cache:
        for i in range(start, start + 40):
            cache.put({str(i): kept(i)})
        assert cache.problem is None


def test_processes_share_a_cache(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=fill, args=(str(tmp_path), start)) for start in (0, 20, 40)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    with EmbeddingCache(tmp_path) as cache:
        assert cache.count() == 80
        assert all(cache.get(str(i), 12) is not None for i in range(80))


def test_a_process_killed_while_it_writes_leaves_a_sound_cache(tmp_path):
    code = (
        "import itertools; from tests.video_index.test_embedding_cache import *\n"
        f"cache = EmbeddingCache({str(tmp_path)!r})\n"
        "for i in itertools.count():\n    cache.put({str(i): kept(i)})\n    print(i, flush=True)\n"
    )
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    last = 0
    while last < 30:
        last = int(process.stdout.readline())
    process.kill()
    process.communicate()
    with EmbeddingCache(tmp_path) as cache:
        assert cache.problem is None
        assert all(cache.get(str(i), 12) is not None for i in range(last + 1))


def test_the_folder_is_private_and_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv("VALUE_SPECTRUM_CACHE", str(tmp_path / "mine"))
    assert default_cache_folder() == tmp_path / "mine"
    with EmbeddingCache() as cache:
        assert cache.folder.stat().st_mode & 0o077 == 0
    monkeypatch.delenv("VALUE_SPECTRUM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert default_cache_folder() == tmp_path / "caches" / "value-spectrum"
    with pytest.raises(ValueError, match="room"):
        EmbeddingCache(tmp_path, 0)
