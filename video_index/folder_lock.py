"""One process at a time in an index folder, and a note that tells the next one who holds it."""

import json
import os
import socket
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from video_index.errors import IndexBusyError, IndexStorageError


class FolderLock:
    """An exclusive lock on a folder, held from `acquire` to `release`; the kernel frees it when a process dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / "lock", thread_local=False)
        self._holder = folder / "holder.json"

    def acquire(self, wait_s: float) -> None:
        """Take the lock, waiting at most `wait_s` seconds.

        Raises IndexBusyError, naming the holder, after that, and IndexStorageError where the folder cannot
        be written.
        """
        try:
            self._lock.acquire(timeout=wait_s)
            self._holder.write_text(json.dumps(_this_process()))
        except Timeout:
            raise IndexBusyError(
                f"the index {self._folder} is in use by {self._held_by()}; try again when it is done"
            ) from None
        except OSError as error:
            self._lock.release()
            raise IndexStorageError(
                f"the index {self._folder} cannot be locked ({error.strerror or error}): readers too write a lock "
                "into it; copy it to where you may write, or free some space"
            ) from error

    def release(self) -> None:
        """Give the lock back; a second call changes nothing."""
        if self._lock.is_locked:
            with suppress(OSError):
                self._holder.unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> "FolderLock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _held_by(self) -> str:
        try:
            note = json.loads(self._holder.read_text())
            return f"process {note['pid']} on {note['host']} ({note['command']}), since {note['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"


def _this_process() -> dict[str, str | int]:
    command = " ".join([Path(sys.argv[0] or "python").name, *sys.argv[1:]])
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": command if len(command) <= 120 else command[:117] + "...",
        "since": datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %Z"),
    }
