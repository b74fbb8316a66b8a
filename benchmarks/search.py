"""Search over many clips: p50 and p99 on clip means, plain and filtered, and how long reopening takes.

    python -m benchmarks.search --clips 50000

Vectors are drawn (clusters on the sphere, so that neighbours are nearer than chance) and put into an embedded index
through the index's own store; every clip has eight frame vectors. A query's vector is given. What is timed: the nearest
50 by clip means; the whole search, whose 200 best by clip means are ranked again by their frames; and the same with a
filter of three conditions (platform, date, duration) that about one clip in seven passes.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from video_index.clips import Clip, Covariates, Locator, ViewSpec
from video_index.filters import ClipFilter
from video_index.indexed import IndexedClip, IndexMeta, mean_vector
from video_index.search import search_vector
from video_index.store import ClipIndex, open_index

FRAMES = 8
BATCH = 500
PLATFORMS = ("tiktok", "youtube", "instagram")
FILTER = ClipFilter(platforms=("TikTok", "YouTube"), posted_from="2024-03-01", duration_min_s=10.0, duration_max_s=30.0)


def drawn(count: int, dimension: int, seed: int) -> Iterator[list[IndexedClip]]:
    """Batches of clips whose frame vectors scatter round one of 200 centres."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((200, dimension))
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        own = centres[rng.integers(0, 200, size)] + 0.8 * rng.standard_normal((size, dimension))
        frames = own[:, None, :] + 0.5 * rng.standard_normal((size, FRAMES, dimension))
        frames /= np.linalg.norm(frames, axis=-1, keepdims=True)
        yield [clip(start + row, frames[row].astype(np.float32), rng) for row in range(size)]


def clip(number: int, frames: NDArray[np.float32], rng: np.random.Generator) -> IndexedClip:
    """One clip with the metadata that filters use."""
    known = Clip(
        clip_id=rng.bytes(16).hex(),
        locator=Locator(f"/clips/{number:06d}.mp4"),
        kind="video",
        width=720,
        height=1280,
        duration_s=float(rng.uniform(3, 60)),
        frame_count=90,
        platform=PLATFORMS[number % 3],
        posted=(date(2024, 1, 1) + timedelta(days=int(rng.integers(0, 365)))).isoformat(),
        title=f"clip {number}",
        tags=("one", "two"),
        covariates=Covariates(1.0, 0.5, 0.2, 0.1, 0.0, None),
        extra={"values": "Hedonism"},
    )
    return IndexedClip(known, mean_vector(frames), frames)


def queries(count: int, dimension: int, seed: int) -> NDArray[np.float32]:
    """Unit vectors near the centres that the clips scatter round."""
    centres = np.random.default_rng(seed).standard_normal((200, dimension))
    rng = np.random.default_rng(seed + 1)
    vectors = centres[rng.integers(0, 200, count)] + 0.8 * rng.standard_normal((count, dimension))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def timed(
    ways: dict[str, Callable[[NDArray[np.float32]], object]], vectors: NDArray[np.float32]
) -> dict[str, tuple[list[float], list[float]]]:
    """Milliseconds, by the clock and of the processor, of every way on every vector, in turn."""
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in ways}
    for vector in vectors:
        for name, search in ways.items():
            busy, start = time.process_time(), time.perf_counter()
            search(vector)
            found[name][0].append(1000 * (time.perf_counter() - start))
            found[name][1].append(1000 * (time.process_time() - busy))
    return found


def fill(place: Path, count: int, dimension: int, seed: int) -> None:
    """Make the index."""
    meta = IndexMeta("drawn", "0" * 32, dimension, ViewSpec(FRAMES, 448))
    start = time.monotonic()
    with open_index(place, write=True, meta=meta) as index:
        for batch in drawn(count, dimension, seed):
            index.upsert(batch)
    size = sum(file.stat().st_blocks * 512 for file in place.rglob("*") if file.is_file())
    seconds = time.monotonic() - start
    print(f"{count} clips of {dimension} numbers, {FRAMES} frames each: stored in {seconds:.0f} s, {size >> 20} MiB")


def reopened(place: Path, rounds: int) -> ClipIndex:
    """Close and open the index again, and print how long that takes; it is left open."""
    seconds, busy, first = [], [], []
    for _ in range(rounds):
        start, worked = time.perf_counter(), time.process_time()
        index = open_index(place)
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - worked)
        vector = np.ones(index.meta.dimension, np.float32)
        index.nearest(vector, 10)
        first.append(time.perf_counter() - start)
        index.close()
    middle, worst = statistics.median(seconds), max(seconds)
    print(f"reopened in {middle:.3f} s (median of {rounds}; longest {worst:.3f}; ", end="")
    print(f"of the processor {statistics.median(busy):.3f}), ", end="")
    print(f"with a first search in {statistics.median(first):.3f} s")
    return open_index(place)


def main() -> None:
    """Read the command line, fill, reopen, search."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=50_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--limit", type=int, default=50, help="clips a search gives")
    parser.add_argument(
        "--index", type=Path, help="where to make the index, or where it lies; default: a passing folder"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        place = chosen.index or Path(passing) / "index"
        if not place.exists():
            fill(place, chosen.clips, chosen.dimension, seed=0)
        with reopened(place, 7) as index:
            passed = sum(1 for _ in index.clips(FILTER)) / index.count()
            print(f"the filter passes {passed:.0%} of {index.count()} clips")
            limit = chosen.limit
            ways: dict[str, Callable[[NDArray[np.float32]], object]] = {
                "clip means": lambda v: index.nearest(v, limit),
                "clip means, filtered": lambda v: index.nearest(v, limit, FILTER),
                "frames re-rank 200": lambda v: search_vector(index, v, limit),
                "frames re-rank 200, filtered": lambda v: search_vector(index, v, limit, FILTER),
            }
            timed(ways, queries(5, index.meta.dimension, 0))
            found = timed(ways, queries(chosen.queries, index.meta.dimension, 0))
    print("| search | p50, ms | p99, ms | p50 of processor ms |\n| --- | --- | --- | --- |")
    for name, (clock, busy) in found.items():
        p50, p99 = np.percentile(clock, [50, 99])
        print(f"| {name} | {p50:.1f} | {p99:.1f} | {statistics.median(busy):.1f} |")
    print(f"largest resident memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
