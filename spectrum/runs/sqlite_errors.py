"""SQLite's complaints as one line that a person can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from spectrum.errors import RunBusyError, RunFolderError

_SAFE = "what was stored before is safe"


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn sqlite3 errors about `path` into RunFolderError or RunBusyError."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise RunBusyError(f"{path}: another process is writing; wait until it ends ({error})") from error
        raise RunFolderError(f"{path}: {_advice(name, str(error))}") from error


@contextmanager
def sound_rows(path: Path) -> Iterator[None]:
    """While rows are read: values of another type than was ever written there become RunFolderError.

    SQLite keeps no check sum of a row, and lets a column hold any type: a bit that flipped shows here at the earliest.
    """
    try:
        yield
    except (TypeError, ValueError, ArithmeticError, pa.ArrowException) as error:
        told = " ".join(str(error).split())
        raise RunFolderError(
            f"{path}: {_advice('SQLITE_CORRUPT', f'a row holds what was never written: {told[:120]}')}"
        ) from error


def _advice(name: str, text: str) -> str:
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return f"cannot be written ({text}); {_SAFE}: free some space and run the same command again"
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
        return f"cannot be written ({text}); {_SAFE}: make it writable or choose another folder"
    if name.startswith("SQLITE_CANTOPEN"):
        return f"cannot be opened ({text}); check that the folder exists and may be written"
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"is damaged or no answer store ({text}); restore it from a copy or start a new run folder"
    return f"cannot be used ({text})"
