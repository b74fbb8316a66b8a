"""Gate: do 95% intervals hold the planted truth 94 to 98 times in a hundred?"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from spectrum.calibration.answers import answer, wording_effects
from spectrum.calibration.asked import Asked, ask_about, one_value_each, several_values
from spectrum.calibration.batches import Batch, batches
from spectrum.calibration.gate import Effort, Figure, GateResult, Tell, joined
from spectrum.calibration.planted import plant
from spectrum.calibration.worlds import Rule, Smooth, Spread, World
from spectrum.stats.clustered import ClusteredEstimate, Inference
from spectrum.stats.contrast import estimate_contrast, paired
from spectrum.stats.intervals import Intervals, t_intervals
from spectrum.stats.observations import FloatArray
from spectrum.stats.profile import Scale, estimate_level, estimate_profile

PROFILE_SD = 0.07
"""Of the planted profiles, probability scale."""
CLIP_ONLY_BELOW = 0.90
NOMINAL = 0.95


@dataclass(frozen=True, slots=True)
class Cell:
    """One bench that is simulated over and over, and the limits of its coverage."""

    name: str
    clips_a_value: int = 100
    wordings: int = 12
    a_clip: int = 4
    profile_sd: float = PROFILE_SD
    yes_bias: float = 0.0
    spread: Spread = field(default_factory=Spread)
    several: bool = False
    """Clips of 2.3 values, liked by the clip-level rule; else of one value each."""
    scale: Scale = "probability"
    own_value_wording: float | None = None
    """Of a condition against neutral on identical items: the SD of its own value x wording part."""
    low: float | None = 0.94
    high: float | None = 0.98
    full: int = 4000
    fast: int = 0
    """Runs in the smoke version; 0 leaves the cell out."""

    def ask(self, rng: np.random.Generator) -> Asked:
        """Draw clips and wordings."""
        clips = self.clips_a_value * 10
        labels = several_values(clips, rng) if self.several else one_value_each(self.clips_a_value)
        return ask_about(labels, rng, wordings=self.wordings, a_clip=self.a_clip)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Estimates of some runs, (runs, v) each, beside the truth."""

    truth: FloatArray
    found: Intervals
    clip_only: Intervals
    """The mutant: the same, had the wordings been ignored."""
    level_truth: FloatArray | None = None
    """(runs, 1); None where the level is not held against anything."""
    level: Intervals | None = None


CELLS = (
    Cell("default: 100 clips x 12 wordings, 4 a clip", fast=320),
    Cell("quick: 40 clips a value", clips_a_value=40),
    Cell("200 clips a value", clips_a_value=200),
    Cell("24 wordings", wordings=24),
    Cell("12 wordings, all on every clip", a_clip=12),
    Cell("yes-bias 2.5", yes_bias=2.5),
    Cell("2.3 values a clip, clip-level rule", several=True, fast=160),
    Cell("logit scale", scale="logit"),
    Cell("condition minus neutral", own_value_wording=0.0, fast=160),
    Cell("condition minus neutral, own value x wording .15", own_value_wording=0.15),
    Cell("condition minus neutral, own value x wording .3", own_value_wording=0.3),
    Cell("9 wordings", wordings=9, low=0.93, high=None),
    Cell("8 wordings", wordings=8, low=0.93, high=None),
    Cell("7 wordings", wordings=7, low=0.93, high=None),
    Cell("6 wordings", wordings=6, low=0.93, high=None),
    Cell("5 wordings", wordings=5, low=0.93, high=None, fast=160),
    Cell("4 wordings, given them", wordings=4),
    Cell("3 wordings, given them", wordings=3, a_clip=3, fast=160),
    Cell("2 wordings, given them", wordings=2, a_clip=2),
    Cell("1 wording, given it", wordings=1, a_clip=1),
)
CLIP_ONLY = Cell("clip-only intervals, 200 clips a value", clips_a_value=200, full=1000, fast=48)


@dataclass(frozen=True, slots=True)
class CoverageGate:
    """The gate."""

    cells: tuple[Cell, ...] = CELLS
    name: str = "coverage"
    about: str = "95% intervals hold the planted truth"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """Every cell; the smoke version only those that have a number for it."""
        return joined([cover(cell, effort, tell) for cell in self.cells if not effort.fast or cell.fast])


def cover(cell: Cell, effort: Effort, tell: Tell) -> GateResult:
    """Simulate one cell."""
    tell(cell.name)
    runs = effort.of(cell.full, cell.fast)
    held = list(simulate(cell, runs, effort.rng("coverage", cell.name)))
    each = np.concatenate([_inside(one.found, one.truth) for one in held])
    inside = each.mean(axis=1)
    error = float(inside.std(ddof=1) / np.sqrt(inside.size))
    slack = 0.0 if runs >= cell.full else _open(error, each.size)
    figure = Figure(
        "coverage",
        cell.name,
        "coverage of 95% intervals",
        float(inside.mean()),
        None if cell.low is None else cell.low - slack,
        None if cell.high is None else min(cell.high + slack, 1.0),
        inside.size,
        error,
    )
    widths = np.concatenate([one.found.high - one.found.low for one in held])
    row = {
        "cell": cell.name,
        "scale": cell.scale,
        "clips_a_value": cell.clips_a_value,
        "wordings": cell.wordings,
        "coverage": figure.value,
        "error": error,
        "low": figure.low,
        "high": figure.high,
        "half_width": float(widths.mean() / 2),
        "rmse_to_se": rmse_to_se(held),
        "clip_only": clip_only_coverage(held),
        "runs": inside.size,
        "passes": figure.passes,
    }
    return GateResult((figure, *_level(cell, held, runs < cell.full)), {"coverage": [row]})


def _open(error: float, intervals: int) -> float:
    """What a short simulation leaves open: where every interval held, the error seen is 0, that of 95% stands in."""
    return 2.5 * max(error, float(np.sqrt(NOMINAL * (1 - NOMINAL) / intervals)))


def _level(cell: Cell, held: list[Held], short: bool) -> tuple[Figure, ...]:
    inside = [
        _inside(one.level, one.level_truth) for one in held if one.level is not None and one.level_truth is not None
    ]
    if not inside:
        return ()
    covered = np.concatenate(inside)[:, 0]
    error = float(covered.std() / np.sqrt(covered.size))
    slack = _open(error, covered.size) if short else 0.0
    return (
        Figure(
            "coverage",
            cell.name,
            "coverage of the level's 95% interval",
            float(covered.mean()),
            None if cell.low is None else cell.low - slack,
            None if cell.high is None else min(cell.high + slack, 1.0),
            covered.size,
            error,
        ),
    )


def clip_only(effort: Effort, tell: Tell) -> GateResult:
    """The mutant of this gate: ignoring the wordings must be seen to fail."""
    tell(CLIP_ONLY.name)
    runs = effort.of(CLIP_ONLY.full, CLIP_ONLY.fast)
    held = list(simulate(CLIP_ONLY, runs, effort.rng("coverage", CLIP_ONLY.name)))
    value = clip_only_coverage(held)
    return GateResult(
        (
            Figure(
                "mutants", CLIP_ONLY.name, "coverage of 95% intervals", value, CLIP_ONLY_BELOW, runs=runs, mutant=True
            ),
        )
    )


def clip_only_coverage(held: list[Held]) -> float:
    """Share of clip-only intervals that hold the truth."""
    return float(np.concatenate([_inside(one.clip_only, one.truth) for one in held]).mean())


def simulate(cell: Cell, runs: int, rng: np.random.Generator) -> Iterator[Held]:
    """Draw and estimate `runs` runs of a cell, in batches."""
    for batch in batches(runs, rng, cell.ask):
        yield _differences(cell, batch) if cell.own_value_wording is not None else _profiles(cell, batch)


def _profiles(cell: Cell, batch: Batch) -> Held:
    asked, rng = batch.asked, batch.rng
    world: World = Rule() if cell.several else Smooth(cell.spread)
    planted = plant(world, cell.profile_sd, batch.runs, rng, yes_bias=cell.yes_bias)
    effects = wording_effects(asked, world.spread, batch.runs, rng)
    logits = world.conditional(planted.predictors(asked.labels, asked.framings), rng)
    response = answer(asked, logits, effects, world.spread.clip_wording, rng)
    if cell.scale == "logit":
        alone = [estimate_profile(asked.observations(one), scale="logit") for one in response.T]
        truth = planted.logit_truth()
        return Held(
            truth,
            _stacked([one.theta for one in alone]),
            _stacked([t_intervals(_clip_only(one.clustered)) for one in alone]),
        )
    found = estimate_profile(asked.observations(response))
    clip_only = t_intervals(_clip_only(found.clustered))
    if isinstance(world, Smooth) and found.conditional_on_wordings:
        return Held(planted.truth_given_wordings(world, asked.framings, effects), found.theta, clip_only)
    truth = planted.truth(world, asked.framings, several=cell.several)
    level = planted.level_truth(world, asked.framings, several=cell.several)[:, None]
    return Held(truth, found.theta, clip_only, level, estimate_level(asked.observations(response)).level)


def _differences(cell: Cell, batch: Batch) -> Held:
    """A condition that shifts the profile, against neutral on identical items; both hear the wordings alike."""
    asked, rng = batch.asked, batch.rng
    world = Smooth(cell.spread)
    assert cell.own_value_wording is not None
    neutral = plant(world, cell.profile_sd, batch.runs, rng, yes_bias=cell.yes_bias)
    other = plant(world, cell.profile_sd, batch.runs, rng, yes_bias=cell.yes_bias)
    effects = wording_effects(asked, cell.spread, batch.runs, rng)
    own = effects + cell.own_value_wording * rng.normal(size=effects.shape)
    same_clips, items = int(rng.integers(2**62)), np.arange(asked.clip.size)
    ours, theirs = (
        asked.observations(
            answer(
                asked,
                world.conditional(planted.predictors(asked.labels, asked.framings), np.random.default_rng(same_clips)),
                heard,
                cell.spread.clip_wording,
                rng,
            )
        )
        for planted, heard in ((other, own), (neutral, effects))
    )
    found = estimate_contrast(paired(ours, items, theirs, items))
    truth = other.truth(world, asked.framings) - neutral.truth(world, asked.framings)
    return Held(truth, found.theta, t_intervals(_clip_only(found.clustered)))


def _clip_only(clustered: ClusteredEstimate) -> Inference:
    """The same estimates with the covariance over clips alone."""
    clip = clustered.clip_part
    return ClusteredEstimate(clustered.estimate, clip, clip, None, clustered.weights, clustered.keys).all()


def _stacked(alone: list[Intervals]) -> Intervals:
    names = ("estimate", "se", "df", "low", "high", "p", "p_holm")
    return Intervals(*(np.stack([getattr(one, name) for one in alone]) for name in names))


def _inside(found: Intervals, truth: FloatArray) -> FloatArray:
    return ((found.low <= truth) & (truth <= found.high)).astype(np.float64)


def rmse_to_se(held: list[Held]) -> float:
    """Root mean square error over mean reported standard error."""
    errors = np.concatenate([one.found.estimate - one.truth for one in held])
    return float(np.sqrt(np.mean(errors**2)) / np.concatenate([one.found.se for one in held]).mean())
