"""Where clips come from: a folder, a manifest, tar shards; each clip with what is known of it.

Everything is yielded in a stable order, one item at a time, and nothing is decoded. An item whose file is
missing or unreadable is yielded all the same: decoding it says why, and it ends in the quarantine list.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from video_index.clips import Locator
from video_index.errors import ClipSourceError
from video_index.manifests import LOOKED_AT, MANIFEST_SUFFIXES, path_column, read_rows
from video_index.media import clip_id_of, read_bytes
from video_index.metadata import Metadata, from_row, from_sidecar
from video_index.shards import MAX_MEMBER_BYTES, Sample, read_member, read_shard

__all__ = ["IMAGE_SUFFIXES", "VIDEO_SUFFIXES", "SourceItem", "clip_id_of", "read_bytes", "scan"]

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".qt", ".webm", ".mkv", ".avi", ".flv", ".f4v", ".wmv", ".asf", ".mpg", ".mpeg", ".m2ts"}
    | {".mts", ".ts", ".3gp", ".3g2", ".ogv", ".mjpeg", ".mxf", ".gif", ".apng"}
)
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"}
)
_MEDIA = VIDEO_SUFFIXES | IMAGE_SUFFIXES
_MAX_SIDECAR_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One clip to index: where its bytes are, and what is known of it."""

    locator: Locator
    metadata: Metadata


def scan(path: str | Path, *, max_member_bytes: int = MAX_MEMBER_BYTES) -> Iterator[SourceItem]:
    """The clips at `path`: a folder, a manifest (CSV, TSV, JSON lines, Parquet), a `.tar` shard or one file.

    - A folder is read with its subfolders, sorted by name; hidden entries are left out, a folder reached
      twice over links is read once, shards in it are read too. A picture beside a video and an `.info.json`
      of the same name is the thumbnail yt-dlp saved, and no clip.
    - A manifest names files, relative to itself, in one of the usual columns; the other columns are metadata.
    - A file's sidecars (`NAME.info.json`, `NAME.json`) fill in what the manifest does not say.

    Raises ClipSourceError: nothing there, no clip in it, a bad row (named by its line), a refused member.
    """
    root = Path(path).expanduser().absolute()
    if root.is_dir():
        items = _folder(root, max_member_bytes, set())
    elif not root.is_file():
        raise ClipSourceError(f"there is no folder, manifest or shard at {root}")
    elif root.suffix.lower() in MANIFEST_SUFFIXES:
        items = _manifest(root)
    elif root.suffix.lower() == ".tar":
        items = _shard(root, max_member_bytes)
    elif root.suffix.lower() in _MEDIA:
        items = iter([_file(root)])
    else:
        raise ClipSourceError(
            f"{root}: neither a video, a picture, a .tar shard nor a manifest ({', '.join(MANIFEST_SUFFIXES)})"
        )
    return _some(items, root)


def _some(items: Iterator[SourceItem], root: Path) -> Iterator[SourceItem]:
    found = False
    for item in items:
        found = True
        yield item
    if not found:
        raise ClipSourceError(f"no clip found in {root}: no file with a video or picture suffix (.mp4, .jpg, ...)")


def _folder(folder: Path, max_member_bytes: int, seen: set[tuple[int, int]]) -> Iterator[SourceItem]:
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise ClipSourceError(f"cannot read the folder {folder} ({error.strerror})") from None
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    visible = [entry for entry in entries if not entry.name.startswith(".")]
    names = {entry.name for entry in visible}
    videos = {Path(name).stem for name in names if Path(name).suffix.lower() in VIDEO_SUFFIXES}
    for entry in visible:
        here = Path(entry.path)
        suffix = here.suffix.lower()
        if entry.is_dir():
            yield from _folder(here, max_member_bytes, seen)
        elif suffix == ".tar" and entry.is_file():
            yield from _shard(here, max_member_bytes)
        elif suffix in _MEDIA and (entry.is_file() or entry.is_symlink()):
            thumbnail = suffix in IMAGE_SUFFIXES and here.stem in videos and f"{here.stem}.info.json" in names
            if not thumbnail:
                yield _file(here)


def _manifest(path: Path) -> Iterator[SourceItem]:
    rows = read_rows(path)
    first = list(islice(rows, LOOKED_AT))
    if not first:
        raise ClipSourceError(f"{path}: the manifest has no rows")
    column = path_column(path, [row for _, row in first])
    for where, row in chain(first, rows):
        named = str(row.get(column) or "").strip()
        if not named:
            raise ClipSourceError(f"{path}, {where}: the column {column!r} is empty")
        if "://" in named:
            raise ClipSourceError(f"{path}, {where}: {named!r} is a web address; download it and name the file")
        file = Path(os.path.normpath(path.parent / Path(named).expanduser()))
        try:
            metadata = from_row({name: value for name, value in row.items() if name != column})
        except ValueError as error:
            raise ClipSourceError(f"{path}, {where}: {error}") from None
        yield SourceItem(Locator(str(file)), metadata.filled_from(_sidecars(file)))


def _shard(path: Path, max_member_bytes: int) -> Iterator[SourceItem]:
    for sample in read_shard(str(path), max_member_bytes):
        media = {Path(f"x{suffix}").suffix: member for suffix, member in sample.members.items()}
        videos = [member for suffix, member in media.items() if suffix in VIDEO_SUFFIXES]
        pictures = [member for suffix, member in media.items() if suffix in IMAGE_SUFFIXES]
        for member in videos or pictures:  # a picture beside its video is a thumbnail
            yield SourceItem(Locator(str(path), member.name), _beside(str(path), sample))


def _beside(path: str, sample: Sample) -> Metadata:
    """Metadata of a shard's sample, from its JSON and its caption."""
    known = Metadata()
    for suffix in (".info.json", ".json"):
        if suffix in sample.members and sample.members[suffix].size <= _MAX_SIDECAR_BYTES:
            known = known.filled_from(_parsed(read_member(path, sample.members[suffix]), suffix))
    if ".txt" in sample.members and sample.members[".txt"].size <= _MAX_SIDECAR_BYTES:
        caption = read_member(path, sample.members[".txt"]).decode("utf-8", "replace").strip()
        if caption:
            known = known.filled_from(Metadata(title=caption, extra={"caption": caption}))
    return known


def _file(path: Path) -> SourceItem:
    return SourceItem(Locator(str(path)), _sidecars(path))


def _sidecars(path: Path) -> Metadata:
    """Metadata from `NAME.info.json`, then `NAME.json`, where they are there."""
    known = Metadata()
    for suffix in (".info.json", ".json"):
        sidecar = path.with_suffix(suffix)
        if sidecar.is_file() and sidecar.stat().st_size <= _MAX_SIDECAR_BYTES:
            known = known.filled_from(_parsed(sidecar.read_bytes(), sidecar.name))
    return known


def _parsed(content: bytes, name: str) -> Metadata:
    """A sidecar's metadata; one that is no JSON object leaves a note, since the clip itself is sound."""
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        return Metadata(extra={"sidecar_problem": f"{name} is not a JSON object"})
    return from_sidecar(parsed)
