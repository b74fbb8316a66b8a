import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spectrum.frame_cache import FrameCache, OnceCache
from spectrum.views import view_of
from video_index.clips import Clip, Frame, Locator, ViewSpec
from video_index.errors import UnreadableClipError

FRAME_BYTES = 10 * 10 * 3


def frames(count: int = 1) -> tuple[Frame, ...]:
    return tuple(Frame(np.zeros((10, 10, 3), np.uint8), float(number)) for number in range(count))


def test_the_least_recently_used_view_leaves_first() -> None:
    cache = FrameCache(max_bytes=2 * FRAME_BYTES)
    loads: list[str] = []

    def get(name: str) -> None:
        cache.frames(name, lambda: (loads.append(name), frames())[1])

    for name in ["a", "b", "a", "c", "a", "b"]:
        get(name)
    assert loads == ["a", "b", "c", "b"]
    assert cache.bytes_held == 2 * FRAME_BYTES


def test_a_view_larger_than_the_bound_is_given_but_not_kept() -> None:
    cache = FrameCache(max_bytes=FRAME_BYTES)
    assert len(cache.frames("a", lambda: frames(2))) == 2
    assert cache.bytes_held == 0


def test_threads_that_want_one_view_decode_it_once() -> None:
    cache = FrameCache()
    loads: list[int] = []
    gate = threading.Event()

    def load() -> tuple[Frame, ...]:
        gate.wait(5)
        loads.append(1)
        return frames()

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(cache.frames, "a", load) for _ in range(4)]
        gate.set()
        results = [future.result() for future in futures]
    assert loads == [1]
    assert all(result is results[0] for result in results)


def test_an_error_is_raised_each_time_and_a_later_success_kept() -> None:
    cache = FrameCache()

    def fail() -> tuple[Frame, ...]:
        raise UnreadableClipError("gone")

    for _ in range(2):
        with pytest.raises(UnreadableClipError):
            cache.frames("a", fail)
    assert len(cache.frames("a", frames)) == 1


class Decoded:
    def __init__(self) -> None:
        self.frames = frames(3)


def test_a_view_reads_nothing_before_it_is_looked_at_and_names_the_clip_it_expects() -> None:
    calls: list[tuple[Locator, ViewSpec, str | None]] = []

    def decode(locator: Locator, spec: ViewSpec, expected_clip_id: str | None = None) -> Decoded:
        calls.append((locator, spec, expected_clip_id))
        return Decoded()

    clip = Clip("c" * 32, Locator("/clips/a.mp4"), "video", 10, 10, 1.0, 30)
    spec = ViewSpec(frames=3)
    cached = view_of(clip, spec, decode, FrameCache())
    plain = view_of(clip, spec, decode)
    assert cached == plain
    assert cached.view_id == plain.view_id != view_of(clip, ViewSpec(frames=2), decode).view_id
    assert calls == []
    assert len(cached.load()) == len(cached.load()) == 3
    assert calls == [(clip.locator, spec, clip.clip_id)]
    plain.load()
    assert len(calls) == 2


def test_a_value_that_cannot_be_kept_leaves_nobody_waiting() -> None:
    """Where holding it fails, whoever waits for it gets the error, and the key is free again."""
    entered, free = threading.Event(), threading.Event()

    def size(_: int) -> int:
        raise MemoryError

    cache: OnceCache[int] = OnceCache(10, size)
    seen: list[str] = []

    def make() -> int:
        entered.set()
        free.wait(5)
        return 1

    def look() -> None:
        try:
            cache.get("a", make)
        except MemoryError:
            seen.append("told")

    threads = [threading.Thread(target=look, daemon=True) for _ in range(2)]
    threads[0].start()
    entered.wait(5)
    threads[1].start()
    time.sleep(0.1)  # it waits for the first by now
    free.set()
    for thread in threads:
        thread.join(5)
    assert seen == ["told", "told"]
