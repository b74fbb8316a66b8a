"""Calibration gate of adherence: who ignores its personas is left alone, who follows has its planted slope."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from personas.adherence import CHANGE_BELOW, Pool, change_p, each_persona, each_value, raw_r, slope
from personas.identification import Identification, identify
from personas.inference import Estimate, leave_one_out
from personas.planted_pools import FOLLOWED, Cast, differences, nobody_profile
from personas.shifts import estimate_shifts
from spectrum.calibration.false_positives import SIGNIFICANT_AT, counted
from spectrum.calibration.gate import Effort, Figure, Gate, GateResult, Tell, joined, most_significant
from spectrum.instruments import PEOPLES_ORDER
from spectrum.stats.observations import Observations
from spectrum.values import SCHWARTZ

FULL, FAST = 2000, 24
FULL_FOLLOWERS, FAST_FOLLOWERS = 400, 8
NEAR = 0.1
"""A slope this near to the truth will do; an ignorer's 90% interval must lie inside it."""
LEAST_INSIDE, LEAST_COVERED = 0.95, 0.92
"""Of ignorers whose interval does, and of followers whose 95% interval holds the slope that they show on average."""
IDENTIFIED_NEAR = 0.02
"""An ignorer's share of identified personas lies this near to chance, on average."""
PERMUTATIONS = 199
PEOPLE = np.array([1.5 - PEOPLES_ORDER.index(code) / 3 for code in SCHWARTZ.codes])
"""What people share: an even step a place of their common order of the values (Schwartz and Bardi 2001)."""
TESTS = (
    "the slope differs from 0",
    "profiles change with the persona",
    "a persona is followed or reversed (Holm over personas)",
    "a value moves with its target (Holm over values)",
    "personas are identified (permutations)",
)

Claim = Callable[[Observations, Pool], Estimate]
"""From answers as nobody and as everybody, and their pool, to a number that is claimed to be adherence."""


def raw_correlation(answers: Observations, pool: Pool) -> Estimate:
    """Claims the plain correlation of profile and target, which is not centred over the pool."""
    return raw_r(nobody_profile(answers) + pool.shifts.delta, pool.targets, pool.groups)


def nobody_on_both_sides(answers: Observations, pool: Pool) -> Estimate:
    """Takes nobody's profile off the targets too, and correlates without centring over the pool."""
    wanted = pool.targets - nobody_profile(answers)
    each = np.array([np.corrcoef(moved, want)[0, 1] for moved, want in zip(pool.shifts.delta, wanted, strict=True)])
    return leave_one_out(lambda rows: float(each[rows].mean()), pool.groups, low=-1.0, high=1.0)


MUTANTS: Mapping[str, Claim] = {
    "raw correlation in place of pool-centred": raw_correlation,
    "nobody taken off both sides": nobody_on_both_sides,
}


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One simulated respondent by the product's estimators, and what mutants claim of it."""

    slope: Estimate
    change: float
    known: Identification
    p: tuple[float, ...]
    """Of TESTS."""
    claims: tuple[Estimate, ...]

    @classmethod
    def of(
        cls, cast: Cast, kind: str, rng: np.random.Generator, claims: Sequence[Claim] = (), *, greedy: bool = False
    ) -> "Judged":
        """Simulate and judge."""
        answers, tau = cast.answers(rng, kind, greedy=greedy)
        pool = Pool(estimate_shifts(differences(answers)), tau, cast.groups)
        found, known, change = slope(pool), identify(pool, permutations=PERMUTATIONS), change_p(pool.shifts)
        persona, value = each_persona(pool).p_holm.min(), each_value(pool)[1].min()
        return cls(
            found,
            change,
            known,
            (found.p, change, float(persona), float(value), known.p),
            tuple(claim(answers, pool) for claim in claims),
        )


@dataclass(frozen=True, slots=True)
class AdherenceGate:
    """The gate, over the library's 66 personas of 22 targets."""

    cast: Cast = field(default_factory=lambda: Cast(clips_a_value=20))
    """As many clips as `spectrum adhere` takes by default; it asks twice as many forms of each."""
    mutants: Mapping[str, Claim] = field(default_factory=lambda: MUTANTS)
    name: str = "adherence"
    about: str = "who ignores its personas is left alone, who follows has its planted slope"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """Ignorers, followers, and mutants that claim what an ignorer and the targets share."""
        shared = Cast(self.cast.clips_a_value, norm=PEOPLE)
        results = [
            self._ignores("ignores them", self.cast, "ignorer", {}, effort, tell),
            self._ignores("ignores them, likes what targets share", shared, "ignorer", self.mutants, effort, tell),
            self._constant(effort, tell),
        ]
        if not effort.fast:
            results.append(self._ignores("moves to their norm, whoever it plays", self.cast, "norm", {}, effort, tell))
        followers = ("half",) if effort.fast else ("fully", "half", "reverse")
        return joined([*results, *(self._follows(kind, effort, tell) for kind in followers)])

    def _ignores(
        self, cell: str, cast: Cast, kind: str, mutants: Mapping[str, Claim], effort: Effort, tell: Tell
    ) -> GateResult:
        tell(cell)
        runs, rng = effort.of(FULL, FAST), effort.rng(self.name, cell)
        found = [Judged.of(cast, kind, rng, tuple(mutants.values())) for _ in range(runs)]
        alarms = np.array([one.p for one in found]) < SIGNIFICANT_AT
        inside, inside_error = _mean([max(abs(o.slope.low90), abs(o.slope.high90)) < NEAR for o in found])
        identified, error = _mean([one.known.share.value - one.known.chance for one in found])
        slack = 2.5 if runs < FULL else 0.0
        near = IDENTIFIED_NEAR + slack * error
        figures = [
            self._figure(cell, f"share of runs with the slope's 90% interval inside +-{NEAR:g}", inside, inside_error,
                         runs, low=LEAST_INSIDE - slack * max(inside_error, 1 / runs)),
            self._figure(cell, "share of personas identified, less chance, mean", identified, error, runs,
                         low=-near, high=near),
        ]  # fmt: skip
        for n, name in enumerate(mutants):
            figures += self._claimed(f"{name}: {cell}", [one.claims[n] for one in found], runs)
        return joined(
            [
                *(counted(self.name, cell, test, alarms[:, n]) for n, test in enumerate(TESTS)),
                GateResult(tuple(figures)),
            ]
        )

    def _claimed(self, cell: str, claims: Sequence[Estimate], runs: int) -> list[Figure]:
        """A mutant's number, and the runs in which it would have claimed adherence."""
        mean, error = _mean([claim.value for claim in claims])
        alarms = sum(claim.low > 0 for claim in claims)
        return [
            Figure(self.name, cell, "runs in which adherence is claimed", alarms, None, most_significant(runs), runs,
                   mutant=True),
            self._figure(cell, "r, mean", mean, error, runs, gated=False),
        ]  # fmt: skip

    def _constant(self, effort: Effort, tell: Tell) -> GateResult:
        """Always the likelier answer, whoever is played: nothing moves at all."""
        cell = "answers as nobody, word for word"
        tell(cell)
        runs, rng = effort.of(50, 2), effort.rng(self.name, cell)
        found = [Judged.of(self.cast, "ignorer", rng, greedy=True) for _ in range(runs)]
        undefined, _ = _mean([one.change >= CHANGE_BELOW for one in found])
        moved = max(abs(one.slope.value) + one.slope.se for one in found)
        by_chance = max(abs(one.known.share.value - one.known.chance) for one in found)
        return GateResult(
            (
                self._figure(
                    cell, 'share of runs with r "undefined: no change beyond noise"', undefined, None, runs, 1.0
                ),
                self._figure(cell, "slope and its error, largest", moved, None, runs, high=1e-9),
                self._figure(cell, "share identified, less chance, largest", by_chance, None, runs, high=1e-9),
            )
        )

    def _follows(self, kind: str, effort: Effort, tell: Tell) -> GateResult:
        truth = FOLLOWED[kind]
        cell = f"follows, planted slope {truth:g}"
        tell(cell)
        runs, rng = effort.of(FULL_FOLLOWERS, FAST_FOLLOWERS), effort.rng(self.name, cell)
        found = [Judged.of(self.cast, kind, rng) for _ in range(runs)]
        mean, error = _mean([one.slope.value for one in found])
        shown = self.cast.shown_slope(kind)
        covered, covered_error = _mean([one.slope.low <= shown <= one.slope.high for one in found])
        near, near_error = _mean([abs(one.slope.value - truth) < NEAR for one in found])
        identified, _ = _mean([one.known.share.value for one in found])
        slack = 2.5 * max(covered_error, 1 / runs) if runs < FULL_FOLLOWERS else 0.0
        return GateResult(
            (
                self._figure(cell, "slope, mean", mean, error, runs, truth - NEAR, truth + NEAR),
                self._figure(cell, f"coverage of the {shown:.3f} that it shows", covered, covered_error, runs,
                             LEAST_COVERED - slack),
                self._figure(cell, f"share of runs with a slope within {NEAR:g} of it", near, near_error, runs,
                             gated=False),
                self._figure(cell, "share of personas identified, mean", identified, None, runs, gated=False),
            )
        )  # fmt: skip

    def _figure(
        self,
        cell: str,
        what: str,
        value: float,
        error: float | None,
        runs: int,
        low: float | None = None,
        high: float | None = None,
        *,
        gated: bool = True,
    ) -> Figure:
        return Figure(self.name, cell, what, value, low, high, runs, error, gated)


def _mean(numbers: Sequence[float] | Sequence[bool]) -> tuple[float, float]:
    """With its standard error."""
    found = np.array(numbers, dtype=np.float64)
    return float(found.mean()), float(found.std() / np.sqrt(found.size))


GATES: tuple[Gate, ...] = (AdherenceGate(),)
"""For `spectrum calibrate`."""
