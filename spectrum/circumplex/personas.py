"""Profiles of personas from the folder of an adherence run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from spectrum.errors import ConfigError, RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import read_manifest
from spectrum.runs.table_files import reading
from spectrum.stats.observations import FloatArray
from spectrum.values import ValueSystem

TABLE = "persona_profiles.parquet"
_AS_WRITTEN = "as written"


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """n personas under one strategy."""

    names: tuple[str, ...]
    """Strategy and persona."""
    profiles: FloatArray
    """(n, v) profile as the persona, centred."""
    levels: tuple[float | None, ...]
    """General acceptance as the persona."""
    targets: FloatArray
    """(t, v) their different targets; no row where none is known."""


def holds_personas(folder: Path) -> bool:
    """Whether it is a tallied adherence run."""
    return (RunFolder(folder).tables / TABLE).is_file()


def read_played(
    folder: Path, system: ValueSystem, *, construct: str, measure: str, strategy: str | None = None
) -> Played:
    """Every persona as written, arms apart, of one strategy: the one named, else the run's first that has profiles.

    A persona counts once: under two strategies it is still one persona. Raises ConfigError where the run asked another
    construct, or has no such strategy or profile, RunFolderError where a table is damaged.
    """
    asked = read_manifest(RunFolder(folder).manifest).config.get("construct")
    if asked is not None and asked != construct:
        raise ConfigError(f"{folder} asked {asked!r}, not {construct!r}; say --construct {asked}")
    rows = [
        row
        for row in _rows(folder, TABLE, ("strategy", "measure", "arm", "persona", "value", "measured"))
        if row["arm"] == _AS_WRITTEN and row["measure"] == measure
    ]
    there = list(dict.fromkeys(row["strategy"] for row in rows))
    if not there:
        raise ConfigError(
            f"{folder} holds no {measure} profile of a persona: none could be estimated, or none is read so"
        )
    chosen = there[0] if strategy is None else strategy
    if chosen not in there:
        raise ConfigError(f"{folder} holds no profiles by the strategy {chosen!r}; it has {', '.join(there)}")
    known = {
        row["persona"]: row.get("level")
        for row in _rows(folder, "persona_adherence.parquet", ("strategy", "measure", "arm", "persona"))
        if (row["strategy"], row["measure"], row["arm"]) == (chosen, measure, _AS_WRITTEN)
    }
    people: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["strategy"] == chosen and row["measured"] is not None:
            people.setdefault(row["persona"], {})[row["value"]] = row
    whole = {name: values for name, values in people.items() if set(system.codes) <= set(values)}
    targets = {
        values[system.codes[0]]["cluster"]: [values[code]["target"] for code in system.codes]
        for values in whole.values()
        if values[system.codes[0]]["target"] is not None
    }
    return Played(
        names=tuple(f"{chosen}/{name}" for name in whole),
        profiles=np.array([[values[code]["measured"] for code in system.codes] for values in whole.values()]),
        levels=tuple(known.get(name) for name in whole),
        targets=np.array(list(targets.values()), dtype=np.float64).reshape(-1, len(system.codes)),
    )


def _rows(folder: Path, name: str, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    path = RunFolder(folder).tables / name
    with reading(path):
        try:
            table = pq.read_table(path)
        except FileNotFoundError:
            raise RunFolderError(f"{folder} lacks {name}; write it anew with: spectrum report {folder}") from None
    missing = [column for column in needed if column not in table.schema.names]
    if missing:
        raise RunFolderError(f"{path} is damaged: it has no column {missing[0]}")
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
