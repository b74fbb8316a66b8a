"""Clips a second of a whole ingest against decoding alone, and whether memory stays flat.

    python -m benchmarks.ingest                       the ratio
    python -m benchmarks.ingest --memory 2000         resident memory over so many clips that differ in bytes

The ratio: clips of 720 x 1280 and 3 s, differing in bytes, are decoded by a DecoderPool of `--workers` processes
(eight frames at 448 pixels a clip, what an index wants of them, and nothing else), and ingested into a new index with
the pocket CLIP by as many. Rounds alternate the order; every row holds the starting of the processes.
"""

import argparse
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from spectrum.pocket.shipped import embedder_folder
from video_index.clips import Locator
from video_index.decode import DecoderPool
from video_index.embed import Embedder, load_embedder
from video_index.embedding_cache import EmbeddingCache
from video_index.ingest import DEFAULT_VIEW, IngestProgress, ingest


def write_clip(path: Path, seed: int, *, width: int, height: int, frames: int, fps: int = 30) -> None:
    """A textured scene under a moving camera with film grain: some 2 Mbit/s of H.264, as platforms serve it."""
    import av

    rng = np.random.default_rng(seed)
    margin = max(2, width // 16)
    coarse = av.VideoFrame.from_ndarray(rng.integers(0, 256, (41, 24, 3), np.uint8), format="rgb24")
    scene = coarse.reformat(width=width + 2 * margin, height=height + 2 * margin, interpolation="BICUBIC").to_ndarray()
    scene = np.clip(scene.astype(np.int16) + rng.integers(-12, 13, scene.shape), 0, 255).astype(np.uint8)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"preset": "veryfast", "b": "2M", "maxrate": "3M"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            x = round(margin * (1 + np.sin(number / 9 + seed)))
            y = round(margin * (1 + np.cos(number / 13)))
            shown = np.ascontiguousarray(scene[y : y + height, x : x + width])
            frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def write_copies(folder: Path, originals: list[Path], count: int) -> list[Path]:
    """`count` clips that differ in bytes and not in pictures: each original with comments of its own."""
    import av

    copies = []
    for number in range(count):
        path = folder / f"{number:05d}.mp4"
        with av.open(str(originals[number % len(originals)])) as source, av.open(str(path), "w") as out:
            out.metadata["comment"] = f"copy {number}"
            stream = out.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    out.mux(packet)
        copies.append(path)
    return copies


def measured(work: Callable[[], None]) -> tuple[float, float]:
    """(seconds, processor seconds of this process and its children) that `work` takes."""

    def processor() -> float:
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    busy, start = processor(), time.monotonic()
    work()
    return time.monotonic() - start, processor() - busy


def decode_alone(clips: list[Path], workers: int, *, check_all: bool) -> None:
    """Decode every clip in processes and throw the frames away."""
    with DecoderPool(workers) as pool:
        futures = [pool.submit(Locator(str(path)), DEFAULT_VIEW, check_all) for path in clips]
        for number, future in enumerate(futures):
            assert len(future.result().frames) == DEFAULT_VIEW.frames
            futures[number] = None  # type: ignore[call-overload]


def index_all(folder: Path, index: Path, embedder: Embedder, workers: int, cache: EmbeddingCache | None) -> None:
    """Ingest a folder into a new index."""
    shutil.rmtree(index, ignore_errors=True)
    summary = ingest(folder, index, embedder, workers=workers, cache=cache)
    assert not summary.quarantined
    assert summary.indexed == summary.found


def compare(clips: int, encoded: int, rounds: int, workers: int) -> None:
    """Print seconds of each way and their ratios to decoding alone."""
    embedder = load_embedder(embedder_folder())
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        originals = [root / f"original {number}.mp4" for number in range(encoded)]
        for number, path in enumerate(originals):
            write_clip(path, number, width=720, height=1280, frames=90)
        (root / "clips").mkdir()
        paths = write_copies(root / "clips", originals, clips)
        size = statistics.mean(path.stat().st_size for path in paths)
        print(f"{clips} clips of 720 x 1280, 3 s, {size / 1000:.0f} kB ({encoded} encoded); {workers} workers")
        with EmbeddingCache(root / "cache") as cache:
            index_all(root / "clips", root / "index", embedder, workers, cache)
            ways: dict[str, Callable[[], None]] = {
                "decode alone (decord, no check)": lambda: decode_alone(paths, workers, check_all=False),
                "decode alone (every frame checked)": lambda: decode_alone(paths, workers, check_all=True),
                "ingest": lambda: index_all(root / "clips", root / "index", embedder, workers, None),
                "ingest, known to the cache": lambda: index_all(
                    root / "clips", root / "index", embedder, workers, cache
                ),
            }
            taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
            for turn in range(rounds):
                for name in list(ways)[:: 1 if turn % 2 == 0 else -1]:
                    taken[name].append(measured(ways[name]))
        report(taken, clips)


def report(taken: dict[str, list[tuple[float, float]]], clips: int) -> None:
    """A table: medians, and medians of the ratios within a round."""
    first = next(iter(taken))
    print("| way | clips a second | times decode alone | processor s a clip | processor ratio |")
    print("| --- | --- | --- | --- | --- |")
    for name, rows in taken.items():
        seconds, busy = (statistics.median(column) for column in zip(*rows, strict=True))
        ratios = [
            statistics.median(alone[which] / own[which] for alone, own in zip(taken[first], rows, strict=True))
            for which in (0, 1)
        ]
        print(f"| {name} | {clips / seconds:.2f} | {ratios[0]:.2f} | {busy / clips:.3f} | {ratios[1]:.2f} |")


def resident(process: str = "self") -> tuple[float, float]:
    """Resident memory in MiB, by the kernel's account: all of it, and without pages of files."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    whole, own = (int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))
    return whole, own


def watch_memory(clips: int, workers: int) -> None:
    """Ingest tiny clips and print resident memory along the way."""
    embedder = load_embedder(embedder_folder())
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        original = root / "original.mp4"
        write_clip(original, 0, width=96, height=160, frames=8, fps=8)
        (root / "clips").mkdir()
        write_copies(root / "clips", [original], clips)
        print("| clips | this process, MiB | without pages of files | largest decoding process |")
        print("| --- | --- | --- | --- |")

        def progress(state: IngestProgress) -> None:
            if state.done % 500 == 0 or state.done in (50, 250):
                tasks = Path("/proc/self/task").iterdir()
                children = [child for task in tasks for child in (task / "children").read_text().split()]
                whole, own = resident()
                largest = max(resident(child)[0] for child in children)
                print(f"| {state.done} | {whole:.0f} | {own:.0f} | {largest:.0f} |", flush=True)

        with EmbeddingCache(root / "cache") as cache:
            summary = ingest(root / "clips", root / "index", embedder, workers=workers, progress=progress, cache=cache)
        print(f"{summary.indexed} indexed in {summary.seconds:.0f} s")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=24, help="clips a round")
    parser.add_argument("--encoded", type=int, default=3, help="clips that are encoded; the others are copies of them")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", type=int, metavar="CLIPS", help="watch memory over so many tiny clips instead")
    chosen = parser.parse_args()
    if chosen.memory:
        watch_memory(chosen.memory, chosen.workers)
    else:
        compare(chosen.clips, chosen.encoded, chosen.rounds, chosen.workers)


if __name__ == "__main__":
    main()
