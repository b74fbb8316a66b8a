"""The decoder pool outlasts what a clip does to a decoder."""

import concurrent.futures
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from tests.support import media
from video_index.clips import Locator, ViewSpec
from video_index.decode import DecoderPool, decode
from video_index.errors import SpectrumError, UnreadableClipError
from video_index.media import clip_id_of

SPEC = ViewSpec()
MISBEHAVE = "tests.support.bad_decoders:misbehave"


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Locator:
    return Locator(str(media.write_video(tmp_path_factory.mktemp("clip") / "a.mp4")))


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(workers=1) as pool:
        yield pool


@pytest.fixture(scope="module")
def bad_pool():
    with DecoderPool(workers=1, time_limit_s=1.0, function=MISBEHAVE) as pool:
        yield pool


def reason(pool: DecoderPool, locator: Locator, *arguments: object) -> str:
    with pytest.raises(UnreadableClipError) as caught:
        pool.decode(locator, SPEC, *arguments)
    return caught.value.reason


def test_a_worker_gives_what_decoding_here_gives(pool, clip):
    there, here = pool.submit(clip, SPEC, True).result(), decode(clip, SPEC, check_all=True)
    assert (there.width, there.height, there.frame_count, there.decoder) == (160, 96, 12, here.decoder)
    assert there.decoded_share == 1.0
    for one, other in zip(there.frames, here.frames, strict=True):
        assert one.timestamp == other.timestamp
        assert one.pixels.dtype == np.uint8
        assert (one.pixels == other.pixels).all()


def test_a_refused_clip_keeps_its_reason_on_the_way(pool, tmp_path):
    (tmp_path / "empty.mp4").touch()
    assert reason(pool, Locator(str(tmp_path / "empty.mp4"))) == "empty file (0 bytes)"


def test_the_bytes_are_held_against_the_clip_id(pool, clip, tmp_path):
    known = clip_id_of(clip)
    assert pool.decode(clip, SPEC, known).kind == "video"
    assert reason(pool, clip, "0" * 32) == "the file changed since it was indexed"
    assert reason(pool, Locator(f"{tmp_path}/gone.mp4"), known) == f"the file is gone: {tmp_path}/gone.mp4"


def test_a_decoder_that_hangs_is_killed_and_replaced(bad_pool):
    before = bad_pool.decode(Locator("fine"), SPEC).duration_s
    start = time.monotonic()
    assert reason(bad_pool, Locator("hang")) == "took longer than 1 s to decode"
    assert time.monotonic() - start < 10
    after = bad_pool.decode(Locator("fine"), SPEC).duration_s
    assert before != after
    with pytest.raises(ProcessLookupError):
        os.kill(int(before), 0)


def test_a_decoder_that_crashes_is_replaced(bad_pool):
    assert reason(bad_pool, Locator("crash")) == "the decoder crashed"
    assert bad_pool.decode(Locator("fine"), SPEC).decoder == "fake"


def test_a_process_that_died_between_two_clips_costs_no_clip(bad_pool):
    process = int(bad_pool.decode(Locator("fine"), SPEC).duration_s)
    os.kill(process, 9)
    time.sleep(0.2)
    assert int(bad_pool.decode(Locator("fine"), SPEC).duration_s) != process


def test_a_process_is_kept_for_many_clips_whatever_is_printed_in_it(bad_pool):
    assert len({bad_pool.decode(Locator("fine"), SPEC).duration_s for _ in range(5)}) == 1


def test_a_bug_of_ours_is_no_fault_of_the_clip(bad_pool):
    with pytest.raises(RuntimeError, match="a bug of ours"):
        bad_pool.decode(Locator("bug"), SPEC)
    assert "memory" in reason(bad_pool, Locator("memory"))


def test_a_process_that_cannot_start_says_why():
    with DecoderPool(workers=1, function="video_index.decode_clip:no_such_name") as pool:
        with pytest.raises(SpectrumError, match=r"does not start: AttributeError.*no_such_name") as caught:
            pool.decode(Locator("x"), SPEC)
        assert not isinstance(caught.value, UnreadableClipError)


def test_leaving_the_pool_stops_what_hangs_and_cancels_what_waits():
    with DecoderPool(workers=1, time_limit_s=600, function=MISBEHAVE) as pool:
        pool.decode(Locator("fine"), SPEC)
        running, waiting = pool.submit(Locator("hang"), SPEC), pool.submit(Locator("fine"), SPEC)
        time.sleep(0.3)
    for future in (running, waiting):
        with pytest.raises(concurrent.futures.CancelledError):
            future.result(timeout=10)
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(Locator("fine"), SPEC)


def test_a_pool_without_workers_or_time_is_refused():
    with pytest.raises(ValueError, match="workers and time"):
        DecoderPool(workers=0)
    with pytest.raises(ValueError, match="workers and time"):
        DecoderPool(time_limit_s=0)


def test_workers_import_nothing_heavy(clip):
    with DecoderPool(workers=1, function="tests.support.bad_decoders:name_modules") as pool:
        loaded = set(pool.decode(clip, SPEC, check_all=True).decoder.split())
    assert {"numpy", "PIL", "av", "decord"} <= loaded
    heavy = {"torch", "transformers", "pyarrow", "pydantic", "qdrant_client", "scipy", "open_clip", "langchain"}
    assert not heavy & loaded


def test_a_busy_worker_ends_with_its_parent(tmp_path):
    note = tmp_path / "process"
    parent = textwrap.dedent(f"""
        import os, time
        from video_index.clips import Locator, ViewSpec
        from video_index.decode import DecoderPool
        pool = DecoderPool(workers=1, time_limit_s=600, function="tests.support.bad_decoders:never_return")
        pool.submit(Locator({str(note)!r}), ViewSpec())
        while not os.path.exists({str(note)!r}) or not open({str(note)!r}).read():
            time.sleep(0.05)
        os.kill(os.getpid(), 9)
    """)
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", parent], cwd=root, timeout=60, check=False)
    worker = int(note.read_text())
    for _ in range(100):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the worker outlived its parent")
