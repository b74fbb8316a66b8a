"""Gate: random planted profiles come back with slope one, and no further off than the errors reported say."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from spectrum.calibration.answers import answer, wording_effects
from spectrum.calibration.asked import FRAMINGS, Asked, ask_about, one_value_each, several_values
from spectrum.calibration.batches import batches
from spectrum.calibration.gate import Effort, Figure, GateResult, Row, Tell, joined
from spectrum.calibration.planted import plant
from spectrum.calibration.worlds import Rule, Smooth, World
from spectrum.stats.intervals import Intervals
from spectrum.stats.observations import STEMS, FloatArray, Framing, NotEstimableError, Observations
from spectrum.stats.profile import Scale, estimate_profile
from spectrum.values import SCHWARTZ

SLOPE = (0.9, 1.1)
RMSE_TO_SE = 1.25
BIAS_SD = 0.5
"""Of the part of a yes-bias that each value has for itself, logits."""
SHOWN = 40
"""Profiles a cell that the recovery table keeps."""

Estimator = Callable[[Observations, Scale], Intervals]


def product(observations: Observations, scale: Scale) -> Intervals:
    """The instrument itself, of many runs; on the logit scale of one run."""
    return estimate_profile(observations, scale=scale).theta


@dataclass(frozen=True, slots=True)
class Cell:
    """Respondents of one kind, each with a random profile."""

    sd: float
    """Over the ten values, probability scale, before bias."""
    yes_bias: float = 0.0
    several: bool = False
    """Clips of 2.3 values, liked by the clip-level rule; else of one value each."""
    framings: tuple[Framing, ...] = STEMS
    clips_a_value: int = 100
    full: int = 400
    fast: int = 0
    """Profiles in the smoke version; 0 leaves the cell out."""

    @property
    def name(self) -> str:
        """In words."""
        parts = [f"SD {self.sd:.2f}", f"yes-bias {self.yes_bias:g}"]
        parts += ["2.3 values a clip, clip-level rule"] if self.several else []
        parts += ["named options too"] if self.framings == FRAMINGS else []
        return ", ".join(parts)

    @property
    def world(self) -> World:
        """How its respondents answer."""
        return Rule() if self.several else Smooth()

    def ask(self, rng: np.random.Generator) -> Asked:
        """Draw clips and wordings."""
        clips = 10 * self.clips_a_value
        labels = several_values(clips, rng) if self.several else one_value_each(self.clips_a_value)
        return ask_about(labels, rng, framings=self.framings)


@dataclass(frozen=True, slots=True, eq=False)
class Recovered:
    """Planted and estimated profiles, (runs, v) each, centred."""

    planted: FloatArray
    estimated: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def slope(self) -> float:
        """Of estimates on planted."""
        return float((self.planted * self.estimated).sum() / (self.planted**2).sum())

    @property
    def slope_error(self) -> float:
        """Standard error of the slope over profiles (by the spread of their own residual products)."""
        product = (self.planted * (self.estimated - self.slope * self.planted)).sum(axis=1)
        return float(np.sqrt((product**2).sum()) / (self.planted**2).sum())

    @property
    def rmse_to_se(self) -> float:
        """Root mean square error over the mean reported standard error."""
        return float(np.sqrt(np.mean((self.estimated - self.planted) ** 2)) / self.se.mean())

    @property
    def r(self) -> float:
        """Correlation over all profiles and values: printed, never gated."""
        return float(np.corrcoef(self.planted.ravel(), self.estimated.ravel())[0, 1])


CELLS = (
    *(
        Cell(sd, bias, fast=48 if (sd, bias) in ((0.10, 0.0), (0.10, 2.5)) else 0)
        for sd in (0.05, 0.10, 0.20)
        for bias in (0.0, 1.25, 2.5)
    ),
    Cell(0.10, 0.0, framings=FRAMINGS),
    Cell(0.10, 2.5, framings=FRAMINGS),
    *(Cell(sd, bias, several=True, framings=FRAMINGS) for sd in (0.05, 0.10, 0.20) for bias in (0.0, 2.5)),
)


@dataclass(frozen=True, slots=True)
class Recovery:
    """The gate."""

    cells: tuple[Cell, ...] = CELLS
    name: str = "recovery"
    about: str = "planted profiles come back with slope one and the errors reported"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """Every cell on the probability scale, and on the logit scale where coefficients were planted."""
        results = []
        for cell in self.cells:
            if effort.fast and not cell.fast:
                continue
            scales: tuple[Scale, ...] = ("probability",) if cell.several else ("probability", "logit")
            for scale in scales:
                tell(f"{cell.name}, {scale} scale")
                runs = effort.of(cell.full, cell.fast)
                recovered = recover(cell, scale, runs, effort.rng("recovery", cell.name))
                results.append(_judged(cell, scale, recovered, runs))
        return joined(results)


def recover(cell: Cell, scale: Scale, runs: int, rng: np.random.Generator, estimator: Estimator = product) -> Recovered:
    """Plant `runs` random profiles, and estimate them."""
    parts = list(_parts(cell, scale, runs, rng, estimator))
    return Recovered(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _parts(
    cell: Cell, scale: Scale, runs: int, rng: np.random.Generator, estimator: Estimator
) -> Iterator[tuple[FloatArray, ...]]:
    world = cell.world
    for batch in batches(runs, rng, cell.ask):
        asked = batch.asked
        planted = plant(world, cell.sd, batch.runs, rng, yes_bias=cell.yes_bias, yes_bias_sd=BIAS_SD)
        logits = world.conditional(planted.predictors(asked.labels, asked.framings), rng)
        effects = wording_effects(asked, world.spread, batch.runs, rng)
        response = answer(asked, logits, effects, world.spread.clip_wording, rng)
        if scale == "probability":
            truth = planted.truth(world, asked.framings, several=cell.several)
            found = estimator(asked.observations(response), scale)
            yield truth, found.estimate, found.se, found.low, found.high
        else:
            for truth, alone in zip(planted.logit_truth(), response.T, strict=True):
                try:
                    found = estimator(asked.observations(alone), scale)
                except NotEstimableError:
                    continue  # some value's clips were accepted always or never: counted by what is missing
                yield tuple(column[None] for column in (truth, found.estimate, found.se, found.low, found.high))


def figures(gate: str, name: str, found: Recovered, *, slack: float = 0.0, mutant: bool = False) -> tuple[Figure, ...]:
    """Slope, error against reported error, and r. A mutant is caught by either of the first two."""
    runs = found.planted.shape[0]
    slope = Figure(
        gate, name, "slope", found.slope, SLOPE[0] - slack, SLOPE[1] + slack, runs, found.slope_error, mutant=mutant
    )
    ratio = Figure(gate, name, "RMSE / mean reported SE", found.rmse_to_se, None, RMSE_TO_SE, runs, mutant=mutant)
    if mutant:
        caught = slope.passes or ratio.passes
        slope, ratio = (replace(one, gated=one.passes or not caught) for one in (slope, ratio))
    return slope, ratio, Figure(gate, name, "r", found.r, runs=runs, gated=False)


def _judged(cell: Cell, scale: Scale, found: Recovered, runs: int) -> GateResult:
    name = f"{cell.name}, {scale} scale"
    shown = figures("recovery", name, found, slack=2.5 * found.slope_error if runs < cell.full else 0.0)
    if scale == "logit":
        lost = 1.0 - found.planted.shape[0] / runs
        shown += (Figure("recovery", name, "share without a logit scale", lost, runs=runs, gated=False),)
    return GateResult(shown, {"recovery": _rows(name, scale, found)})


def _rows(name: str, scale: Scale, found: Recovered) -> list[Row]:
    return [
        {
            "cell": name,
            "scale": scale,
            "run": run,
            "value": code,
            "planted": float(found.planted[run, place]),
            "estimated": float(found.estimated[run, place]),
            "se": float(found.se[run, place]),
            "low": float(found.low[run, place]),
            "high": float(found.high[run, place]),
        }
        for run in range(min(SHOWN, found.planted.shape[0]))
        for place, code in enumerate(SCHWARTZ.codes)
    ]
