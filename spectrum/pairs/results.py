"""Every estimate of a pairs run, each with the reason where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.bench.estimates import few_choices, told
from spectrum.bench.findings import NEUTRAL
from spectrum.pairs.sheet import PairSheet
from spectrum.stats.bradley_terry import Comparisons, PairProfile, estimate_pairs
from spectrum.stats.observations import BoolArray, FloatArray, IntArray, NotEstimableError
from spectrum.stats.tied_groups import TiedGroups, tied_groups
from spectrum.stats.triads import Intransitivity, circular_triads


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A profile of pairs with its tied groups."""

    profile: PairProfile
    groups: TiedGroups


@dataclass(frozen=True, slots=True)
class SameClip:
    """How often both orders of a pair chose the same clip."""

    pairs: int
    share: float
    low: float
    """95%, Clopper and Pearson."""
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class ConditionResult:
    """What the choices under one condition say."""

    condition: str
    probability: Estimate | None
    logit: Estimate | None
    """None also where only the logit scale has no answer (some values win always)."""
    same_clip: SameClip | None
    triads: dict[str, Intransitivity]
    """"all", "across", "within"."""
    change: Estimate | None
    """Against neutral, on pairs that both decided; probability scale."""
    reason: str | None
    """Why there is no profile, as the end of "because ..."."""
    change_reason: str | None


def results(sheet: PairSheet, names: Sequence[str]) -> list[ConditionResult]:
    """One a condition in the order of the plan; `names` of the values are used in reasons."""
    conditions = list(dict.fromkeys(sheet.condition.tolist()))
    return [_result(sheet, condition, names) for condition in conditions]


def _result(sheet: PairSheet, condition: str, names: Sequence[str]) -> ConditionResult:
    rows = sheet.condition == condition
    reason = _few(sheet, rows)
    probability = logit = None
    if reason is None:
        probability, reason = _estimate(sheet.comparisons(rows), names)
    if probability is not None:
        logit, _ = _estimate(sheet.comparisons(rows), names, logit=True)
    change, change_reason = None, None
    if condition != NEUTRAL and NEUTRAL in sheet.condition:
        change_reason = reason or _few(sheet, sheet.condition == NEUTRAL)
        if change_reason is None:
            change, change_reason = _change(sheet, rows, names)
    winners = _winners(sheet, rows)
    return ConditionResult(
        condition=condition,
        probability=probability,
        logit=logit,
        same_clip=_same_clip(sheet, rows),
        triads={kind: circular_triads(_triads(sheet, rows, winners, kind)) for kind in ("all", "across", "within")},
        change=change,
        reason=reason,
        change_reason=change_reason,
    )


def _few(sheet: PairSheet, rows: BoolArray) -> str | None:
    return few_choices(sheet.outcome[rows], int((rows & ~np.isnan(sheet.chose_first)).sum()))


def _estimate(
    comparisons: Comparisons, names: Sequence[str], *, logit: bool = False, differences: bool = False
) -> tuple[Estimate | None, str | None]:
    try:
        profile = estimate_pairs(comparisons, scale="logit" if logit else "probability", differences=differences)
    except NotEstimableError as error:
        return None, told(error, names)
    return Estimate(profile, tied_groups(profile.clustered)), None


def _change(sheet: PairSheet, rows: BoolArray, names: Sequence[str]) -> tuple[Estimate | None, str | None]:
    """Choices minus neutral's on the same items."""
    neutral = {
        int(item): float(choice)
        for item, choice in zip(
            sheet.item[sheet.condition == NEUTRAL], sheet.chose_first[sheet.condition == NEUTRAL], strict=True
        )
    }
    difference: FloatArray = np.full(sheet.item.size, np.nan)
    for row in np.flatnonzero(rows):
        difference[row] = sheet.chose_first[row] - neutral.get(int(sheet.item[row]), np.nan)
    return _estimate(sheet.comparisons(rows, difference), names, differences=True)


def _winners(sheet: PairSheet, rows: BoolArray) -> dict[int, int]:
    """1 where a pair's first-drawn clip won over both orders, -1 where the other, 0 where they are even."""
    votes: dict[int, int] = {}
    drawn: dict[int, int] = {}
    for row in np.flatnonzero(rows):
        pair = int(sheet.pair[row])
        drawn.setdefault(pair, int(sheet.first[row]))
        if np.isnan(sheet.chose_first[row]):
            continue
        sign = 1 if bool(sheet.chose_first[row] > 0.5) == (int(sheet.first[row]) == drawn[pair]) else -1
        votes[pair] = votes.get(pair, 0) + sign
    return {pair: int(np.sign(votes.get(pair, 0))) for pair in drawn}


def _triads(sheet: PairSheet, rows: BoolArray, winners: dict[int, int], kind: str) -> IntArray:
    """(t, 3) winners of each triad's pairs, which go round: a to b, b to c, c to a."""
    members: dict[int, set[int]] = {}
    for row in np.flatnonzero(rows & (sheet.triad >= 0)):
        if kind in ("all", str(sheet.kind[row])):
            members.setdefault(int(sheet.triad[row]), set()).add(int(sheet.pair[row]))
    found = [[winners[pair] for pair in sorted(pairs)] for pairs in members.values() if len(pairs) == 3]
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def _same_clip(sheet: PairSheet, rows: BoolArray) -> SameClip | None:
    """Over pairs of which both orders got a choice: choosing first once and second once is one clip."""
    choices: dict[int, list[float]] = {}
    for row in np.flatnonzero(rows & ~np.isnan(sheet.chose_first)):
        choices.setdefault(int(sheet.pair[row]), []).append(float(sheet.chose_first[row]))
    both = [pair for pair in choices.values() if len(pair) == 2]
    if not both:
        return None
    from scipy import stats

    same = sum(first != second for first, second in both)
    interval = stats.binomtest(same, len(both)).proportion_ci(0.95, method="exact")
    return SameClip(len(both), same / len(both), float(interval.low), float(interval.high))
