"""Ingest computes nothing twice, overlaps what can overlap, and does not mind how its process was started."""

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spectrum.pocket.tiny_clip import build_tiny_clip
from tests.support.indexes import VIEW, ColourEmbedder, index_in
from tests.support.media import write_audio_only, write_video
from video_index.decode import DecoderPool
from video_index.embed import load_embedder
from video_index.embedding_cache import EmbeddingCache
from video_index.errors import IndexStorageError
from video_index.indexed import IndexMeta
from video_index.ingest import ingest
from video_index.store import open_index

META = IndexMeta("colour", "c" * 32, 12, VIEW)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    """Eleven stills, a video, and one file that cannot be used."""
    folder = tmp_path_factory.mktemp("clips")
    for place in range(11):
        colours = np.random.default_rng(place).integers(20, 236, (2, 2, 3))
        Image.fromarray(np.kron(colours, np.ones((16, 24, 1))).astype(np.uint8)).save(folder / f"s{place:02d}.png")
    write_video(folder / "v.mp4", "mpeg4", frames=8, fps=8)
    write_audio_only(folder / "song.m4a").rename(folder / "song.mp4")
    return folder


def run(source, url, **options):
    embedder = options.pop("embedder", None) or ColourEmbedder()
    return ingest(source, url, embedder, **{"view": VIEW, "workers": 1, **options})


def contents(place):
    with open_index(place) as index:
        return [(item.clip, item.vector.tobytes(), item.frames.tobytes()) for item in index.items()]


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The files that any pool was asked to decode, as they come."""
    asked: list[str] = []
    real = DecoderPool.submit

    def submit(self, locator, *arguments, **options):
        asked.append(Path(locator.path).name)
        return real(self, locator, *arguments, **options)

    monkeypatch.setattr(DecoderPool, "submit", submit)
    return asked


def test_a_new_index_of_known_bytes_decodes_and_embeds_nothing(clips, tmp_path, decoded):
    with EmbeddingCache(tmp_path / "cache") as cache:
        first = run(clips, tmp_path / "a", cache=cache)
        assert (first.indexed, first.reused, len(first.quarantined)) == (12, 0, 1)
        assert sorted(decoded) == sorted(path.name for path in clips.iterdir())  # each file once
    decoded.clear()
    embedder = ColourEmbedder()
    with EmbeddingCache(tmp_path / "cache") as cache:
        second = run(clips, tmp_path / "b", cache=cache, embedder=embedder)
    assert (second.indexed, second.reused, embedder.seen) == (12, 12, 0)
    assert decoded == ["song.mp4"]  # what cannot be used is looked at again: a decoder may have learnt it
    run(clips, tmp_path / "none")
    assert contents(tmp_path / "b") == contents(tmp_path / "a") == contents(tmp_path / "none")


def test_what_is_said_of_a_known_clip_is_said_anew(clips, tmp_path):
    moved = Path(shutil.copytree(clips, tmp_path / "moved"))
    (moved / "v.json").write_text(json.dumps({"platform": "TikTok"}))
    with EmbeddingCache(tmp_path / "cache") as cache:
        run(clips, tmp_path / "a", cache=cache)
        run(moved, tmp_path / "b", cache=cache)
    video = next(clip for clip, *_ in contents(tmp_path / "b") if clip.kind == "video")
    assert (video.platform, video.locator.path) == ("tiktok", str(moved / "v.mp4"))


def test_another_embedder_or_view_computes_anew(clips, tmp_path):
    with EmbeddingCache(tmp_path / "cache") as cache:
        run(clips, tmp_path / "a", cache=cache)
        other = run(clips, tmp_path / "b", cache=cache, embedder=ColourEmbedder("other", "0" * 32))
        shorter = run(clips, tmp_path / "c", cache=cache, view=type(VIEW)(frames=2, long_side=64))
    assert other.reused == shorter.reused == 0


@pytest.mark.parametrize("damage", ["noise", "cut", "folder"])
def test_with_a_damaged_cache_the_index_is_the_same(damage, clips, tmp_path):
    with EmbeddingCache(tmp_path / "cache") as cache:
        run(clips, tmp_path / "a", cache=cache)
    file = next((tmp_path / "cache").glob("*.sqlite"))
    if damage == "noise":
        content = bytearray(file.read_bytes())
        content[3000:] = np.random.default_rng(0).bytes(len(content) - 3000)
        file.write_bytes(content)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:5000])
    else:
        shutil.rmtree(tmp_path / "cache")
        (tmp_path / "cache").write_text("no folder")
    with EmbeddingCache(tmp_path / "cache") as cache:
        assert run(clips, tmp_path / "b", cache=cache).indexed == 12
    assert contents(tmp_path / "b") == contents(tmp_path / "a")


def test_a_stop_keeps_in_the_cache_what_was_computed(clips, tmp_path):
    calls = iter(range(100))
    with EmbeddingCache(tmp_path / "cache") as cache:
        first = run(clips, tmp_path / "a", cache=cache, stop=lambda: next(calls) >= 8)
        assert first.stopped
        assert cache.count() == first.indexed > 0
        assert run(clips, tmp_path / "b", cache=cache).reused == first.indexed


class Crowd(ColourEmbedder):
    """Asks for the frames of several clips at once, as an embedder on a GPU does."""

    frames_at_once = 5 * VIEW.frames

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[int] = []

    def images(self, frames):
        self.calls.append(len(frames))
        return super().images(frames)


def test_clips_share_a_batch_where_the_embedder_asks_for_it(clips, tmp_path):
    crowd, alone = Crowd(), Crowd()
    alone.frames_at_once = 1
    run(clips, tmp_path / "a", embedder=crowd)
    run(clips, tmp_path / "b", embedder=alone)
    assert len(crowd.calls) <= 4 < len(alone.calls) == 12
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_the_next_clips_are_decoded_while_one_is_embedded(clips, tmp_path, monkeypatch):
    futures = []
    real = DecoderPool.submit
    monkeypatch.setattr(DecoderPool, "submit", lambda *a, **o: futures.append(real(*a, **o)) or futures[-1])
    ahead: list[bool] = []

    class Patient(ColourEmbedder):
        def images(self, frames):
            if not ahead:
                futures[1].exception(timeout=60)
                time.sleep(0.2)
                ahead.append(len(futures) <= 4)  # as many as the window of one worker holds, and no more
            return super().images(frames)

    assert run(clips, tmp_path / "a", embedder=Patient()).indexed == 12
    assert ahead == [True]


@pytest.mark.parametrize("calls", [1, 3])
def test_no_more_calls_go_on_at_once_than_the_embedder_bears(calls, clips, tmp_path):
    class Counting(ColourEmbedder):
        calls_at_once = calls

        def __init__(self):
            super().__init__()
            self.going, self.most = 0, 0

        def images(self, frames):
            self.going += 1
            self.most = max(self.most, self.going)
            time.sleep(0.05)
            self.going -= 1
            return super().images(frames)

    embedder = Counting()
    with EmbeddingCache(tmp_path / "cache") as cache:
        assert run(clips, tmp_path / "a", embedder=embedder, workers=2, cache=cache).indexed == 12
    assert 1 <= embedder.most <= calls


def test_an_embedder_on_the_cpu_gives_each_clip_the_same_bits_side_by_side(clips, tmp_path):
    torch = pytest.importorskip("torch")
    embedder = load_embedder(build_tiny_clip(tmp_path / "tiny-clip"), device="cpu")
    before = torch.get_num_threads()
    for calls in (1, 4):
        embedder.calls_at_once = calls
        run(clips, tmp_path / str(calls), embedder=embedder)
    assert contents(tmp_path / "1") == contents(tmp_path / "4")
    assert torch.get_num_threads() == before


def test_the_next_clips_are_embedded_while_a_batch_is_stored(clips, tmp_path, monkeypatch):
    embedded = threading.Semaphore(0)

    class Telling(ColourEmbedder):
        def images(self, frames):
            embedded.release()
            return super().images(frames)

    with index_in("folder", tmp_path, META) as index:
        real, overlapped = index.upsert, []

        def upsert(items):
            if not overlapped:
                for _ in items:
                    embedded.acquire()
                overlapped.append(embedded.acquire(timeout=60))
            real(items)

        monkeypatch.setattr(index, "upsert", upsert)
        assert run(clips, index, embedder=Telling(), batch=3).indexed == 12
        assert overlapped == [True]
        assert index.count() == 12


def test_a_failure_to_store_ends_the_ingest_soon(clips, tmp_path, monkeypatch):
    with index_in("memory", tmp_path, META) as index:
        monkeypatch.setattr(index, "upsert", lambda items: (_ for _ in ()).throw(IndexStorageError("the disk is full")))
        embedder = ColourEmbedder()
        with pytest.raises(IndexStorageError, match="full"):
            run(clips, index, embedder=embedder, batch=2)
        assert embedder.seen <= 5 * VIEW.frames


STARTED = """
import multiprocessing, sys
from tests.video_index.test_ingest_engine import ingest_and_count
from tests.support.indexes import ColourEmbedder, VIEW
from video_index.ingest import ingest

if __name__ == "__main__":
    method, source, folder = sys.argv[1:]
    # The parent has used everything an ingest uses, engine and decoder threads included, before it starts a child.
    ingest(source, folder + "/parent", ColourEmbedder(), view=VIEW, workers=1)
    context = multiprocessing.get_context(method)
    child = context.Process(target=ingest_and_count, args=(source, folder + "/child"))
    child.start()
    child.join(120)
    sys.exit(child.exitcode if child.exitcode is not None else "the child hangs")
"""


def ingest_and_count(source: str, folder: str) -> None:
    """What a child process does; its exit status is 0 where every clip is in the index."""
    summary = ingest(source, folder, ColourEmbedder(), view=VIEW, workers=1)
    sys.exit(0 if summary.indexed == 12 else 3)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_an_ingest_works_under_every_start_method(method, clips, tmp_path):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system cannot {method}")
    (tmp_path / "program.py").write_text(STARTED)
    command = [sys.executable, str(tmp_path / "program.py"), method, str(clips), str(tmp_path)]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert contents(tmp_path / "child") == contents(tmp_path / "parent")
