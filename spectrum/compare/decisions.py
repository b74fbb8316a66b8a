"""Which differences are real: Holm over the values and over all comparisons of the call, on both scales."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spectrum.bench.headline import Standing, standing
from spectrum.compare.differences import Difference, Estimates
from spectrum.stats.equivalence import ALPHA
from spectrum.stats.intervals import Intervals, holm
from spectrum.stats.observations import BoolArray, FloatArray

DIFFERS, WITHIN, SAME, POINTS_ONLY, UNDECIDED = (
    "differs",
    "differs within the margin",
    "equivalent",
    "differs in points only",
    "undecided",
)
VERDICTS = (DIFFERS, WITHIN, SAME, POINTS_ONLY, UNDECIDED)


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What may be said of one difference; arrays (v,)."""

    p_family: FloatArray
    """Probability scale, Holm over all values of all comparisons of the call."""
    p_logit: FloatArray
    """Logit scale, the same; NaN where the logit scale has no answer."""
    p_tested: FloatArray
    """The larger of the two where both point one way, 1 where they do not: a difference is real on both scales."""
    verdicts: tuple[str, ...]
    standing: Standing
    """Which values may be named."""
    p_level: float
    """The level's, Holm over the comparisons."""

    @property
    def significant(self) -> BoolArray:
        """(v,) at 5% family-wise."""
        return np.asarray(self.p_tested < ALPHA, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A real difference that is larger than was allowed."""

    contender: str
    reference: str
    value: int
    estimate: float


def decide(differences: Sequence[Difference]) -> tuple[Decision | None, ...]:
    """One decision a difference, None where it has no estimates."""
    there = [difference.found for difference in differences if difference.found is not None]
    if not there:
        return (None,) * len(differences)
    family = holm(np.concatenate([found.contrast.theta.p for found in there])).reshape(len(there), -1)
    logits = _logit_family(there, family.shape[1])
    levels = holm(np.array([found.contrast.level.p[0] for found in there]))
    decided = iter(
        _decide(found, p, p_logit, float(p_level))
        for found, p, p_logit, p_level in zip(there, family, logits, levels, strict=True)
    )
    return tuple(None if difference.found is None else next(decided) for difference in differences)


def exceeded(
    differences: Sequence[Difference], decisions: Sequence[Decision | None], most: float
) -> tuple[Exceeded, ...]:
    """Real differences beyond `most` (probability scale). Values pushed off the average by others that stand clear
    of it are told only where nothing stands clear."""
    found = []
    for difference, decision in zip(differences, decisions, strict=True):
        if difference.found is None or decision is None:
            continue
        estimate = difference.found.contrast.theta.estimate
        over = np.flatnonzero(decision.significant & (np.abs(estimate) > most)).tolist()
        named = [value for value in over if value in decision.standing.named]
        found += [
            Exceeded(difference.contender.name, difference.reference, value, float(estimate[value]))
            for value in named or over
        ]
    return tuple(found)


def _logit_family(there: Sequence[Estimates], values: int) -> FloatArray:
    with_logit = [place for place, found in enumerate(there) if found.logit is not None]
    family = np.full((len(there), values), np.nan)
    if with_logit:
        p = np.concatenate([found.logit.p for found in there if found.logit is not None])
        family[with_logit] = holm(p).reshape(len(with_logit), values)
    return family


def _decide(found: Estimates, p_family: FloatArray, p_logit: FloatArray, p_level: float) -> Decision:
    theta = found.contrast.theta
    tested = p_family.copy()
    if found.logit is not None:
        one_way = np.sign(found.logit.estimate) == np.sign(theta.estimate)
        tested = np.where(one_way, np.maximum(p_family, p_logit), 1.0)
    same = found.same.shown()
    return Decision(
        p_family=p_family,
        p_logit=p_logit,
        p_tested=tested,
        verdicts=tuple(
            _verdict(bool(real), bool(in_points), bool(equal))
            for real, in_points, equal in zip(tested < ALPHA, p_family < ALPHA, same, strict=True)
        ),
        standing=standing(_with_p(theta, tested), found.groups),
        p_level=p_level,
    )


def _verdict(real: bool, in_points: bool, equal: bool) -> str:
    if real:
        return WITHIN if equal else DIFFERS
    if equal:
        return SAME
    return POINTS_ONLY if in_points else UNDECIDED


def _with_p(theta: Intervals, p: FloatArray) -> Intervals:
    return replace(theta, p_holm=p)
