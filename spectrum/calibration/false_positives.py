"""Gate: respondents without any preference among values are left alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from spectrum.calibration.answers import answer, wording_effects
from spectrum.calibration.asked import Asked, ask_about, one_value_each
from spectrum.calibration.batches import Batch, batches
from spectrum.calibration.gate import Effort, Figure, GateResult, Tell, joined, most_significant
from spectrum.calibration.planted import plant
from spectrum.calibration.worlds import Smooth, Spread
from spectrum.stats.clustered import ClusteredEstimate
from spectrum.stats.contrast import estimate_contrast, paired
from spectrum.stats.intervals import Intervals
from spectrum.stats.observations import BoolArray
from spectrum.stats.profile import estimate_profile
from spectrum.stats.tied_groups import simultaneous_intervals

SIGNIFICANT_AT = 0.05
FULL, FAST = 2000, 200


@dataclass(frozen=True, slots=True)
class Cell:
    """One bench of indifferent respondents."""

    name: str
    clips_a_value: int = 100
    wordings: int = 12
    yes_bias: float = 0.0
    spread: Spread = field(default_factory=Spread)
    own_value_wording: float | None = None
    """Of a condition against neutral: the SD of its own value x wording part."""
    fast: bool = False
    a_clip: int = 4

    def ask(self, rng: np.random.Generator) -> Asked:
        """Draw clips and wordings."""
        return ask_about(one_value_each(self.clips_a_value), rng, wordings=self.wordings, a_clip=self.a_clip)


CELLS = (
    Cell("default: 100 clips x 12 wordings, 4 a clip", fast=True),
    Cell("quick: 40 clips a value"),
    Cell("5 wordings", wordings=5),
    Cell("yes-bias 2.5", yes_bias=2.5),
    Cell("value x wording .6", spread=Spread(value_wording=0.6)),
    Cell("condition minus neutral", own_value_wording=0.0, fast=True),
    Cell("condition minus neutral, own value x wording .3", own_value_wording=0.3),
)


@dataclass(frozen=True, slots=True)
class FalsePositives:
    """The gate."""

    cells: tuple[Cell, ...] = CELLS
    name: str = "false-positives"
    about: str = "nothing is found for respondents who prefer no value"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """Holm over ten values, and the tied groups of ten, in every cell."""
        return joined([_cell(self.name, cell, effort, tell) for cell in self.cells if cell.fast or not effort.fast])


def any_value(found: Intervals) -> BoolArray:
    """(runs,) whether Holm finds a value that differs from their mean."""
    return np.asarray((found.p_holm < SIGNIFICANT_AT).any(axis=-1), dtype=np.bool_)


def any_pair(clustered: ClusteredEstimate) -> BoolArray:
    """(runs,) whether the tied groups separate two values."""
    low, high = simultaneous_intervals(clustered)
    return np.asarray(((low > 0) | (high < 0)).any(axis=(-1, -2)), dtype=np.bool_)


def counted(gate: str, cell: str, test: str, significant: BoolArray, *, gated: bool = True) -> GateResult:
    """How many runs are significant, as a figure and as a row of the table."""
    runs, count = significant.size, int(significant.sum())
    figure = Figure(gate, cell, test, count, None, most_significant(runs), runs, gated=gated)
    row = {
        "gate": gate,
        "cell": cell,
        "test": test,
        "significant": count,
        "most": most_significant(runs),
        "runs": runs,
        "gated": gated,
        "passes": figure.passes,
    }
    return GateResult((figure,), {"false_positives": [row]})


def _cell(gate: str, cell: Cell, effort: Effort, tell: Tell) -> GateResult:
    tell(cell.name)
    rng = effort.rng(gate, cell.name)
    found = list(simulate(cell, effort.of(FULL, FAST), rng))
    by_value, by_pair = (np.concatenate(column) for column in zip(*found, strict=True))
    return joined(
        [
            counted(gate, cell.name, "a value differs (Holm over ten)", by_value),
            counted(gate, cell.name, "two values differ (tied groups)", by_pair),
        ]
    )


def simulate(cell: Cell, runs: int, rng: np.random.Generator) -> Iterator[tuple[BoolArray, BoolArray]]:
    """In each run of a batch: whether Holm finds a value, and whether the tied groups separate two."""
    for batch in batches(runs, rng, cell.ask):
        theta, clustered = _estimated(cell, batch)
        yield any_value(theta), any_pair(clustered)


def _estimated(cell: Cell, batch: Batch) -> tuple[Intervals, ClusteredEstimate]:
    asked, rng, world = batch.asked, batch.rng, Smooth(cell.spread)
    planted = plant(world, 0.0, batch.runs, rng, yes_bias=cell.yes_bias)
    logits = world.conditional(planted.predictors(asked.labels, asked.framings), rng)
    effects = wording_effects(asked, cell.spread, batch.runs, rng)
    neutral = asked.observations(answer(asked, logits, effects, cell.spread.clip_wording, rng))
    if cell.own_value_wording is None:
        profile = estimate_profile(neutral)
        return profile.theta, profile.clustered
    own = effects + cell.own_value_wording * rng.normal(size=effects.shape)
    other = asked.observations(answer(asked, logits, own, cell.spread.clip_wording, rng))
    items = np.arange(asked.clip.size)
    contrast = estimate_contrast(paired(other, items, neutral, items))
    return contrast.theta, contrast.clustered
