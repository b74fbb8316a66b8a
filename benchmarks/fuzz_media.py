"""Damaged media through the real `spectrum index`: every file is indexed or in quarantine with a reason.

    python -m benchmarks.fuzz_media --files 1000
    python -m benchmarks.fuzz_media --files 1000 --more CLIPS

The originals are clips of the pocket set, put into other containers and made into pictures too, so that the damage
reaches the readers of MP4, MOV, Matroska, WebM, AVI, MPEG-TS, FLV, GIF, WebP, PNG and JPEG; `--more` adds a folder of
your own clips (every fifth file is then made from it). Each file is damaged in one way, drawn by number and seed.

Counts what became of the files, by damage, and the reasons. `slow` are clips that reached the time limit and were
given up. Peaks are the largest resident size of the indexing process and of a decoding process, beside the same for
the originals unharmed. Ends with status 1 where the command failed or hung, a file is in neither pile, or a second
run does work again.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PIL import Image

from spectrum.pocket.shipped import clip_folder
from spectrum.pocket.tiny_clip import build_tiny_clip
from video_index.clips import Locator, ViewSpec
from video_index.decode import decode
from video_index.extras import import_extra
from video_index.keyed import digest, integer, uniform
from video_index.sources import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from video_index.store import open_index

TIME_LIMIT_S = 20
_REMUXED = (".mov", ".mkv", ".ts", ".flv")
_ENCODED = {".avi": "mpeg4", ".webm": "libvpx"}
_MAGIC = (b"\0\0\0\x20ftypisom", b"\x1aE\xdf\xa3", b"RIFF\xff\xff\xff\x7fAVI ", b"GIF89a", b"\x89PNG\r\n\x1a\n")
_MAGIC += (b"\xff\xd8\xff\xe0", b"RIFF\x10\0\0\0WEBPVP8 ", b"OggS\0\x02", b"FLV\x01\x05", b"II*\0\x08\0\0\0", b"BM")
_EXTREMES = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\0\0\xff\xff", b"\x80\0\0\0")

Key = tuple[str | int, ...]
Damage = Callable[[bytes, bytes, Key], bytes]


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What became of a folder of files."""

    status: int
    """Exit status of `spectrum index`; -1 where it had to be killed."""
    said: str
    indexed: dict[str, str] = field(default_factory=dict)
    """clip_id by file name."""
    quarantined: dict[str, str] = field(default_factory=dict)
    """Reason by file name."""
    seconds: float = 0.0
    peak_mib: tuple[int, int] = (0, 0)
    """Of the indexing process, of a decoding process."""
    again: str = ""
    """What a second run said."""


def cut(content: bytes, other: bytes, key: Key) -> bytes:
    """A download that broke off."""
    return content[: integer(len(content), *key, "end")]


def flip(content: bytes, other: bytes, key: Key) -> bytes:
    """One to a thousand bits flipped, in half of the files near the start, where headers are."""
    changed = bytearray(content)
    reach = min(len(content), 4096) if uniform(*key, "head") < 0.5 else len(content)
    for number in range(round(10 ** (3 * uniform(*key, "count")))):
        changed[integer(reach, *key, "byte", number)] ^= 1 << integer(8, *key, "bit", number)
    return bytes(changed)


def swap(content: bytes, other: bytes, key: Key) -> bytes:
    """The head of one file before the tail of another."""
    return content[: integer(len(content), *key, "head")] + other[integer(len(other), *key, "tail") :]


def blank(content: bytes, other: bytes, key: Key) -> bytes:
    """A stretch of zero bytes, or of nothing else."""
    start, length = integer(len(content), *key, "start"), integer(len(content), *key, "length")
    if uniform(*key, "all") < 0.2:
        return bytes(length)
    return content[:start] + bytes(min(length, len(content) - start)) + content[start + length :]


def noise_header(content: bytes, other: bytes, key: Key) -> bytes:
    """Noise where the header was, in half of the files behind a signature that some reader knows."""
    length = 8 + integer(2000, *key, "length")
    noise = b"".join(digest(*key, "noise", number) for number in range(length // 16 + 1))[:length]
    magic = _MAGIC[integer(len(_MAGIC), *key, "magic")] if uniform(*key, "known") < 0.5 else b""
    return magic + noise + content[length:]


def extremes(content: bytes, other: bytes, key: Key) -> bytes:
    """Numbers of the header replaced by the largest, the smallest, the negative: sizes, counts, offsets."""
    changed = bytearray(content)
    for number in range(1 + integer(6, *key, "count")):
        place = 4 * integer(max(1, min(len(content), 8192) // 4), *key, "place", number)
        changed[place : place + 4] = _EXTREMES[integer(len(_EXTREMES), *key, "value", number)]
    return bytes(changed)


def shift(content: bytes, other: bytes, key: Key) -> bytes:
    """A stretch taken out, or there twice: every later offset is wrong."""
    start, length = integer(len(content), *key, "start"), 1 + integer(5000, *key, "length")
    twice = uniform(*key, "twice") < 0.5
    return content[: start + length] + content[start:] if twice else content[:start] + content[start + length :]


def misnamed(content: bytes, other: bytes, key: Key) -> bytes:
    """Whole, under the name of another kind of file."""
    return content


DAMAGES: MappingProxyType[str, Damage] = MappingProxyType(
    {each.__name__: each for each in (cut, flip, swap, blank, noise_header, extremes, shift, misnamed)}
)


def make_originals(folder: Path, count: int = 4) -> list[Path]:
    """`count` pocket clips as they are, in other containers, as animations and as stills."""
    av = import_extra("av", "clips")
    folder.mkdir(parents=True)
    made = []
    for source in islice(sorted(clip_folder().glob("*.mp4")), count):
        made.append(folder / source.name)
        made[-1].write_bytes(source.read_bytes())
        for suffix in _REMUXED:
            made.append(folder / f"{source.stem}{suffix}")
            _remux(av, source, made[-1])
        decoded = decode(Locator(str(source)), ViewSpec(frames=6, long_side=128))
        frames = [Image.fromarray(frame.pixels) for frame in decoded.frames]
        for suffix, codec in _ENCODED.items():
            made.append(folder / f"{source.stem}{suffix}")
            _encode(av, frames, codec, made[-1])
        for suffix in (".gif", ".webp"):
            made.append(folder / f"{source.stem}{suffix}")
            frames[0].save(made[-1], save_all=True, append_images=frames[1:], duration=100)
        for suffix in (".png", ".jpg", ".bmp", ".tif"):
            made.append(folder / f"{source.stem}-still{suffix}")
            frames[0].save(made[-1])
    return made


def _remux(av: Any, source: Path, target: Path) -> None:
    with av.open(str(source)) as read, av.open(str(target), "w") as write:
        stream = write.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                write.mux(packet)


def _encode(av: Any, frames: list[Image.Image], codec: str, target: Path) -> None:
    with av.open(str(target), "w") as write:
        stream = write.add_stream(codec, rate=10)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            write.mux(stream.encode(av.VideoFrame.from_image(frame)))
        write.mux(stream.encode())


def write_damaged(folder: Path, originals: list[Path], more: list[Path], count: int, seed: int) -> dict[str, str]:
    """Write `count` damaged files; their damage by name."""
    folder.mkdir(parents=True)
    kinds = {}
    for number in range(count):
        key: Key = ("fuzz", seed, number)
        pool = more if more and number % 5 == 4 else originals
        source, other = (pool[integer(len(pool), *key, which)] for which in ("source", "other"))
        kind = tuple(DAMAGES)[number % len(DAMAGES)]
        suffix = (other if kind == "misnamed" else source).suffix
        name = f"{number:05}-{kind}{suffix}"
        content = source.read_bytes() or b"\0"
        (folder / name).write_bytes(DAMAGES[kind](content, other.read_bytes() or b"\0", key))
        kinds[name] = kind
    return kinds


def run_index(clips: Path, index: Path, embedder: Path, limit_s: float) -> Fuzzed:
    """`spectrum index`, watched; then once more, where nothing may be left to do."""
    command = [sys.executable, "-m", "spectrum", "index", str(clips), "--index", str(index)]
    command += ["--embedder", str(embedder), "--time-limit", str(TIME_LIMIT_S), "--workers", "1", "--quiet"]
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, text=True)
        own = workers = 0
        while process.poll() is None and time.monotonic() - started < limit_s:
            own = max(own, _peak_mib(process.pid))
            workers = max([workers, *map(_peak_mib, _children(process.pid))])
            time.sleep(0.05)
        hung = process.poll() is None
        process.kill()
        process.wait()
        said.seek(0)
        text = said.read()
    seconds = time.monotonic() - started
    if hung or process.returncode:
        return Fuzzed(-1 if hung else process.returncode, text, seconds=seconds, peak_mib=(own, workers))
    with open_index(index) as opened:
        records = list(opened.ledger.records())
        held = {clip.clip_id for clip in opened.clips()}
    again = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return Fuzzed(
        0,
        text,
        {Path(each.locator.path).name: each.clip_id for each in records if each.clip_id in held},
        {Path(each.locator.path).name: each.reason for each in records if each.reason},
        seconds,
        (own, workers),
        again.stdout,
    )


def faults(fuzzed: Fuzzed, names: list[str]) -> Iterator[str]:
    """What must not be, a line each."""
    if fuzzed.status:
        yield f"spectrum index {'hung' if fuzzed.status < 0 else 'failed'}: {fuzzed.said[-2000:]}"
        return
    for name in names:
        if (name in fuzzed.indexed) == (name in fuzzed.quarantined):
            yield f"{name} is in {'both piles' if name in fuzzed.indexed else 'neither pile'}"
    if ": 0 indexed" not in fuzzed.again:
        yield f"a second run worked again: {fuzzed.again.splitlines()[:1]}"
    if "Traceback" in fuzzed.said:
        yield f"a traceback was printed: {fuzzed.said[-2000:]}"


def _peak_mib(pid: int) -> int:
    """The largest resident size a process has had, MiB; 0 where it is gone or the system does not tell."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) // 1024 if found else 0


def _children(pid: int) -> list[int]:
    found = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, listed.read_text().split())
        except OSError:
            continue
    return found


def main() -> None:
    """Damage, index, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--more", type=Path, help="A folder of further originals.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        embedder = build_tiny_clip(root / "embedder")
        originals = make_originals(root / "originals")
        more = [path for path in sorted(given.more.rglob("*")) if path.is_file()] if given.more else []
        more = [path for path in more if path.suffix.lower() in VIDEO_SUFFIXES | IMAGE_SUFFIXES]
        unharmed = run_index(root / "originals", root / "originals.index", embedder, 600)
        kinds = write_damaged(root / "damaged", originals, more, given.files, given.seed)
        fuzzed = run_index(root / "damaged", root / "damaged.index", embedder, 60 + 2.0 * given.files)
        _show(kinds, unharmed, fuzzed)
        wrong = list(faults(fuzzed, list(kinds)))
        for line in wrong:
            print(line)
        sys.exit(1 if wrong else 0)


def _show(kinds: dict[str, str], unharmed: Fuzzed, fuzzed: Fuzzed) -> None:
    print(f"{len(kinds)} files in {fuzzed.seconds:.0f} s, {1000 * fuzzed.seconds / len(kinds):.0f} ms a file")
    print("peak MiB: indexing {}, decoding {}".format(*fuzzed.peak_mib))
    print("unharmed: indexing {}, decoding {}".format(*unharmed.peak_mib))
    print(f"{'damage':14} files  indexed  quarantined  slow")
    for kind in DAMAGES:
        names = [name for name, each in kinds.items() if each == kind]
        slow = sum("took longer" in fuzzed.quarantined.get(name, "") for name in names)
        piles = [sum(name in pile for name in names) for pile in (fuzzed.indexed, fuzzed.quarantined)]
        print(f"{kind:14} {len(names):5}  {piles[0]:7}  {piles[1]:11}  {slow:4}")
    print("reasons:")
    reasons = Counter(re.sub(r"\(.*\)|\d+|/\S+", "..", each) for each in fuzzed.quarantined.values())
    for reason, count in reasons.most_common():
        print(f"  {count:4}  {reason}")


if __name__ == "__main__":
    main()
