"""Gate: who understands "would not" is never said to misunderstand it, and who does not never passes."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from spectrum.calibration.answers import answer, wording_effects
from spectrum.calibration.asked import Asked, ask_about, one_value_each
from spectrum.calibration.batches import batches
from spectrum.calibration.gate import Effort, Figure, GateResult, Tell, joined
from spectrum.calibration.planted import plant
from spectrum.calibration.worlds import Smooth, Spread
from spectrum.stats.observations import STEMS, Framing
from spectrum.stats.polarity import Verdict, coherence

PROFILE_SD = 0.10
MOST_WRONG = 0.01


@dataclass(frozen=True, slots=True)
class Cell:
    """Respondents of one kind, asked the stem pair."""

    understands: bool
    yes_bias: float
    clip_sd: float
    """Logits: how far clips differ for it."""

    @property
    def name(self) -> str:
        """In words."""
        what = "understands" if self.understands else "answers the words, not the sentence"
        return f"{what}, yes-bias {self.yes_bias:g}, clip SD {self.clip_sd:g}"


CELLS = tuple(Cell(understands, bias, sd) for understands in (True, False) for bias in (0.0, 2.5) for sd in (1.0, 2.5))


@dataclass(frozen=True, slots=True)
class Negation:
    """The gate."""

    cells: tuple[Cell, ...] = CELLS
    full: int = 400
    fast: int = 16
    name: str = "negation"
    about: str = "the polarity check tells who understands negation, and is undecided rather than wrong"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """The wrong verdict's share is gated; the right one's is printed: where clips differ little it is undecided."""
        return joined([self._cell(cell, effort, tell) for cell in self.cells])

    def _cell(self, cell: Cell, effort: Effort, tell: Tell) -> GateResult:
        tell(cell.name)
        runs, rng = effort.of(self.full, self.fast), effort.rng(self.name, cell.name)
        verdicts = Counter(
            verdict for batch in batches(runs, rng, _ask) for verdict in _verdicts(cell, batch.asked, batch.runs, rng)
        )
        right, wrong = (Verdict.PASSES, Verdict.REVERSED) if cell.understands else (Verdict.REVERSED, Verdict.PASSES)
        return GateResult(
            (
                Figure(
                    self.name,
                    cell.name,
                    f'share with the verdict "{wrong}"',
                    verdicts[wrong] / runs,
                    None,
                    MOST_WRONG,
                    runs,
                ),
                Figure(
                    self.name,
                    cell.name,
                    f'share with the verdict "{right}"',
                    verdicts[right] / runs,
                    runs=runs,
                    gated=False,
                ),
            )
        )


def _ask(rng: np.random.Generator) -> Asked:
    return ask_about(one_value_each(100), rng, framings=STEMS)


def _verdicts(cell: Cell, asked: Asked, runs: int, rng: np.random.Generator) -> list[Verdict]:
    world = Smooth(Spread(clip=cell.clip_sd))
    planted = plant(world, PROFILE_SD, runs, rng, yes_bias=cell.yes_bias)
    logits = world.conditional(planted.predictors(asked.labels, asked.framings), rng)
    if not cell.understands:
        # Yes to both stems where it likes the clip: the reversed stem's acceptance is turned round, the bias is not.
        reversed_stem = asked.framings.index(Framing.WOULD_NOT)
        logits[:, reversed_stem] = -logits[:, asked.framings.index(Framing.WOULD)]
    effects = wording_effects(asked, world.spread, runs, rng)
    response = answer(asked, logits, effects, world.spread.clip_wording, rng)
    return [coherence(asked.observations(one)).verdict for one in response.T]
