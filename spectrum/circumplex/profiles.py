"""Profiles from result folders: one a respondent and condition, whatever asked for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spectrum.circumplex.personas import holds_personas, read_played
from spectrum.errors import ConfigError, RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.table_files import reading
from spectrum.runs.tables import LEVEL, PROFILE
from spectrum.stats.observations import FloatArray
from spectrum.values import SCHWARTZ, ValueSystem


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """n profiles over v values."""

    names: tuple[str, ...]
    """Folder and condition."""
    centred: FloatArray
    """(n, v) as in the profile tables, in the value system's order."""
    with_level: FloatArray | None
    """(n, v) plus each one's general acceptance; None where a level is missing."""
    targets: FloatArray
    """(t, v) different targets of the personas among them; no row where there is none."""


def read_profiles(
    folders: Sequence[Path],
    *,
    construct: str = "like",
    measure: str = "written",
    strategy: str | None = None,
    system: ValueSystem = SCHWARTZ,
) -> Profiles:
    """Every condition's profile (probability scale) of the run folders, or of the run folders they hold.

    Of an adherence run, every persona's under `strategy` (default: its first). Raises ConfigError where a folder is
    named twice or no folder has such a profile, RunFolderError where a table is damaged.
    """
    names: list[str] = []
    rows: list[FloatArray] = []
    levels: list[float | None] = []
    targets = [np.zeros((0, len(system.codes)))]
    places = _run_folders(folders)
    for place in places:
        if not _has_profile(place):
            played = read_played(place, system, construct=construct, measure=measure, strategy=strategy)
            names += [f"{place.name}: {name}" for name in played.names]
            rows += list(played.profiles)
            levels += played.levels
            targets.append(played.targets)
            continue
        table = _table(RunFolder(place).tables / "profile.parquet", PROFILE)
        wanted = table.filter(
            (pc.field("construct") == construct)
            & (pc.field("measure") == measure)
            & (pc.field("scale") == "probability")
        )
        known = _levels(place, construct, measure)
        for condition in dict.fromkeys(wanted["condition"].to_pylist()):
            ours = wanted.filter(pc.field("condition") == condition)
            estimates = dict(zip(ours["value"].to_pylist(), ours["estimate"].to_pylist(), strict=True))
            if set(system.codes) - set(estimates):
                continue
            names.append(f"{place.name}: {condition}")
            rows.append(np.array([estimates[code] for code in system.codes], dtype=np.float64))
            levels.append(known.get(condition))
    if not rows:
        raise ConfigError(
            f"none of {len(places)} folders holds a {measure} profile of {construct!r}; they are made by "
            "spectrum bench, browse and adhere"
        )
    centred, written_for = np.array(rows), np.concatenate(targets)
    if any(level is None for level in levels):
        return Profiles(tuple(names), centred, None, written_for)
    return Profiles(tuple(names), centred, centred + np.array(levels, dtype=np.float64)[:, None], written_for)


def _run_folders(folders: Sequence[Path]) -> list[Path]:
    """The folders that hold profiles: those named, or those one step below."""
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise RunFolderError(f"there is no folder at {folder}")
        inside = [folder] if _is_run(folder) else [place for place in sorted(folder.iterdir()) if _is_run(place)]
        found += inside
    seen: set[Path] = set()
    for place in found:
        if place.resolve() in seen:
            raise ConfigError(f"{place} is named twice: a profile counts once")
        seen.add(place.resolve())
    return found


def _is_run(folder: Path) -> bool:
    return _has_profile(folder) or holds_personas(folder)


def _has_profile(folder: Path) -> bool:
    return (RunFolder(folder).tables / "profile.parquet").is_file()


def _levels(folder: Path, construct: str, measure: str) -> dict[str, float]:
    path = RunFolder(folder).tables / "level.parquet"
    if not path.is_file():
        return {}
    table = _table(path, LEVEL)
    rows = table.filter((pc.field("construct") == construct) & (pc.field("measure") == measure))
    return dict(zip(rows["condition"].to_pylist(), rows["estimate"].to_pylist(), strict=True))


def _table(path: Path, schema: pa.Schema) -> pa.Table:
    with reading(path):
        table = pq.read_table(path)
    missing = [name for name in ("condition", "construct", "measure", "estimate") if name not in table.schema.names]
    if missing or not set(table.schema.names) & set(schema.names):
        raise RunFolderError(f"{path} is damaged: it has no column {missing[0] if missing else 'of a profile'}")
    return table
