"""A suite of clips, frozen: what a bench asks about, with labels; and its file, which a person can read.

The file holds where clips lie but no picture. Its fingerprint covers everything that decides what is asked and how it
is counted, and leaves out the places, so that clips may move.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from spectrum.errors import ConfigError
from video_index.clips import Clip, Locator, ViewSpec
from video_index.errors import SpectrumError
from video_index.keyed import digest

FORMAT = 1
"""Raised whenever an older release could not read what this one writes."""


@dataclass(frozen=True, slots=True)
class SuiteClip:
    """One clip of a suite."""

    clip: Clip
    labels: tuple[float, ...]
    """A probability a value, in the order of the suite's codes."""
    label_source: str
    """"sidecar", "retrieval", "judge" or "people"."""
    value_sets: tuple[str, ...]
    """Codes of the values whose set holds the clip; by the paper's rule one entry a keyword that found it."""
    control_for: tuple[str, ...]
    """Codes of the values whose control it is."""
    keywords: tuple[str, ...]
    """What found it, one for each of `value_sets`; "" where the truth is known."""
    cluster: str
    """Its creator where known, else its group of near-duplicates, else the clip itself."""
    margins: tuple[float, ...] = ()
    """Evidence for the set's value minus the best other's, one for each of `value_sets`."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Clips, labels and how they came about, frozen."""

    clips: tuple[SuiteClip, ...]
    """By clip_id."""
    view: ViewSpec
    """How every clip is shown."""
    system: str
    """Name of the value system."""
    codes: tuple[str, ...]
    """The values' codes, in the order of the labels."""
    index_fingerprint: str
    lexicon_fingerprint: str
    embedder: str
    """Name of the embedder the index was made with."""
    seed: int
    notes: tuple[str, ...] = ()
    """What a reader must know: short sets, missing controls, covariates out of balance."""

    @property
    def fingerprint(self) -> str:
        """Hex digest of everything but where the clips lie."""
        content = _adapter().dump_python(self, mode="json")
        for row in content["clips"]:
            del row["clip"]["locator"]
        return digest("suite", FORMAT, json.dumps(content, sort_keys=True)).hex()


def save_suite(suite: Suite, path: str | Path) -> None:
    """Write the suite as JSON, one clip a line, whole or not at all. Raises ConfigError where it cannot."""
    path = Path(path)
    content = _adapter().dump_python(suite, mode="json")
    clips = content.pop("clips")
    folder = path.absolute().parent
    for row in clips:
        locator = row["clip"]["locator"]
        locator["relative"] = Path(os.path.relpath(locator["path"], folder)).as_posix()
    head = json.dumps({"format": FORMAT, "fingerprint": suite.fingerprint, **content}, indent=1)
    lines = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in clips)
    text = f'{head[:-2]},\n "clips": [\n  {lines}\n ]\n}}\n'
    beside = path.with_name(f".{path.name}.writing")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(f"cannot write the suite {path}: {error.strerror or error}") from None


def load_suite(path: str | Path, relocate: str | Path | None = None) -> Suite:
    """Read a suite. Raises ConfigError, naming the field, where the file is damaged, edited or of a newer format.

    A clip whose file is gone is looked for beside the suite file, at the path it had relative to it, and under
    `relocate`, at that path or any end of its absolute path. A file found so counts only if its bytes are the
    clip's (in a shard: the bytes of the first clip looked up). A clip found nowhere keeps its old place.
    """
    path = Path(path)
    content = _read(path)
    written = content.pop("fingerprint", None)
    relatives = _relatives(path, content)
    try:
        suite = _adapter().validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{path}: {where}: {first['msg'].lower()}; freeze the suite anew") from None
    _check_rows(path, suite)
    if suite.fingerprint != written:
        raise ConfigError(
            f"{path} was edited after it was frozen (its content no longer has the fingerprint {written}); "
            "freeze it anew, or restore the file"
        )
    folders = [path.absolute().parent, *([Path(relocate).absolute()] if relocate is not None else [])]
    return replace(suite, clips=tuple(_relocated(suite.clips, relatives, folders)))


@cache
def _adapter() -> TypeAdapter[Suite]:
    return TypeAdapter(Suite)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the suite {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise ConfigError(f"{path} is no suite: {error}") from None
    if not isinstance(content, dict) or "format" not in content:
        raise ConfigError(f"{path} is no suite: it has no field 'format'; make one with: spectrum freeze")
    version = content.pop("format")
    if version != FORMAT:
        raise ConfigError(
            f"{path} has suite format {version}, and this release reads {FORMAT}; freeze it anew with this release"
        )
    return content


def _relatives(path: Path, content: dict[str, Any]) -> dict[str, str]:
    """Take the relative places out of the file's rows, by absolute path."""
    relatives: dict[str, str] = {}
    try:
        for row in content["clips"]:
            locator = row["clip"]["locator"]
            relatives[str(locator["path"])] = str(locator.pop("relative", ""))
    except (KeyError, TypeError, AttributeError):
        raise ConfigError(f"{path}: clips: a clip without its locator; freeze the suite anew") from None
    return relatives


def _check_rows(path: Path, suite: Suite) -> None:
    for place, row in enumerate(suite.clips):
        if len(row.labels) != len(suite.codes):
            raise ConfigError(f"{path}: clips.{place}.labels: {len(row.labels)} for {len(suite.codes)} values")
        if not all(0.0 <= label <= 1.0 for label in row.labels):
            raise ConfigError(f"{path}: clips.{place}.labels: a probability outside 0 to 1")
        unknown = {*row.value_sets, *row.control_for} - set(suite.codes)
        if unknown:
            raise ConfigError(f"{path}: clips.{place}: {sorted(unknown)[0]!r} is none of the suite's values")


def _relocated(clips: tuple[SuiteClip, ...], relatives: dict[str, str], folders: list[Path]) -> Iterator[SuiteClip]:
    found: dict[str, str] = {}
    for row in clips:
        old = row.clip.locator.path
        # A shard is looked up once, a plain file belongs to one clip: both are keyed by their old place.
        if old not in found:
            found[old] = old if Path(old).exists() else _search(row.clip, relatives.get(old, ""), folders)
        if found[old] == old:
            yield row
        else:
            yield replace(row, clip=replace(row.clip, locator=replace(row.clip.locator, path=found[old])))


def _search(clip: Clip, relative: str, folders: list[Path]) -> str:
    beside, *others = folders
    candidates = [beside / relative] if relative else []
    parts = Path(clip.locator.path).parts[1:]
    for folder in others:
        candidates.extend([folder / relative] if relative else [])
        candidates.extend(folder.joinpath(*parts[start:]) for start in range(len(parts)))
    for candidate in candidates:
        if candidate.is_file() and _holds(candidate, clip):
            return str(candidate.resolve())
    return clip.locator.path


def _holds(candidate: Path, clip: Clip) -> bool:
    if clip.locator.member is None:
        with candidate.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest().startswith(clip.clip_id)
    from video_index.sources import read_bytes

    try:
        raw = read_bytes(Locator(str(candidate), clip.locator.member))
    except SpectrumError:
        return False
    return hashlib.sha256(raw).hexdigest().startswith(clip.clip_id)
