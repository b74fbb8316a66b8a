"""One writer a run folder."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from spectrum.errors import RunBusyError, RunFolderError

_LOCK = ".writer.lock"
_HOLDER = ".writer.json"


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Be the only writer of a run folder while the block runs; the folder is made where there is none.

    The lock is the operating system's and ends with the process, however it ends. Raises RunBusyError, with
    process, host and since when, where another process holds it; RunFolderError where the folder cannot
    be written.
    """
    lock = FileLock(folder / _LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise RunBusyError(f"{folder} is being written by {_holder(folder)}; wait until it ends") from None
    except OSError as error:
        raise RunFolderError(f"{folder} cannot be written ({error.strerror}); choose another folder") from error
    try:
        _write_holder(folder)
        yield
    finally:
        (folder / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _write_holder(folder: Path) -> None:
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        (folder / _HOLDER).write_text(json.dumps(holder))
    except OSError as error:
        raise RunFolderError(f"{folder} cannot be written ({error.strerror}); free some space") from error


def _holder(folder: Path) -> str:
    try:
        holder = json.loads((folder / _HOLDER).read_text())
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"
