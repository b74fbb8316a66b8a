"""Run gates, and write what they found into a folder."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spectrum import __version__
from spectrum.calibration.gate import Effort, Figure, Gate, GateResult, Row, Tell, joined
from spectrum.calibration.published import planted_clips
from spectrum.runs.durable import write_durably
from spectrum.runs.folder import RunFolder
from spectrum.runs.table_files import table_of, write_tables
from spectrum.runs.tables import CALIBRATION_METRICS

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """One gate's result and what it took."""

    name: str
    about: str
    result: GateResult
    seconds: float

    @property
    def passes(self) -> bool:
        """Whether every figure will do."""
        return all(figure.passes for figure in self.result.figures)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the gates found."""

    judged: tuple[Judged, ...]
    effort: Effort

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Of all gates, in order."""
        return tuple(figure for one in self.judged for figure in one.result.figures)

    @property
    def passes(self) -> bool:
        """Whether every gate does."""
        return all(one.passes for one in self.judged)

    @property
    def headline(self) -> str:
        """The sentence a person reads first."""
        gated = [figure for figure in self.figures if figure.gated]
        missed = [figure for figure in gated if not figure.passes]
        what = f"{_counted(len(gated), 'figure')} of {_counted(len(self.judged), 'gate')} on planted respondents"
        caught = ", and every broken instrument is caught" if any(figure.mutant for figure in gated) else ""
        small = " This was the fast version, with fewer cells and runs and wider limits." if self.effort.fast else ""
        if not missed:
            return f"The instrument passes: limits kept by all {what}{caught}.{small}"
        first = missed[0]
        return (
            f"The instrument fails: {len(missed)} of {what} miss their limits, the first of them "
            f"{first.gate}, {first.cell}: {first.figure} {first.value:.4g}, needed {first.limit}.{small}"
        )


def calibrate(gates: Sequence[Gate], effort: Effort, tell: Tell) -> Calibration:
    """Run every gate; `tell` hears "gate: cell" as each simulation begins."""
    judged = []
    for gate in gates:
        started, name = time.monotonic(), gate.name

        def say(cell: str, name: str = name) -> None:
            tell(f"{name}: {cell}")

        judged.append(Judged(name, gate.about, gate.run(effort, say), time.monotonic() - started))
    return Calibration(tuple(judged), effort)


def write_calibration(folder: Path, found: Calibration) -> None:
    """Write summary.json and the tables of runs.tables.CALIBRATION_METRICS. Raises RunFolderError."""
    run = RunFolder(folder)
    rows: dict[str, Sequence[Row]] = dict(joined([one.result for one in found.judged]).tables)
    rows |= {"gates": [_row(figure) for figure in found.figures], "planted_clips": planted_clips(found.effort)}
    write_tables(run, {name: table_of(rows.get(name, ()), schema) for name, schema in CALIBRATION_METRICS.items()})
    write_durably(run.summary, (json.dumps(_summary(found), indent=2) + "\n").encode())


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _row(figure: Figure) -> Row:
    return {
        "gate": figure.gate,
        "cell": figure.cell,
        "figure": figure.figure,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "limit": figure.limit,
        "error": figure.error,
        "runs": figure.runs,
        "gated": figure.gated,
        "mutant": figure.mutant,
        "passes": figure.passes,
    }


def _summary(found: Calibration) -> dict[str, Any]:
    return {
        "kind": "calibration",
        "format_version": FORMAT,
        "status": "done",
        "headline": found.headline,
        "passes": found.passes,
        "fast": found.effort.fast,
        "runs": found.effort.runs,
        "seed": found.effort.seed,
        "version": __version__,
        "numpy": np.__version__,
        "gates": [
            {
                "name": one.name,
                "about": one.about,
                "passes": one.passes,
                "figures": sum(figure.gated for figure in one.result.figures),
                "missed": [
                    f"{figure.cell}: {figure.figure} {figure.value:.4g}, needed {figure.limit}"
                    for figure in one.result.figures
                    if not figure.passes
                ],
                "seconds": round(one.seconds, 1),
            }
            for one in found.judged
        ],
    }
