"""What a gate is: something that measures the instrument on planted truth and says whether the figures will do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from video_index.keyed import digest

Row = Mapping[str, Any]
Tell = Callable[[str], None]
"""Called with the name of each cell as its simulation begins."""

FALSE_POSITIVES_AT = 0.05
CHANCE_OF_ALARM = 0.01
"""A sound instrument fails a false-positive gate with about this chance: 123 of 2,000, 18 of 200."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to simulate."""

    fast: bool = False
    """The smoke version: fewer cells and runs, with limits widened by what so few runs leave open."""
    runs: int | None = None
    """Runs a cell, in place of each gate's own number."""
    seed: int = 0

    def of(self, full: int, fast: int) -> int:
        """Runs of a cell that takes `full` of them, or `fast` in the smoke version."""
        return self.runs if self.runs is not None else fast if self.fast else full

    def rng(self, *key: str | int) -> np.random.Generator:
        """The generator of one cell; cells do not share draws, and one cell alone gives what it gives among others."""
        return np.random.default_rng(int.from_bytes(digest(self.seed, "calibration", *key), "big"))


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    gate: str
    cell: str
    figure: str
    """What the number is."""
    value: float
    low: float | None = None
    """Least that will do; None where there is no such limit."""
    high: float | None = None
    """Most that will do."""
    runs: int = 0
    error: float | None = None
    """Standard error of `value` from the simulation itself."""
    gated: bool = True
    """False: printed only, by MEASUREMENT.md's rule or because it explains another figure."""
    mutant: bool = False
    """True: the number is a broken instrument's and must lie outside the limits."""

    @property
    def passes(self) -> bool:
        """Whether the limits are kept (by a mutant: broken); a number that is none keeps none."""
        if not np.isfinite(self.value):
            return self.mutant or not self.gated
        inside = (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)
        return not self.gated or inside != self.mutant

    @property
    def limit(self) -> str:
        """The limits in words."""
        low, high = (None if bound is None else f"{bound:.4g}" for bound in (self.low, self.high))
        if low and high:
            text = f"{low} to {high}"
        elif low or high:
            text = f"at least {low}" if low else f"at most {high}"
        else:
            return "printed"
        if not self.gated:
            return text if text == "printed" else f"printed ({text})"
        return f"not {text}" if self.mutant else text


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a gate found."""

    figures: tuple[Figure, ...]
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """Rows by table name, for schemas of runs.tables.CALIBRATION_METRICS."""


class Gate(Protocol):
    """One gate of MEASUREMENT.md 6. Rooms above may bring their own: the command takes any list of them."""

    @property
    def name(self) -> str:
        """What `--gate` is given."""

    @property
    def about(self) -> str:
        """One line for the help and the report."""

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """Simulate and judge."""


def most_significant(runs: int) -> int:
    """How many of `runs` tests of a true hypothesis at 5% may be significant (binomial, 99th percentile)."""
    from scipy.stats import binom

    return int(binom.ppf(1 - CHANCE_OF_ALARM, runs, FALSE_POSITIVES_AT))


def joined(results: Sequence[GateResult]) -> GateResult:
    """Several results as one."""
    tables: dict[str, list[Row]] = {}
    for result in results:
        for name, rows in result.tables.items():
            tables.setdefault(name, []).extend(rows)
    return GateResult(tuple(figure for result in results for figure in result.figures), tables)
