"""The answer store of a run: SQLite, append-only, safe against being killed at any moment.

One writer (see lock) commits a group in one transaction that is on disk before the call returns (WAL with
synchronous FULL); any number of readers may look on meanwhile. An answer is written once and never
replaced. What was sent is logged before it is sent, so that the work a kill cost can be counted.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa

from spectrum.answers import Outcome
from spectrum.errors import RunFolderError
from spectrum.runs.records import Failure, StoredAnswer
from spectrum.runs.sqlite_errors import sound_rows, told_plainly
from spectrum.runs.tables import ANSWERS

FORMAT = 1
_APPLICATION = 0x56_53_50_52  # "VSPR": tells our files from other SQLite files
_COLUMNS = (
    "ask_id, outcome, choice, fields, text, finish_reason, probabilities, tokens_in, tokens_out, latency_s, answered_at"
)
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE answers (
    ask_id TEXT PRIMARY KEY NOT NULL, outcome TEXT NOT NULL, choice TEXT, fields TEXT, text TEXT NOT NULL,
    finish_reason TEXT, probabilities BLOB, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
    latency_s REAL NOT NULL, answered_at TEXT NOT NULL);
CREATE TABLE failures (
    failure_id INTEGER PRIMARY KEY, ask_id TEXT NOT NULL, error TEXT NOT NULL, tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL, latency_s REAL NOT NULL, failed_at TEXT NOT NULL);
CREATE TABLE attempts (attempt_id INTEGER PRIMARY KEY, ask_ids TEXT NOT NULL);
CREATE TRIGGER answers_stay BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_keep BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {FORMAT};
COMMIT;
"""
_LAST_FAILURES = """
SELECT ask_id, error, tokens_in, tokens_out, latency_s, failed_at FROM failures
WHERE failure_id IN (SELECT max(failure_id) FROM failures GROUP BY ask_id)
  AND NOT EXISTS (SELECT 1 FROM answers WHERE answers.ask_id = failures.ask_id)
"""
_PAID = """
SELECT count(*), coalesce(sum(tokens_in), 0), coalesce(sum(tokens_out), 0) FROM (
    SELECT tokens_in, tokens_out FROM failures
    UNION ALL SELECT tokens_in, tokens_out FROM answers
    WHERE ask_id IN (SELECT value FROM attempts, json_each(attempts.ask_ids)))
"""
_BATCH = 50_000
_EMPTY = "{path} holds no answers: the run was not started, or the folder is not a run"


class AnswerStore:
    """The answers of one run. Use as a context manager, from one thread at a time."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the store at `path`; a writing store is created where there is none.

        `read_only` works beside an active writer and on read-only media. Raises RunFolderError where the
        file is absent (read_only), damaged, of a newer format or cannot be written.
        """
        self.path = path
        if read_only and not path.is_file():
            raise RunFolderError(_EMPTY.format(path=path))
        with told_plainly(path):
            self._connection = _open_reader(path) if read_only else _open_writer(path)

    def __enter__(self) -> "AnswerStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def record(
        self,
        answers: Iterable[StoredAnswer] = (),
        failures: Iterable[Failure] = (),
        sent: Sequence[Sequence[str]] = (),
    ) -> int:
        """Commit answers, failures and the ask_ids of groups about to be sent, all or nothing.

        Returns how many answers were new; one whose ask_id is stored already is left as it was. Raises
        RunFolderError where the disk is full or read-only: nothing of this call is then stored, and all
        that was stored before is.
        """
        with told_plainly(self.path), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            before = self._connection.total_changes
            self._connection.executemany(
                f"INSERT INTO answers ({_COLUMNS}) VALUES ({', '.join('?' * 11)}) ON CONFLICT (ask_id) DO NOTHING",
                (answer.row() for answer in answers),
            )
            new = self._connection.total_changes - before
            self._connection.executemany(
                "INSERT INTO failures (ask_id, error, tokens_in, tokens_out, latency_s, failed_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                ((f.ask_id, f.error, f.tokens_in, f.tokens_out, f.latency_s, f.failed_at) for f in failures),
            )
            self._connection.executemany(
                "INSERT INTO attempts (ask_ids) VALUES (?)", ((json.dumps(list(ids)),) for ids in sent)
            )
        return new

    def answered(self) -> set[str]:
        """ask_ids of all stored answers; failures are not among them."""
        with told_plainly(self.path):
            return {row[0] for row in self._connection.execute("SELECT ask_id FROM answers")}

    def get(self, ask_ids: Iterable[str]) -> dict[str, StoredAnswer]:
        """The stored answers among `ask_ids`, by ask_id."""
        with told_plainly(self.path), sound_rows(self.path):
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM answers WHERE ask_id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ask_ids)),),
            )
            return {row[0]: StoredAnswer.of_row(row) for row in rows}

    def attempts(self) -> dict[str, int]:
        """How many times each ask was sent to a respondent, answered or not."""
        with told_plainly(self.path):
            rows = self._connection.execute(
                "SELECT value, count(*) FROM attempts, json_each(attempts.ask_ids) GROUP BY value"
            )
            return dict(rows)

    def paid(self) -> tuple[int, int, int]:
        """Answers and failures to asks that this run sent itself, and their tokens in and out, as far as known.

        Answers that were copied from another run are not among them.
        """
        with told_plainly(self.path):
            asks, tokens_in, tokens_out = self._connection.execute(_PAID).fetchone()
            return int(asks), int(tokens_in), int(tokens_out)

    def __len__(self) -> int:
        """Number of stored answers."""
        with told_plainly(self.path):
            (count,) = self._connection.execute("SELECT count(*) FROM answers").fetchone()
            return int(count)

    def table(self) -> pa.Table:
        """All answers as tables.ANSWERS, sorted by ask_id.

        An ask that failed for good and was not answered since is a row of outcome "error" with the last
        reason; an ask that was never answered has no row.
        """
        with told_plainly(self.path), sound_rows(self.path):
            batches = [_answer_batch(rows) for rows in self._columns(f"SELECT {_COLUMNS} FROM answers")]
            batches += [_failure_batch(rows) for rows in self._columns(_LAST_FAILURES)]
        return pa.Table.from_batches(batches, schema=ANSWERS).sort_by("ask_id")

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some columns of `table`, rows in no order: a tally of a million answers needs few of them."""
        schema = pa.schema([ANSWERS.field(name) for name in names])
        chosen = ", ".join("NULL" if name == "error" else name for name in names)
        with told_plainly(self.path), sound_rows(self.path):
            batches = [
                _batch(dict(zip(names, rows, strict=True)), schema)
                for rows in self._columns(f"SELECT {chosen} FROM answers")
            ]
            batches += [_failure_batch(rows).select(list(names)) for rows in self._columns(_LAST_FAILURES)]
        return pa.Table.from_batches(batches, schema=schema)

    def close(self) -> None:
        """Close the file; a writer folds its log into it first, so that one file holds all."""
        with told_plainly(self.path):
            self._connection.close()

    def _columns(self, query: str) -> Iterator[list[Sequence[Any]]]:
        """The query's columns, some tens of thousands of rows at a time."""
        cursor = self._connection.execute(query)
        width = len(cursor.description)
        while rows := cursor.fetchmany(_BATCH):
            # Slices of one flat list: zip(*rows) would open an iterator a row.
            flat = list(chain.from_iterable(rows))
            yield [flat[place::width] for place in range(width)]


def _open_writer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
    try:
        fresh = _is_fresh(connection)
        if not fresh:
            _check_format(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if fresh:
            connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection; on media where SQLite cannot keep its side files, a frozen one."""
    place = path.absolute().as_uri()
    connection = sqlite3.connect(f"{place}?mode=ro", uri=True, timeout=10.0, check_same_thread=False)
    try:
        fresh = _is_fresh(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        log = path.with_name(path.name + "-wal")
        side_files = error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
        if not side_files or (log.exists() and log.stat().st_size):
            raise
        connection = sqlite3.connect(f"{place}?immutable=1", uri=True, check_same_thread=False)
        fresh = _is_fresh(connection)
    try:
        if fresh:
            raise RunFolderError(_EMPTY.format(path=path))
        _check_format(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_fresh(connection: sqlite3.Connection) -> bool:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return not tables


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise RunFolderError(f"{path} is an SQLite file, but not an answer store")
    (views,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'view'").fetchone()
    if views:
        # A view is a query that runs on reading, for as long as whoever made it likes.
        raise RunFolderError(f"{path} holds views, which no answer store does; it is not read")
    if version > FORMAT:
        raise RunFolderError(
            f"{path} is of format {version}, this version reads up to {FORMAT}; upgrade value-spectrum"
        )


def _answer_batch(columns: list[Sequence[Any]]) -> pa.RecordBatch:
    named = dict(zip(_COLUMNS.split(", "), columns, strict=True))
    return _batch({**named, "error": (None,) * len(columns[0])}, ANSWERS)


def _batch(columns: dict[str, Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """A batch of stored columns, by name."""
    arrays = [
        _number_lists(columns[name]) if name == "probabilities" else pa.array(columns[name], schema.field(name).type)
        for name in schema.names
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _number_lists(packed: Sequence[bytes | None]) -> pa.ListArray:
    """Lists of doubles from packed columns without a Python float a number."""
    held = [item for item in packed if item is not None]
    lengths = np.zeros(len(packed), dtype=np.int32)
    missing = np.ones(len(packed), dtype=np.bool_)
    if len(held) == len(packed):
        missing[:] = False
        lengths[:] = list(map(len, held))
    else:
        missing[:] = [item is None for item in packed]
        lengths[~missing] = list(map(len, held))
    offsets = np.concatenate([[0], np.cumsum(lengths // 8)]).astype(np.int32)
    numbers = np.frombuffer(b"".join(held), dtype="<f8")
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(numbers, pa.float64()), mask=pa.array(missing)
    )


def _failure_batch(columns: list[Sequence[Any]]) -> pa.RecordBatch:
    ids, error, tokens_in, tokens_out, latency_s, failed_at = columns
    rows = len(ids)
    named: dict[str, Sequence[Any]] = dict.fromkeys(ANSWERS.names, (None,) * rows)
    named |= {"ask_id": ids, "outcome": (str(Outcome.ERROR),) * rows, "text": ("",) * rows, "error": error}
    named |= {"tokens_in": tokens_in, "tokens_out": tokens_out, "latency_s": latency_s, "answered_at": failed_at}
    return _batch(named, ANSWERS)
