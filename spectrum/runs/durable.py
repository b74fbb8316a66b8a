"""Files that are whole or not there at all, whenever the process ends."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spectrum.errors import RunFolderError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, whose file takes the place of `path` once the block is through and it is on disk.

    Raises RunFolderError where that fails, by whatever OSError; `path` is then as it was.
    """
    fresh = path.with_name(path.name + ".part")
    try:
        yield fresh
        with fresh.open("r+b") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "free some space or choose another folder" if full else "copy the run to where you may write"
        raise RunFolderError(f"{path} cannot be written ({error.strerror or error}); {advice}") from error


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file's content so that a kill leaves the old or the new, never a part. Raises RunFolderError."""
    with replacing(path) as fresh:
        fresh.write_bytes(content)
