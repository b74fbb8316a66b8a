"""Which files an index has dealt with, so that a second run over the same folder does no work."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from video_index.clips import Locator
from video_index.errors import IndexStorageError


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was when it was dealt with, and what came of it."""

    locator: Locator
    size: int
    """Bytes of the file (of the shard, for a member)."""
    mtime_ns: int
    clip_id: str | None = None
    """The clip these bytes are; None where the file is quarantined."""
    reason: str | None = None
    """Why the file is quarantined; None where it is a clip."""
    noted: str = ""
    """Digest of what was known of the clip beside its pixels, so that a changed sidecar shows."""

    def same_file(self, other: "FileRecord") -> bool:
        """Whether neither size nor time of change tell the two apart."""
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


class Ledger(Protocol):
    """The files of one index, and a few named texts about the work itself."""

    def records(self) -> Iterator[FileRecord]:
        """Every file dealt with, by path and member."""
        ...

    def put(self, records: Iterable[FileRecord]) -> None:
        """Store or replace the files' records, all of them or none."""
        ...

    def get_state(self, key: str) -> str | None:
        """The text kept under `key`, or None."""
        ...

    def set_state(self, key: str, value: str) -> None:
        """Keep a text under `key`."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


class SqliteLedger:
    """The ledger of an index folder: one SQLite file beside the points."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._spoken():
            self._database = sqlite3.connect(path, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS files (path TEXT NOT NULL, member TEXT NOT NULL, "
                "size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, clip_id TEXT, reason TEXT, noted TEXT NOT NULL, "
                "PRIMARY KEY (path, member))"
            )
            self._database.execute("CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
            self._database.commit()

    def records(self) -> Iterator[FileRecord]:
        """Every file dealt with, by path and member."""
        with self._spoken():
            rows = self._database.execute(
                "SELECT path, member, size, mtime_ns, clip_id, reason, noted FROM files ORDER BY path, member"
            )
            for path, member, *rest in rows:
                yield FileRecord(Locator(path, member or None), *rest)

    def put(self, records: Iterable[FileRecord]) -> None:
        """Store or replace the files' records in one transaction. Raises IndexStorageError."""
        rows = [
            (r.locator.path, r.locator.member or "", r.size, r.mtime_ns, r.clip_id, r.reason, r.noted) for r in records
        ]
        with self._spoken(), self._database:
            self._database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def get_state(self, key: str) -> str | None:
        """The text kept under `key`, or None."""
        with self._spoken():
            row = self._database.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_state(self, key: str, value: str) -> None:
        """Keep a text under `key`. Raises IndexStorageError."""
        with self._spoken(), self._database:
            self._database.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise IndexStorageError(f"the file ledger {self._path} cannot be used: {error}") from error
