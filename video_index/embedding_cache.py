"""What was computed of a clip's bytes, kept between ingests: a second index of the same clips embeds nothing again.

An entry holds what decoding and embedding gave, under a key of the clip's hash, the embedder's fingerprint, the
view and what else decides the numbers; so another lexicon, a new index or a moved folder meets it again, and
another embedder or view does not. The cache is a convenience: where it cannot be read, is damaged, locked or
full, clips are simply decoded and embedded.
"""

import hashlib
import importlib.util
import itertools
import json
import os
import sqlite3
import struct
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from pydantic import TypeAdapter

from video_index.clips import Covariates
from video_index.indexed import IndexMeta
from video_index.keyed import digest

DEFAULT_LIMIT_BYTES = 1 << 30
"""1 GiB: about 60,000 clips of eight frames in 512 numbers."""
FOLDER_VARIABLE = "VALUE_SPECTRUM_CACHE"
"""Environment variable that names the cache folder."""

_RECIPE = 1  # raised whenever the same bytes would give other vectors or covariates than before
_FILE = "embeddings-1.sqlite"
_SUM_BYTES = 16
_LENGTH = struct.Struct("<I")
_WAIT_S = 5.0
_LOOKED_AT = 1024
_KEPT_SHARE = 0.9  # down to which a full cache is emptied, so that not every batch empties it again


@dataclass(frozen=True, slots=True)
class Facts:
    """What decoding says of a clip; the names and units of Clip."""

    kind: Literal["video", "image"]
    width: int
    height: int
    duration_s: float
    frame_count: int
    covariates: Covariates


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What decoding and embedding a clip gave."""

    facts: Facts
    rows: NDArray[np.float32]
    """One unit row a frame, shape (m, d)."""


class EmbeddingCache:
    """One SQLite file in `folder`, used by any number of processes, kept below `limit_bytes` by letting go of what
    was not used for longest.

    No method raises for the cache's own sake: `problem` says in a line what went wrong with it, and from then on
    it holds nothing. A damaged entry counts as absent; a damaged file is made anew.
    """

    def __init__(self, folder: str | Path | None = None, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        if limit_bytes < 1:
            raise ValueError(f"a cache needs room, not {limit_bytes} bytes")
        self.folder = Path(folder).expanduser() if folder is not None else default_cache_folder()
        self.problem: str | None = None
        """Why the cache is out of use; None while it is in use."""
        self._path = self.folder / _FILE
        self._limit = limit_bytes
        self._guard = threading.Lock()
        self._used: list[str] = []
        self._database: sqlite3.Connection | None = None
        with self._guard:
            self._open()

    def get(self, key: str, dimension: int) -> Kept | None:
        """The entry under a key, if it is there, sound, and of rows with so many numbers."""
        with self._guard:
            found = self._run("SELECT body FROM kept WHERE key = ?", [(key,)])
            if not found:
                return None
            kept = _unpacked(key, found[0][0], dimension)
            if kept is None:
                self._run("DELETE FROM kept WHERE key = ?", [(key,)], write=True)
            else:
                self._used.append(key)
            return kept

    def put(self, entries: Mapping[str, Kept]) -> None:
        """Store entries, note which were used since the last call, and let go of the oldest above the limit."""
        with self._guard:
            used, self._used = self._used, []
            latest = "(SELECT coalesce(max(used), 0) + 1 FROM kept)"  # a count, because clocks go backwards
            if used:
                self._run(f"UPDATE kept SET used = {latest} WHERE key = ?", [(key,) for key in used], write=True)
            if entries:
                rows = [(key, _packed(key, kept)) for key, kept in entries.items()]
                self._run(f"INSERT OR REPLACE INTO kept VALUES (?, {latest}, ?)", rows, write=True)
                self._make_room()

    def size_bytes(self) -> int:
        """Bytes in use inside the file."""
        with self._guard:
            return self._size()

    def count(self) -> int:
        """How many entries there are."""
        with self._guard:
            found = self._run("SELECT count(*) FROM kept")
            return int(found[0][0]) if found else 0

    def close(self) -> None:
        """Write down what was used, and release the file."""
        self.put({})
        with self._guard:
            if self._database is not None:
                self._database.close()
            self._database = None

    def __enter__(self) -> "EmbeddingCache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _size(self) -> int:
        pages, free, each = (
            (self._run(f"PRAGMA {name}") or [(0,)])[0][0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * each)

    def _make_room(self) -> None:
        if self._size() <= self._limit:
            return
        while (excess := self._size() - int(_KEPT_SHARE * self._limit)) > 0:
            oldest = self._run("SELECT key, length(body) FROM kept ORDER BY used, key LIMIT ?", [(_LOOKED_AT,)])
            if not oldest:
                return
            before = itertools.accumulate((size for _, size in oldest), initial=0)
            gone = [(key,) for (key, _), freed in zip(oldest, before, strict=False) if freed < excess]
            self._run("DELETE FROM kept WHERE key = ?", gone, write=True)

    def _run(self, statement: str, rows: Sequence[tuple[Any, ...]] = ((),), *, write: bool = False) -> list[Any]:
        """Rows found; none where the cache is out of use, as it is after this where the file fails."""
        if self._database is None:
            return []
        try:
            if not write:
                return list(self._database.execute(statement, rows[0]))
            with self._database:
                self._database.executemany(statement, rows)
        except sqlite3.OperationalError as error:
            self._give_up(str(error))
        except sqlite3.DatabaseError:
            self._database.close()
            self._open(anew=True)
        return []

    def _open(self, *, anew: bool = False) -> None:
        """Open the file, or make it; one process at a time, because a damaged one is put away here."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(self.folder / "lock", timeout=_WAIT_S):
                if anew or not _is_sound(self._path):
                    for name in (_FILE, f"{_FILE}-journal"):
                        (self.folder / name).unlink(missing_ok=True)
                self._database = _connected(self._path)
        except Timeout:
            self._give_up("another process has been opening it for long")
        except (OSError, sqlite3.Error) as error:
            self._give_up(str(error))

    def _give_up(self, why: str) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
        self._database = None
        self.problem = f"the embedding cache {self.folder} is not used: {why}"


def cache_key(clip_id: str, meta: IndexMeta) -> str:
    """Hex key of a clip's entry: its hash, the embedder's fingerprint, the view, and what measures covariates."""
    faces = importlib.util.find_spec("cv2") is not None
    view = (meta.view.frames, meta.view.long_side)
    return digest("embedding", _RECIPE, clip_id, meta.embedder_fingerprint, *view, faces).hex()


def default_cache_folder() -> Path:
    """$VALUE_SPECTRUM_CACHE, or `value-spectrum` in the folder where this system's programs keep their caches."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named).expanduser()
    usual = {"darwin": "~/Library/Caches", "win32": os.environ.get("LOCALAPPDATA", "~/AppData/Local")}
    base = os.environ.get("XDG_CACHE_HOME") or usual.get(sys.platform, "~/.cache")
    return Path(base).expanduser() / "value-spectrum"


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False)
    try:
        database.execute("PRAGMA synchronous=OFF")  # a power cut may cost the cache, and the cache is no loss
        database.execute("CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, used INTEGER, body BLOB)")
        database.execute("CREATE INDEX IF NOT EXISTS by_use ON kept (used, key)")
        database.commit()
    except sqlite3.Error:
        database.close()
        raise
    return database


def _is_sound(path: Path) -> bool:
    """Whether the file can be opened and has the table; a locked one counts as sound."""
    try:
        database = _connected(path)
    except sqlite3.OperationalError as error:
        return "malformed" not in str(error) and "no such column" not in str(error)
    except sqlite3.DatabaseError:
        return False
    database.close()
    return True


def _packed(key: str, kept: Kept) -> bytes:
    """Length of the JSON, JSON, rows as little-endian float32, checksum over the key and all of it."""
    head = json.dumps({"facts": asdict(kept.facts), "shape": kept.rows.shape}).encode()
    body = _LENGTH.pack(len(head)) + head + np.ascontiguousarray(kept.rows, dtype="<f4").tobytes()
    return body + _checksum(key, body)


def _unpacked(key: str, stored: object, dimension: int) -> Kept | None:
    if not isinstance(stored, bytes) or len(stored) < _LENGTH.size + _SUM_BYTES:
        return None
    body = stored[:-_SUM_BYTES]
    if _checksum(key, body) != stored[-_SUM_BYTES:]:
        return None
    start = _LENGTH.size + _LENGTH.unpack_from(body)[0]
    try:
        head = json.loads(body[_LENGTH.size : start])
        rows = np.frombuffer(body[start:], dtype="<f4").reshape(head["shape"]).astype(np.float32)
        facts = TypeAdapter(Facts).validate_python(head["facts"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    sound = rows.ndim == 2 and len(rows) and rows.shape[1] == dimension and bool(np.isfinite(rows).all())
    return Kept(facts, rows) if sound else None


def _checksum(key: str, body: bytes) -> bytes:
    return hashlib.blake2b(key.encode() + body, digest_size=_SUM_BYTES).digest()
