"""Gates: with the pictures gone, or dealt to other clips, nothing is left of a profile.

The estimators' side, on simulated answers. What a real model answers to blank frames is measured by the bench.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spectrum.calibration.answers import acceptance, answer, wording_effects
from spectrum.calibration.asked import Asked, ask_about, one_value_each
from spectrum.calibration.batches import Batch, batches
from spectrum.calibration.gate import Effort, Figure, GateResult, Tell
from spectrum.calibration.planted import Planted, plant
from spectrum.calibration.worlds import Smooth, Spread
from spectrum.stats.null_profile import EQUIVALENCE, MARGIN, SHARE, NullProfile, estimate_null_profile
from spectrum.stats.observations import FloatArray
from spectrum.stats.relabelled import ClipSums, shuffle_labels

PROFILE_SD = 0.10
LEAK = 0.5
"""Of the profile, in answers to pictures that are only said to be blank."""
PERMUTATIONS = 200
_UNSEEN = Spread(clip=0.0, value_wording=0.0, clip_wording=0.1)
"""With nothing to see the wording speaks, and a little chance."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How answers to blank frames are measured."""

    name: str
    clips_a_value: int
    sampled: bool
    """Written answers drawn by chance; else option probabilities, which scatter less."""
    gated: bool = True
    """Whether intervals must lie within the margin: too few sampled answers leave it undecided."""


CELLS = (
    Cell("option probabilities, 100 clips a value", 100, sampled=False),
    Cell("sampled answers, 200 clips a value", 200, sampled=True),
    Cell("sampled answers, 100 clips a value", 100, sampled=True, gated=False),
)


@dataclass(frozen=True, slots=True)
class Blank:
    """Blank frames: no clip can be told from another."""

    cells: tuple[Cell, ...] = CELLS
    full: int = 200
    fast: int = 24
    name: str = "blank"
    about: str = "blank frames leave no profile, and a profile that shines through is seen"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """Respondents that see nothing, and some whose profile shines through."""
        runs = effort.of(self.full, self.fast)
        figures: list[Figure] = []
        for cell in self.cells[: 1 if effort.fast else None]:
            tell(cell.name)
            figures += _judged(cell, runs, effort)
        return GateResult(tuple(figures))


def _judged(cell: Cell, runs: int, effort: Effort) -> list[Figure]:
    blank, leaking = ([one for part in _nulls(cell, runs, share, effort) for one in part] for share in (0.0, LEAK))
    left = float(np.mean([one.sd_beyond_noise for one in blank])) / PROFILE_SD
    widest = float(np.median([one.widest for one in blank]))

    def figure(text: str, value: float, high: float | None, *, gated: bool = True) -> Figure:
        return Figure("blank", cell.name, text, value, None, high, runs, gated=gated)

    return [
        figure("SD left (noise taken out) / intact SD, mean", left, SHARE),
        figure(f"widest of ten simultaneous {EQUIVALENCE:.0%} intervals, median", widest, MARGIN, gated=cell.gated),
        figure("share of runs with a verdict of failed", _share(blank, "failed"), 0.01),
        figure("share of runs passed, the others undecided", _share(blank, "passed"), None, gated=False),
        figure(f"share of runs passed where {LEAK:.0%} of the profile shines through", _share(leaking, "passed"), 0.05),
    ]


@dataclass(frozen=True, slots=True)
class Permuted:
    """Pictures dealt to other clips, any to any."""

    clips_a_value: int = 100
    full: int = 60
    fast: int = 4
    name: str = "permuted"
    about: str = "pictures dealt to other clips leave no profile"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """The mean profile over permutations beside the intact one, of each of some respondents."""
        tell(f"{PERMUTATIONS} permutations each")
        runs, rng = effort.of(self.full, self.fast), effort.rng(self.name)
        shares = [
            share
            for batch in batches(runs, rng, lambda drawn: _ask(self.clips_a_value, drawn))
            for share in _permuted(batch)
        ]
        name = f"{PERMUTATIONS} permutations"
        return GateResult(
            (
                Figure(
                    self.name, name, "SD of mean profile / intact SD, mean", float(np.mean(shares)), None, SHARE, runs
                ),
                Figure(self.name, name, "the same, largest", float(np.max(shares)), None, SHARE, runs),
            )
        )


def _ask(clips_a_value: int, rng: np.random.Generator) -> Asked:
    return ask_about(one_value_each(clips_a_value), rng)


def _nulls(cell: Cell, runs: int, share: float, effort: Effort) -> Iterator[list[NullProfile]]:
    world = Smooth(_UNSEEN)
    rng = effort.rng("blank", cell.name, int(100 * share))
    for batch in batches(runs, rng, lambda drawn: _ask(cell.clips_a_value, drawn)):
        asked, planted = batch.asked, plant(world, PROFILE_SD, batch.runs, rng)
        left = Planted(planted.level, share * planted.theta, planted.yes_bias)
        response = _answers(batch, world, left, sampled=cell.sampled)
        yield [estimate_null_profile(asked.observations(one)) for one in response.T]


def _permuted(batch: Batch) -> list[float]:
    world, rng = Smooth(), batch.rng
    response = _answers(batch, world, plant(world, PROFILE_SD, batch.runs, rng))
    found = []
    for one in response.T:
        sums = ClipSums.of(batch.asked.observations(one))
        dealt = shuffle_labels(sums, (rng.permutation(sums.clips.size) for _ in range(PERMUTATIONS)))
        found.append(dealt.mean_profile_sd / dealt.sd)
    return found


def _answers(batch: Batch, world: Smooth, planted: Planted, *, sampled: bool = True) -> FloatArray:
    asked, rng, spread = batch.asked, batch.rng, world.spread
    logits = world.conditional(planted.predictors(asked.labels, asked.framings), rng)
    effects = wording_effects(asked, spread, batch.runs, rng)
    respond = answer if sampled else acceptance
    return respond(asked, logits, effects, spread.clip_wording, rng).astype(np.float64)


def _share(found: list[NullProfile], verdict: str) -> float:
    return float(np.mean([one.gate(PROFILE_SD) == verdict for one in found]))
