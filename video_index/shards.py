"""WebDataset shards (`.tar`, as video2dataset writes them): read in place, nothing is ever extracted.

Members that share a name up to the first dot of its last part are one sample: `00001.mp4`, `00001.json`,
`00001.txt`. A shard comes from strangers, so a member that no honest writer makes stops the reading.
"""

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from video_index.errors import ClipSourceError

MAX_MEMBER_BYTES = 2 << 30
"""Largest member read from a shard unless the caller says otherwise: 2 GiB."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside a shard: its name there, its first byte and its number of bytes."""

    name: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What a shard says of one clip: members by lower-case suffix (`.mp4`, `.json`, `.info.json`)."""

    key: str
    members: Mapping[str, Member]


def read_shard(path: str, max_member_bytes: int = MAX_MEMBER_BYTES) -> list[Sample]:
    """The samples of a shard in the order of their first member.

    Raises ClipSourceError, naming the shard and the member, for a file that is no plain tar, one that is cut
    off, and members with an absolute name, `..`, a name that comes twice, a size above `max_member_bytes`, or
    that are links, devices or sparse files.
    """
    samples: dict[str, dict[str, Member]] = {}
    for member in _members(path):
        if member.size > max_member_bytes:
            raise ClipSourceError(
                f"{path}: member {member.name!r} is refused: {member.size} bytes, above {max_member_bytes}"
            )
        folder, slash, last = member.name.rpartition("/")
        stem, dot, suffix = last.partition(".")
        samples.setdefault(folder + slash + stem, {})[(dot + suffix).lower()] = member
    return [Sample(key, members) for key, members in samples.items()]


def read_member(path: str, member: Member) -> bytes:
    """The bytes of one member."""
    with Path(path).open("rb") as stream:
        stream.seek(member.start)
        return stream.read(member.size)


@lru_cache(maxsize=4)
def members_by_name(path: str, mtime_ns: int) -> Mapping[str, Member]:
    """The directory of a shard, kept between calls; `mtime_ns` makes a rewritten shard be read anew."""
    return {member.name: member for member in _members(path)}


def _members(path: str) -> list[Member]:
    members: dict[str, Member] = {}
    try:
        with tarfile.open(path, "r:") as shard:
            for entry in shard:
                if entry.isdir():
                    continue
                problem = _problem(entry) or ("its name comes twice" if entry.name in members else None)
                if problem is not None:
                    raise ClipSourceError(f"{path}: member {entry.name!r} is refused: {problem}")
                members[entry.name] = Member(entry.name, entry.offset_data, entry.size)
        end = Path(path).stat().st_size
    except tarfile.TarError as error:
        raise ClipSourceError(f"{path}: not a readable tar shard ({error})") from None
    except OSError as error:
        raise ClipSourceError(f"{path}: cannot be read ({error.strerror or error})") from None
    for member in members.values():
        if member.start + member.size > end:
            raise ClipSourceError(f"{path}: the shard is cut off inside member {member.name!r}")
    return list(members.values())


def _problem(entry: tarfile.TarInfo) -> str | None:
    """Why a member is refused; None where it is an ordinary file with an ordinary name."""
    if entry.issym() or entry.islnk():
        return "it is a link"
    if not entry.isreg() or entry.issparse():
        return "it is a device, a pipe or a sparse file"
    if entry.name.startswith("/") or "\\" in entry.name or entry.name[1:2] == ":":
        return "its name is absolute"
    if ".." in PurePosixPath(entry.name).parts:
        return "its name leaves the shard"
    return None
