"""A clip's bytes: read, hashed and handed to a decoder, whether they lie in a file or in a tar shard."""

import hashlib
import io
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from video_index.clips import Locator
from video_index.errors import ClipSourceError, UnreadableClipError
from video_index.shards import Member, members_by_name

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Media:
    """One clip's bytes, ready for a decoder: a path, or the content of a shard's member."""

    path: str
    data: bytes | None
    head: bytes
    """The first 64 bytes, enough to tell the kind of file."""

    def open(self) -> str | io.BytesIO:
        """What PyAV, decord and Pillow all accept: the path, or a fresh stream over the bytes."""
        return self.path if self.data is None else io.BytesIO(self.data)


def open_media(locator: Locator) -> Media:
    """Find a clip's bytes. Raises UnreadableClipError for a missing, empty or irregular file."""
    if _place(locator).size == 0:
        raise UnreadableClipError("empty file (0 bytes)")
    data = read_bytes(locator) if locator.member is not None else None
    head = data[:64] if data is not None else next(_chunks(locator, 64))
    return Media(locator.path, data, head)


def read_bytes(locator: Locator) -> bytes:
    """All bytes of a clip. Raises UnreadableClipError where there is no such file."""
    return b"".join(_chunks(locator, _CHUNK))


def clip_id_of(locator: Locator) -> str:
    """A clip's identity: the first 32 hex digits of the SHA-256 of its bytes, read in pieces of 1 MiB.

    Raises UnreadableClipError where there is no such file.
    """
    hasher = hashlib.sha256()
    for chunk in _chunks(locator, _CHUNK):
        hasher.update(chunk)
    return hasher.hexdigest()[:32]


def _place(locator: Locator) -> Member:
    """Where the bytes start and how many they are; for a plain file, the whole of it."""
    try:
        status = Path(locator.path).stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableClipError(f"the file is gone: {locator.path}") from None
    except OSError as error:
        raise UnreadableClipError(f"cannot read the file ({error.strerror}): {locator.path}") from None
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableClipError(f"not a regular file: {locator.path}")
    if locator.member is None:
        return Member(locator.path, 0, status.st_size)
    try:
        found = members_by_name(locator.path, status.st_mtime_ns).get(locator.member)
    except ClipSourceError as error:
        raise UnreadableClipError(str(error)) from None
    if found is None:
        raise UnreadableClipError(f"the file is gone: {locator}")
    return found


def _chunks(locator: Locator, size: int) -> Iterator[bytes]:
    place = _place(locator)
    try:
        with Path(locator.path).open("rb") as stream:
            stream.seek(place.start)
            left = place.size
            while left > 0 and (chunk := stream.read(min(size, left))):
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise UnreadableClipError(f"cannot read the file ({error.strerror}): {locator.path}") from None
