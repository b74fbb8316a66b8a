"""Calibration gate of browsing: probes recover what was planted, and what a feed does is not taken for a preference."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from agents.effects import Effect, FloatArray
from agents.feed_gates import NAME, adaptive, claims, frozen, pushed
from agents.planted_probes import CODES, Answered, Bench, Probed, Spread, answer_probes
from agents.state import PROBABILITY, WRITTEN, Answer, state_contrast, state_profile
from spectrum.calibration.false_positives import counted
from spectrum.calibration.gate import Effort, Figure, Gate, GateResult, Tell, joined
from spectrum.stats.observations import BoolArray

LEAST_SLOPE, MOST_SLOPE = 0.9, 1.1
LEAST_COVERED, MOST_COVERED = 0.94, 0.98
RUNS_A_DESIGN = 50
"""Clips and probe questions are drawn and planned anew so often; profiles and answers in every run."""

Measured = Callable[[Probed, Answered, Answered], Effect | None]
"""From what a persona and nobody answer to a profile or a difference."""
Held = tuple[FloatArray, FloatArray, BoolArray]
"""Truth and estimate of one run, and whether the interval holds it, (10,) each."""


def profile(measure: str) -> Measured:
    """The persona's own profile."""
    return lambda probed, persona, _: state_profile(probed.shared.answers(persona), probed.label_of, measure)


def minus_neutral(measure: str) -> Measured:
    """Persona minus nobody on the same questions."""
    return lambda probed, persona, nobody: state_contrast(
        probed.shared.answers(persona), probed.shared.answers(nobody), probed.label_of, measure
    )


def minus_twin(measure: str) -> Measured:
    """Persona minus nobody, each with questions of its own."""
    return lambda probed, persona, nobody: state_contrast(
        probed.shared.answers(persona), probed.own.answers(nobody), probed.label_of, measure
    )


def answers_as_episodes(probed: Probed, persona: Answered, _: Answered) -> Effect | None:
    """Takes every answer for an observation of its own, where an episode is one."""
    answers = enumerate(probed.shared.answers(persona))
    alone = [replace(answer, pair=number, wording=f"{answer.wording} of {number}") for number, answer in answers]
    return state_profile(alone, probed.label_of, PROBABILITY)


def questions_of_their_own(probed: Probed, persona: Answered, nobody: Answered) -> Effect | None:
    """Takes answers that replicates share, because they ask one question about one clip, for each one's own."""

    def apart(by: Answered) -> list[Answer]:
        return [replace(answer, wording=f"{answer.wording} of {answer.pair}") for answer in probed.shared.answers(by)]

    return state_contrast(apart(persona), apart(nobody), probed.label_of, WRITTEN)


MEASURES: Mapping[str, Measured] = {
    "profile, probabilities": profile(PROBABILITY),
    "persona minus neutral, probabilities": minus_neutral(PROBABILITY),
    "persona minus neutral, written answers": minus_neutral(WRITTEN),
    "persona minus twin, probabilities": minus_twin(PROBABILITY),
}


@dataclass(frozen=True, slots=True)
class ProbeCell:
    """One design of probe slots that is simulated over and over."""

    name: str
    bench: Bench
    full: int
    """Runs."""
    fast: int = 0
    """Runs in the smoke version; 0 leaves the cell out."""
    measures: Mapping[str, Measured] = field(default_factory=lambda: MEASURES)
    mutant: bool = False
    """Whether the measures are broken ones, whose coverage must fall short."""


PROBES = (
    ProbeCell("32 episodes x 11 probes of 600 clips", Bench(32, 11, 600), 600, 6),
    ProbeCell("4 episodes x 8 probes of 400 clips, the default", Bench(4, 8, 400), 1000, 24),
    ProbeCell("32 episodes x 30 probes of 400 clips", Bench(32, 30, 400), 150),
    ProbeCell("8 episodes x 11 probes", Bench(8, 11, 400), 100, 8,
              {"profile, every answer taken for an episode": answers_as_episodes}, mutant=True),
    ProbeCell("32 episodes x 22 probes of 100 clips", Bench(32, 22, 100), 150, 0,
              {"written answers, shared ones taken for their own": questions_of_their_own}, mutant=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BrowseGate:
    """The gate."""

    probes: tuple[ProbeCell, ...] = PROBES
    name: str = NAME
    about: str = "probe slots recover planted preferences; feeds and their drift are told from chance"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """Probe slots, then feeds."""
        cells = [cell for cell in self.probes if cell.fast or not effort.fast]
        return joined(
            [
                *(recovered(cell, effort, tell) for cell in cells),
                ignored(effort, tell),
                adaptive(effort, tell),
                pushed(effort, tell),
                *(frozen(feed, effort, tell) for feed in (("frozen",) if effort.fast else ("frozen", "random"))),
            ]
        )


def _simulated(
    bench: Bench, runs: int, rng: np.random.Generator, spread: Spread, *, ignored: bool = False
) -> Iterator[tuple[Probed, Answered, Answered]]:
    """Design, persona and nobody of each run; the persona has a profile of its own, or nobody's where it is ignored."""
    for run in range(runs):
        if run % RUNS_A_DESIGN == 0:
            probed = bench.plan(rng)
        profiles = rng.normal(0.0, spread.profile, (2, len(CODES)))
        if ignored:
            profiles[1] = profiles[0]
        nobody, persona = answer_probes(probed, profiles - profiles.mean(axis=1, keepdims=True), spread, rng)
        yield probed, persona, nobody


def recovered(cell: ProbeCell, effort: Effort, tell: Tell) -> GateResult:
    """Slope and coverage of each measure, over personas of random profiles."""
    tell(f"{cell.name}{', broken' if cell.mutant else ''}")
    runs = effort.of(cell.full, cell.fast)
    rng = effort.rng(NAME, cell.name, *cell.measures)
    found: dict[str, list[Held]] = {name: [] for name in cell.measures}
    for probed, persona, nobody in _simulated(cell.bench, runs, rng, Spread(persona=0.5)):
        own = persona.truth(probed.labels)
        shift = own - nobody.truth(probed.labels)
        for name, measured in cell.measures.items():
            effect, truth = measured(probed, persona, nobody), own if name.startswith("profile") else shift
            assert effect is not None, f"{cell.name}: {name} cannot be estimated"
            bounds = effect.intervals
            found[name].append((truth, bounds.estimate, (bounds.low <= truth) & (truth <= bounds.high)))
    slack = 2.5 if runs < cell.full else 0.0
    return joined([_recovery(cell, name, held, slack) for name, held in found.items()])


def _recovery(cell: ProbeCell, name: str, held: Sequence[Held], slack: float) -> GateResult:
    truth, estimate, inside = (np.array(column, dtype=np.float64) for column in zip(*held, strict=True))
    runs, where = len(truth), f"{name}: {cell.name}"
    covered, error = float(inside.mean()), float(inside.mean(axis=1).std(ddof=1) / np.sqrt(runs))
    wide = slack * max(error, 1 / inside.size)
    coverage = Figure(
        NAME, where, "coverage of 95% intervals", covered,
        LEAST_COVERED - wide, None if cell.mutant else min(MOST_COVERED + wide, 1.0), runs, error, mutant=cell.mutant,
    )  # fmt: skip
    if cell.mutant:
        return GateResult((coverage,))
    weight = float((truth**2).sum())
    slope = float((estimate * truth).sum() / weight)
    off = float(np.sqrt((((estimate - slope * truth) * truth).sum(axis=1) ** 2).sum()) / weight)
    return GateResult(
        (
            Figure(NAME, where, "slope", slope, LEAST_SLOPE - slack * off, MOST_SLOPE + slack * off, runs, off),
            coverage,
            Figure(NAME, where, "planted SD", float(truth.std()), runs=runs, gated=False),
        )
    )


def ignored(effort: Effort, tell: Tell) -> GateResult:
    """Nobody asked again, under a persona's name that is ignored and as the twin: nothing differs."""
    cell = "a persona that is ignored, 8 episodes x 11 probes"
    tell(cell)
    tests = {
        "written answers differ in a value (Holm over ten)": minus_neutral(WRITTEN),
        "the twin's probabilities differ in a value (Holm over ten)": minus_twin(PROBABILITY),
    }
    runs, rng = effort.of(2000, 40), effort.rng(NAME, cell)
    alarms = np.array(
        [
            [claims(measured(*one)) for measured in tests.values()]
            for one in _simulated(Bench(8, 11, 400), runs, rng, Spread(), ignored=True)
        ]
    )
    return joined([counted(NAME, cell, test, alarms[:, n]) for n, test in enumerate(tests)])


GATES: tuple[Gate, ...] = (BrowseGate(),)
"""For `spectrum calibrate`."""
