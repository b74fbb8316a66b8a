"""Kill -9 of index, bench and browse at keyed moments; every end is held against an uninterrupted one.

    python -m benchmarks.kill_campaign --moments 100 --record kills.jsonl

Each command is started on an empty folder, killed, started again, killed again, and then left to end. A moment is a
keyed share of the time between the first file the command writes and its end in an uninterrupted run; every second
one is drawn from the time in which it stores. After each kill the folder is read as it stands (a copy: nothing is
repaired on the way), and at the end of the run

- lost: things that stood at a kill (an answer with its time stamp, a line of the trace, a file of the index's ledger)
  and are not there, byte for byte, in the end;
- twice: answers or clips that are there twice, or files that were indexed again though they had been stored;
- again: asks that were sent once more because a kill took them in flight (the one cost of a kill);
- unequal: files of the end (tables, summary, plan, trace, report, clips with their vectors) that differ from the
  uninterrupted run's. Time stamps are what may differ.

Takes about 10 s a moment on a busy core. With --record, a campaign that was stopped goes on with the same command. It
prints the table of docs/faults.md, and ends with status 1 where anything was lost, stored twice or unequal.
"""

import argparse
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.kill_tally import Record, Tally, heads
from spectrum.pocket.clips import write_clips
from spectrum.pocket.tiny_clip import build_tiny_clip
from video_index.keyed import uniform
from video_index.store import open_index

COMMANDS = ("index", "bench", "browse")
KILLS_A_RUN = 2
CLIPS = 30
_RESPONDENT = "py:benchmarks.unhurried:Unhurried?delay=0.05"
_PER_RUN_COLUMNS = {"latency_s", "answered_at"}


@dataclass(frozen=True, slots=True)
class World:
    """What the commands work on: generated clips, a tiny embedder, an index of the clips."""

    clips: Path
    embedder: Path
    index: Path

    def command(self, name: str, out: Path) -> list[str]:
        """The command line that makes `out`."""
        start = [sys.executable, "-m", "spectrum"]
        if name == "index":
            options = ["--index", str(out), "--embedder", str(self.embedder), "--batch", "2", "--workers", "1"]
            return [*start, "index", str(self.clips), *options, "--quiet"]
        options = ["--index", str(self.index), "--persona", "adventurer", "--frames", "2", "--long-side", "64"]
        if name == "browse":
            options += ["--slots", "12", "--probe-every", "3", "--replicates", "2"]
        else:
            options += ["--per-clip", "2", "--no-null-ladder"]
        return [*start, name, _RESPONDENT, *options, "--out", str(out), "--quiet"]


@dataclass(frozen=True, slots=True)
class Whole:
    """An uninterrupted run: seconds from its first file to its end, and of the storing within; what it left."""

    seconds: float
    storing: tuple[float, float]
    files: dict[str, bytes]


def make_world(root: Path) -> World:
    """Generate the clips and the embedder, and index them."""
    world = World(root / "clips", root / "embedder", root / "clips.index")
    write_clips(world.clips, per_value=2, controls=CLIPS - 20, seconds=0.5)
    build_tiny_clip(world.embedder)
    subprocess.run(world.command("index", world.index), check=True, capture_output=True)
    return world


def run_whole(world: World, name: str, out: Path) -> Whole:
    """Run a command uninterrupted, and time its parts."""
    process = _started(world, name, out)
    begun = _wait_for_touch(out, process, time.time())
    log = out / ("files.sqlite-wal" if name == "index" else "answers.sqlite-wal")
    first = last = 0.0
    while process.poll() is None:
        if log.exists() and log.stat().st_size:
            last = time.monotonic() - begun
            first = first or last
        time.sleep(0.005)
    seconds = time.monotonic() - begun
    if process.wait():
        raise RuntimeError(f"spectrum {name} fails without a kill")
    return Whole(seconds, (first, last), left_behind(name, out))


def campaign(world: World, name: str, moments: int, seed: int, root: Path, record: Record | None = None) -> Tally:
    """Kill one command at so many moments, those that `record` holds among them."""
    tally = Tally()
    record = record or Record(None, seed)
    before = record.judged(name)
    for each in before:
        tally.add(each)
    if tally.moments >= moments:
        return tally
    whole = run_whole(world, name, root / f"{name}-whole")
    run = len(before)
    while tally.moments < moments:
        run += 1
        killed = _one_run(world, name, whole, seed, run, min(KILLS_A_RUN, moments - tally.moments), root)
        record.add(name, killed)
        tally.add(killed)
    return tally


def _one_run(world: World, name: str, whole: Whole, seed: int, run: int, kills: int, root: Path) -> Tally:
    """A run that is killed so often, ended and judged."""
    tally = Tally()
    out = root / f"{name}-{run}"
    standing: dict[str, object] = {}
    for number in range(kills):
        if not _killed(world, name, out, _moment(whole, seed, name, run, number)):
            break
        tally.moments += 1
        now = stored(name, out)
        standing |= now
        done = sum(not key.startswith("line") for key in now)
        planned = CLIPS if name == "index" else sum(key.startswith("answer") for key in whole.files)
        tally.stood["nothing" if not done else "part" if done < planned else "all"] += 1
    ended = subprocess.run(world.command(name, out), capture_output=True, text=True)
    _judge(tally, name, out, whole, standing, ended)
    shutil.rmtree(out, ignore_errors=True)
    return tally


def stored(name: str, out: Path) -> dict[str, object]:
    """What stands in a folder, read from a copy: answers by ask_id, whole lines of the trace, files of the ledger."""
    if name == "index":
        return {f"file {row[:2]}": row for row in _rows(out / "files.sqlite", "files")}
    found: dict[str, object] = {f"answer {row[0]}": row for row in _rows(out / "answers.sqlite", "answers")}
    trace = out / "trace.jsonl"
    lines = trace.read_bytes().split(b"\n")[:-1] if trace.exists() else []
    return found | {f"line {number}": line for number, line in enumerate(lines)}


def left_behind(name: str, out: Path) -> dict[str, bytes]:
    """The end of a run, without its time stamps."""
    if name == "index":
        return dict(_index_content(out))
    columns = [row[1] for row in _rows(out / "answers.sqlite", "answers", "PRAGMA table_info(answers)")]
    kept = [place for place, column in enumerate(columns) if column not in _PER_RUN_COLUMNS]
    files = {
        f"answer {row[0]}": repr([row[place] for place in kept]).encode()
        for row in _rows(out / "answers.sqlite", "answers")
    }
    begun = json.loads((out / "manifest.json").read_text())["created_at"].encode()
    for path in sorted(out.rglob("*")):
        named = path.relative_to(out).as_posix()
        if path.is_file() and not named.startswith(("answers.sqlite", ".writer.lock")):
            files[named] = path.read_bytes().replace(begun, b"TIME").replace(begun[:10], b"DATE")
    return files


def _index_content(out: Path) -> Iterator[tuple[str, bytes]]:
    with open_index(out) as index:
        yield "index", repr((index.meta, index.fingerprint(), index.count())).encode()
        for number, item in enumerate(index.items()):
            yield f"clip {number}", repr(item.clip).encode() + item.vector.tobytes() + item.frames.tobytes()
    for table in ("files", "state"):
        for row in _rows(out / "files.sqlite", table):
            yield f"{table} {row[:2]}", repr(row).encode()


def _judge(
    tally: Tally,
    name: str,
    out: Path,
    whole: Whole,
    standing: dict[str, object],
    ended: subprocess.CompletedProcess[str],
) -> None:
    if ended.returncode:
        tally.unequal.append(f"{out.name}: status {ended.returncode}: {ended.stderr.strip()[-300:]}")
        return
    final = stored(name, out)
    tally.lost += [f"{out.name}: {key}" for key, content in standing.items() if final.get(key) != content]
    files = left_behind(name, out)
    names = files.keys() | whole.files.keys()
    tally.unequal += [f"{out.name}: {each}" for each in sorted(names) if files.get(each) != whole.files.get(each)]
    if name == "index":
        found = re.search(r"(\d+) files: (\d+) indexed", ended.stdout)
        if found is None or int(found[2]) > CLIPS - len(standing):
            tally.twice.append(f"{out.name}: {ended.stdout.strip()} with {len(standing)} stored before")
        return
    ids = [row[0] for row in _rows(out / "answers.sqlite", "answers")]
    tally.twice += [f"{out.name}: {each}" for each, count in Counter(ids).items() if count > 1]
    sent = sum(str(row[1]).count('",') + 1 for row in _rows(out / "answers.sqlite", "attempts"))
    tally.again += sent - len(ids)


def _moment(whole: Whole, seed: int, *key: str | int) -> float:
    """Seconds behind the first file; in every second moment, within the time of storing."""
    share = uniform("kill", seed, *key)
    start, end = whole.storing if uniform("kind", seed, *key) < 0.5 else (0.0, whole.seconds)
    return start + share * (end - start)


def _killed(world: World, name: str, out: Path, after: float) -> bool:
    """Start the command and kill it that long after its first file; False where it had ended by then."""
    process = _started(world, name, out)
    begun = _wait_for_touch(out, process, time.time())
    time.sleep(max(0.0, begun + after - time.monotonic()))
    alive = process.poll() is None
    if alive:
        process.send_signal(signal.SIGKILL)
    process.wait()
    return alive


def _started(world: World, name: str, out: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(world.command(name, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _wait_for_touch(out: Path, process: "subprocess.Popen[bytes]", since: float) -> float:
    """When (monotonic) this start wrote who holds the folder: its first file, in a resumed run too."""
    notes = (out / "holder.json", out / ".writer.json")
    while process.poll() is None:
        for note in notes:
            # The note of a killed run lies there until the next one writes its own.
            if note.exists() and note.stat().st_mtime >= since - 0.01:
                return time.monotonic()
        time.sleep(0.002)
    return time.monotonic()


def _rows(path: Path, table: str, query: str = "") -> list[tuple[Any, ...]]:
    """Rows of a table (or a query) in a copy of an SQLite file with its log; none where the table is not made yet."""
    with tempfile.TemporaryDirectory() as scratch:
        for suffix in ("", "-wal", "-journal"):
            side = path.with_name(path.name + suffix)
            if side.exists():
                shutil.copy(side, scratch)
        connection = sqlite3.connect(Path(scratch) / path.name)
        try:
            made = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
            return connection.execute(query or f"SELECT * FROM {table}").fetchall() if made else []
        finally:
            connection.close()


def main() -> None:
    """Run the campaign and print a line a command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moments", type=int, default=100, help="Kills in all, shared among the commands.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=COMMANDS)
    parser.add_argument("--record", type=Path, metavar="FILE", help="Keep what was judged; the same command goes on.")
    given = parser.parse_args()
    record = Record(given.record, given.seed)
    print(heads(), flush=True)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        world = make_world(Path(scratch))
        for number, name in enumerate(given.commands):
            share = given.moments * (number + 1) // len(given.commands) - given.moments * number // len(given.commands)
            tally = campaign(world, name, share, given.seed, Path(scratch), record)
            print(tally.row(name), flush=True)
            wrong += [*tally.lost, *tally.twice, *tally.unequal]
    if wrong:
        print("", *wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
