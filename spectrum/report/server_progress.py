"""How far a run is: counts, rate, time left and cost, from its plan, its answer store and its trace, read only."""

import sqlite3
import stat
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.report.server_runs import Entry, read_json, writer_since
from spectrum.runs.folder import RunFolder

_LATEST = 500
"""Answers that the rate is taken of."""
_PART = 100_000
_WINDOW_S = 120.0
_PATIENCE_S = 2.0
"""A question to a store, hostile ones included, is given up after so long."""


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens."""

    tokens_in: float
    tokens_out: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands."""

    running: bool
    what: str
    """What is counted: "asks" or "slots"."""
    done: int
    planned: int | None
    failed: int
    rate: float | None
    """A second, over the latest answers; None where too few came."""
    left_s: float | None
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """None where no prices are known."""
    quiet_s: float | None
    """Seconds since the latest answer."""
    since: str

    def plain(self) -> dict[str, Any]:
        """As JSON says it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class _Counted:
    """What was read of a growing run so far, so that each look reads only what is new."""

    answers: int = 0
    summed: int = 0
    """Answers whose tokens are in the sums."""
    failures: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    failed_tokens_in: int = 0
    failed_tokens_out: int = 0
    offset: int = 0
    lines: int = 0
    samples: deque[tuple[float, int]] = field(default_factory=deque)


class Follower:
    """Looks at running runs again and again; one for a server, used by one thread at a time."""

    def __init__(self, prices: Prices | None = None, clock: Callable[[], float] = time.time) -> None:
        self._prices = prices
        self._clock = clock
        self._known: dict[str, _Counted] = {}

    def look(self, entry: Entry) -> Progress:
        """Where the run stands now; what cannot be read counts nothing."""
        known = self._known.setdefault(entry.entry_id, _Counted())
        run = RunFolder(entry.folder)
        since = writer_since(entry.folder)
        times, failed = _read_store(run.answers, known, since or "")
        slots = _planned_slots(run) if entry.kind == "browse" else None
        planned = slots if slots is not None else _planned_asks(run)
        if slots is not None:
            _count_lines(run.trace, known)
            done, what = max(0, known.lines - 1), "slots"
            rate = self._sampled(known, done)
        else:
            done, what = known.answers + failed, "asks"
            rate = _rate(times)
        now = self._clock()
        quiet = max(0.0, now - times[0]) if times else None
        left = (planned - done) / rate if rate and planned is not None and planned >= done else None
        cost = None
        tokens = (known.tokens_in + known.failed_tokens_in, known.tokens_out + known.failed_tokens_out)
        if self._prices is not None:
            cost = (tokens[0] * self._prices.tokens_in + tokens[1] * self._prices.tokens_out) / 1e6
        return Progress(
            since is not None, what, done, planned, failed, rate, left, *tokens, cost, quiet, since or entry.started
        )

    def _sampled(self, known: _Counted, done: int) -> float | None:
        """Slots carry no time: the rate is what was seen to come between looks."""
        now = self._clock()
        known.samples.append((now, done))
        while now - known.samples[0][0] > _WINDOW_S:
            known.samples.popleft()
        first, before = known.samples[0]
        return (done - before) / (now - first) if now - first >= 1.0 and done > before else None


def _read_store(path: Path, known: _Counted, since: str) -> tuple[list[float], int]:
    """Times of the latest answers, the newest first, and how many asks failed for good; brings `known` up to date."""
    if not _is_file(path):
        return [], 0
    deadline = time.monotonic() + _PATIENCE_S
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.5)
    except sqlite3.Error:
        return [], 0
    try:
        connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 10_000)
        connection.execute("PRAGMA trusted_schema = OFF")
        _sum_tokens(connection, known, deadline)
        failed = _failed(connection, known)
        rows = connection.execute("SELECT answered_at FROM answers ORDER BY rowid DESC LIMIT ?", (_LATEST,)).fetchall()
        return sorted((_seconds(row[0]) for row in rows if row[0] >= since[:19]), reverse=True), failed
    except (sqlite3.Error, ValueError, TypeError, OverflowError):
        return [], 0
    finally:
        connection.close()


def _sum_tokens(connection: sqlite3.Connection, known: _Counted, deadline: float) -> None:
    """Count answers and add up the tokens of new ones, in parts: what takes too long now goes on at the next look."""
    (newest,) = connection.execute("SELECT max(rowid) FROM answers").fetchone()
    # The store is append-only, and its row numbers count its answers.
    known.answers = int(newest or 0)
    while known.summed < known.answers and time.monotonic() < deadline:
        upto = min(known.answers, known.summed + _PART)
        sums = "SELECT sum(tokens_in), sum(tokens_out) FROM answers WHERE rowid > ? AND rowid <= ?"
        tokens_in, tokens_out = connection.execute(sums, (known.summed, upto)).fetchone()
        known.summed = upto
        known.tokens_in += int(tokens_in or 0)
        known.tokens_out += int(tokens_out or 0)


def _failed(connection: sqlite3.Connection, known: _Counted) -> int:
    """How many asks failed and were not answered since; the tokens of new failures are added up."""
    sums = "SELECT max(failure_id), sum(tokens_in), sum(tokens_out) FROM failures WHERE failure_id > ?"
    newest, tokens_in, tokens_out = connection.execute(sums, (known.failures,)).fetchone()
    if newest is not None:
        known.failures = int(newest)
        known.failed_tokens_in += int(tokens_in or 0)
        known.failed_tokens_out += int(tokens_out or 0)
    if not known.failures:
        return 0
    (failed,) = connection.execute(
        "SELECT count(DISTINCT ask_id) FROM failures"
        " WHERE NOT EXISTS (SELECT 1 FROM answers WHERE answers.ask_id = failures.ask_id)"
    ).fetchone()
    return int(failed)


def _rate(times: list[float]) -> float | None:
    if len(times) < 3 or times[0] - times[-1] < 0.5:
        return None
    return (len(times) - 1) / (times[0] - times[-1])


def _seconds(text: str) -> float:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _planned_asks(run: RunFolder) -> int | None:
    if not _is_file(run.plan):
        return None
    try:
        return int(pq.read_metadata(run.plan).num_rows)
    except (OSError, pa.ArrowException):
        return None


def _planned_slots(run: RunFolder) -> int | None:
    """Agents by slots, from the manifest."""
    config = (read_json(run.manifest) or {}).get("config")
    if not isinstance(config, dict):
        return None
    arms, replicates, slots = config.get("arms"), config.get("replicates"), config.get("slots")
    if isinstance(arms, list) and type(replicates) is int and type(slots) is int:
        return len(arms) * replicates * slots
    return None


def _count_lines(path: Path, known: _Counted) -> None:
    if not _is_file(path):
        return
    try:
        with path.open("rb") as file:
            if file.seek(0, 2) < known.offset:
                known.offset = known.lines = 0
            file.seek(known.offset)
            while part := file.read(2**22):
                known.offset += len(part)
                known.lines += part.count(b"\n")
    except OSError:
        return


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
