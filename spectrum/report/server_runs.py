"""Result folders below a folder, found and read with distrust: no link is followed, nothing but files is opened."""

import json
import os
import socket
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from spectrum.errors import RunFolderError
from video_index.keyed import digest

KINDS = ("bench", "pairs", "browse", "adhere", "compare", "calibration", "circumplex")
Status = Literal["running", "done", "unfinished", "empty", "damaged"]
_OWN = ("manifest.json", "summary.json", "plan.parquet", "answers.sqlite", "tables")
"""A folder with one of these may be a result, whole or damaged."""
_FEW = 3
_SKIPPED = frozenset({"tables", "thumbnails", "figures", "__pycache__", "node_modules"})
_DEEPEST = 8
_MOST_FOLDERS = 20_000
_MOST_JSON = 32 * 2**20
_LONGEST = 300
_LONGEST_SENTENCE = 1_500
_QUIET_S = 120.0
"""A run of another machine that wrote nothing for so long is not called running."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A result folder in a line. Every text comes from the folder, and is as long as a page bears."""

    entry_id: str
    """Hexadecimal; made of the folder's place below the root."""
    folder: Path
    name: str
    """Its place below the root."""
    kind: str
    respondent: str
    headline: str
    status: Status
    started: str
    """Date and time (UTC) to the minute, or empty."""
    planned: int | None
    answered: int | None
    size: int
    """Bytes."""
    sortable: str


@dataclass(frozen=True, slots=True)
class Found:
    """What lies below a root."""

    entries: tuple[Entry, ...]
    """Running ones first, then the newest."""
    cut: bool
    """Whether there are more folders than were looked at."""

    def get(self, entry_id: str) -> Entry | None:
        """The entry of that id."""
        return next((entry for entry in self.entries if entry.entry_id == entry_id), None)


class Shelf:
    """The result folders below `root`; asked again within `fresh_s` seconds it gives what it found before."""

    def __init__(self, root: Path, fresh_s: float = 1.5) -> None:
        """Raises OSError where `root` is no folder that can be read."""
        self.root = root.resolve(strict=True)
        next(self.root.iterdir(), None)
        self._fresh_s = fresh_s
        self._found: Found | None = None
        self._at = 0.0

    def look(self) -> Found:
        """Everything that is there now."""
        if self._found is None or time.monotonic() - self._at > self._fresh_s:
            found, cut = [], False
            for number, (folder, names) in enumerate(_folders(self.root)):
                if number >= _MOST_FOLDERS:
                    cut = True
                    break
                entry = self._entry(folder, names)
                if entry is not None:
                    found.append(entry)
            found.sort(key=lambda entry: (entry.status == "running", entry.sortable, entry.name), reverse=True)
            self._found, self._at = Found(tuple(found), cut), time.monotonic()
        return self._found

    def entry(self, entry_id: str) -> Entry | None:
        """One result as it is now; the others are not looked at again, so that following a run costs little."""
        known = None if self._found is None else self._found.get(entry_id)
        if known is None:
            return self.look().get(entry_id)
        try:
            return self._entry(known.folder, frozenset(path.name for path in known.folder.iterdir()))
        except OSError:
            return None

    def fault(self, entry: Entry) -> str | None:
        """Why a folder must not be opened: it holds a link that leaves the root, or what is neither file nor folder."""
        for path, mode in _contents(entry.folder):
            place = path.relative_to(entry.folder)
            if stat.S_ISLNK(mode):
                if not _within(path, self.root):
                    return f"{place} is a link that leaves the folder that is viewed"
            elif not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                return f"{place} is neither a file nor a folder"
        if not _within(entry.folder, self.root):
            return "it leaves the folder that is viewed"
        return None

    def _entry(self, folder: Path, names: frozenset[str]) -> Entry | None:
        summary, manifest = (read_json(folder / f"{name}.json") for name in ("summary", "manifest"))
        kind = next((str(one["kind"]) for one in (summary, manifest) if one and one.get("kind") in list(KINDS)), None)
        if kind is None:
            if not names & {"plan.parquet", "answers.sqlite"}:
                return None
            kind = "bench"
        name = "." if folder == self.root else folder.relative_to(self.root).as_posix()
        summary, manifest = summary or {}, manifest or {}
        created = _text(manifest.get("created_at"))[:16]
        written = _written(folder)
        entry = Entry(
            entry_id=digest("result folder", os.fsencode(name).hex()).hex()[:16],
            folder=folder,
            name=_shown(name),
            kind=kind,
            respondent=_respondent(summary, manifest, kind),
            headline=_text(summary.get("headline"), _LONGEST_SENTENCE),
            status=_status(folder, summary, manifest),
            started=(created or written).replace("T", " "),
            planned=_count(summary.get("planned")),
            answered=_count(summary.get("answered")),
            size=sum(_size(path) for path, mode in _contents(folder) if stat.S_ISREG(mode)),
            sortable=created or written,
        )
        # A profile is not told before its run is done, and neither is its headline.
        return replace(entry, headline="") if entry.status == "running" else entry


def require_result(folder: Path) -> None:
    """Raises RunFolderError for a folder without a single file of a result's own: no run, not even a damaged one.

    Names up to three results that lie below it.
    """
    if any((folder / name).exists() for name in _OWN):
        return
    try:
        below = [entry.name for entry in Shelf(folder).look().entries]
    except OSError as error:
        raise RunFolderError(f"{folder} cannot be read ({error.strerror or error})") from None
    said = f"{folder} is no result folder: it has neither {', '.join(_OWN[:-1])} nor {_OWN[-1]}"
    if not below:
        raise RunFolderError(
            f"{said}, and no result lies below it; give a folder that a spectrum command wrote (--out)"
        )
    more = f" and {len(below) - _FEW} more" if len(below) > _FEW else ""
    listed = ", ".join(str(folder / name) for name in below[:_FEW])
    raise RunFolderError(f"{said}; give one below it ({listed}{more}), or see them all: spectrum view {folder}")


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object from a regular file of bearable size; None where there is none, whatever lies there."""
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _MOST_JSON:
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever a file of the folder does that a page is made of: names, sizes and times of change."""
    seen = []
    for path, mode in _contents(folder):
        name = path.name
        made_by_us = name in ("report.html", ".writer.json") or name.endswith((".lock", "-shm", ".part"))
        if stat.S_ISREG(mode) and not made_by_us and "figures" not in path.relative_to(folder).parts:
            about = path.lstat()
            if about.st_size:
                seen.append((str(path), about.st_size, about.st_mtime_ns))
    return tuple(sorted(seen))


def writer_since(folder: Path) -> str | None:
    """Since when a process writes into a run folder (ISO 8601, UTC), or None where none does any more."""
    holder = read_json(folder / ".writer.json")
    if holder is None:
        return None
    since = _text(holder.get("since")) or "-"
    pid = holder.get("pid")
    if holder.get("host") == socket.gethostname() and os.name == "posix" and type(pid) is int and pid > 0:
        try:
            os.kill(pid, 0)
        except PermissionError:
            return since
        except (OSError, OverflowError):
            return None
        return since
    newest = max((path.lstat().st_mtime for path, mode in _contents(folder) if stat.S_ISREG(mode)), default=0.0)
    return since if time.time() - newest < _QUIET_S else None


def _folders(root: Path) -> Iterator[tuple[Path, frozenset[str]]]:
    for place, below, files in os.walk(root, followlinks=False):
        folder = Path(place)
        deep = len(folder.relative_to(root).parts) >= _DEEPEST
        below[:] = [] if deep else sorted(name for name in below if name not in _SKIPPED and not name.startswith("."))
        yield folder, frozenset(files)


def _contents(folder: Path) -> Iterator[tuple[Path, int]]:
    """Everything in a result folder with its mode; folders that are results themselves are others'."""
    for place, below, files in os.walk(folder, followlinks=False):
        here = Path(place)
        if here == folder:
            own = _SKIPPED | {name for name in below if (here / name).is_symlink()}
            below[:] = [name for name in below if name in own]
        for name in (*below, *files):
            try:
                yield here / name, (here / name).lstat().st_mode
            except OSError:
                continue  # gone meanwhile, as files of a running run are


def _within(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def _status(folder: Path, summary: Mapping[str, Any], manifest: Mapping[str, Any]) -> Status:
    if writer_since(folder) is not None:
        return "running"
    found = summary.get("status")
    told: dict[str, Status] = {"done": "done", "unfinished": "unfinished", "empty": "empty"}
    return told.get(str(found), "unfinished" if summary or manifest else "damaged")


def _respondent(summary: Mapping[str, Any], manifest: Mapping[str, Any], kind: str) -> str:
    if kind == "calibration":
        return "planted respondents"
    named = _text(summary.get("respondent"))
    about = manifest.get("respondent")
    if not named and isinstance(about, dict):
        named = _text(about.get("name"))
    contenders = summary.get("contenders")
    if not named and isinstance(contenders, list):
        names = [_text(one.get("name"), 60) for one in contenders[:6] if isinstance(one, dict)]
        named = " / ".join(filter(None, names))
    return named


def _written(folder: Path) -> str:
    for name in ("summary.json", "manifest.json"):
        try:
            seconds = (folder / name).lstat().st_mtime
        except OSError:
            continue
        return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(seconds))
    return ""


def _text(thing: object, longest: int = _LONGEST) -> str:
    if not isinstance(thing, str):
        return ""
    return thing if len(thing) <= longest else thing[:longest] + " ..."


def _shown(name: str) -> str:
    """A name of the file system as text that can be encoded; bytes that are no UTF-8 show as question marks."""
    return os.fsencode(name).decode("utf-8", "replace")


def _count(thing: object) -> int | None:
    return thing if type(thing) is int and thing >= 0 else None


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
