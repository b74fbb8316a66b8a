"""Intervals over personas and items at once.

A statistic over personas is uncertain twice: another draw of clips and wordings, and another draw of targets, would
give another number. Both are counted by clusters (Cameron, Gelbach and Miller 2011): V = V_items + V_targets - V_both,
never less than the larger of the two; personas that are wordings of one target are one cluster.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from personas.shifts import Scores, Shifts
from spectrum.stats.clustered import NOISE
from spectrum.stats.observations import FloatArray, IntArray

FEWEST_TARGETS = 3
"""With fewer clusters of personas an interval would say nothing about other personas: none is given."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with its intervals; se NaN where only the number is known."""

    value: float
    se: float
    df: float
    low: float
    """95%"""
    high: float
    low90: float
    high90: float
    p: float
    """Two-sided, against zero."""

    def map(self, change: Callable[[float], float]) -> "Estimate":
        """The estimate on another, monotone scale; se and p stay those of the scale it was made on."""
        ends = (change(end) for end in (self.value, self.low, self.high, self.low90, self.high90))
        value, low, high, low90, high90 = ends
        return Estimate(value, self.se, self.df, low, high, low90, high90, self.p)


@dataclass(frozen=True, slots=True, eq=False)
class Functional:
    """A statistic made linear: what one unit of each shift, and each persona, adds to it."""

    gradient: FloatArray
    """(p, v + 1) derivative by each shift; the last column by the level shift."""
    influence: FloatArray
    """(p,) what each persona adds to the statistic beside its mean; sums to about zero."""


def student(value: float, variance: float, df: float) -> Estimate:
    """A t interval from a variance; an estimate of zero without any error has p 1."""
    from scipy.special import stdtr, stdtrit

    se = float(np.sqrt(max(variance, 0.0)))
    se = 0.0 if se < NOISE else se
    value = 0.0 if abs(value) < NOISE else float(value)
    wide, narrow = (float(stdtrit(df, q)) * se for q in (0.975, 0.95))
    p = float(2 * stdtr(df, -abs(value) / se)) if se else (1.0 if value == 0 else 0.0)
    return Estimate(value, se, df, value - wide, value + wide, value - narrow, value + narrow, p)


def bare(value: float) -> Estimate:
    """A number without an interval."""
    nan = float("nan")
    return Estimate(value, nan, nan, nan, nan, nan, nan, nan)


def estimate(
    value: float,
    sides: Sequence[tuple[Shifts, Functional]],
    groups: IntArray,
    *,
    extra: float = 0.0,
) -> Estimate:
    """The interval of a statistic over the personas of `groups` (p,), their cluster numbers.

    `sides`: shifts with their functional; two for a difference between strategies, on the same personas. `extra` is
    variance that the linear part leaves out.
    """
    item, item_df = item_variance(sides)
    item += extra
    persona = _by_group(np.sum([functional.influence for _, functional in sides], axis=0), groups)
    clusters = np.unique(groups).size
    target = float((persona**2).sum()) * clusters / max(clusters - 1, 1)
    both = _variance([shifts.clip for shifts, _ in sides], [f.gradient for _, f in sides], groups)
    variance = max(item + target - both, item, target)
    spread = item**2 / item_df + target**2 / max(clusters - 1, 1)
    return student(value, variance, max(variance**2 / spread, 1.0) if spread > 0 else 1.0)


def item_variance(sides: Sequence[tuple[Shifts, Functional]]) -> tuple[float, float]:
    """Variance from clips and wordings, these personas given, with its degrees of freedom (Satterthwaite 1946)."""
    gradients = [functional.gradient for _, functional in sides]
    clip = _variance([shifts.clip for shifts, _ in sides], gradients)
    wordings = [(shifts.wording, g) for (shifts, _), g in zip(sides, gradients, strict=True) if shifts.wording]
    pairs = [(shifts.both, g) for (shifts, _), g in zip(sides, gradients, strict=True) if shifts.both]
    wording, levels = 0.0, 2
    if wordings:
        wording = max(0.0, _variance(*_unzipped(wordings)) - _variance(*_unzipped(pairs)))
        levels = max(scores.keys.size for scores, _ in wordings if scores is not None)
    clip_df = min(float(shifts.freedom(functional.gradient.T @ functional.gradient)) for shifts, functional in sides)
    spread = clip**2 / clip_df + wording**2 / max(levels - 1, 1)
    total = clip + wording
    return total, max(total**2 / spread, 1.0) if spread > 0 else clip_df


def row_variance(shifts: Shifts, directions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Variance, and degrees of freedom, of each pool-centred shift along its own direction (p, v), (p,)."""

    def along(scores: Scores) -> FloatArray:
        each = np.einsum("pkv,pv->pk", _centred(scores, True), directions)
        return np.asarray((each**2).sum(axis=1) * scores.scale, dtype=np.float64)

    clip = along(shifts.clip)
    wording, levels = np.zeros_like(clip), 2
    if shifts.wording is not None and shifts.both is not None:
        wording, levels = np.maximum(along(shifts.wording) - along(shifts.both), 0.0), shifts.wording.keys.size
    values = directions.shape[1]
    products = np.zeros((directions.shape[0], values + 1, values + 1))
    products[:, :values, :values] = directions[:, :, None] * directions[:, None, :]
    spread = clip**2 / shifts.freedom(products) + wording**2 / max(levels - 1, 1)
    total = clip + wording
    df = np.where(spread > 0, total**2 / np.where(spread > 0, spread, 1.0), shifts.clip_df)
    return total, np.maximum(df, 1.0)


def noise(shifts: Shifts, centred: bool) -> tuple[float, float, float]:
    """Traces over personas and values of the shifts' covariance: its own, its wordings' part, and that of its square.

    `centred`: of the shifts less their mean over the personas. The squares' trace leaves each clip's own square out,
    which would be counted as covariance.
    """
    own, squared = _trace(shifts.clip, centred), _squared(shifts.clip, centred)
    wording = 0.0
    if shifts.wording is not None and shifts.both is not None:
        by_wording = _trace(shifts.wording, centred)
        wording = max(0.0, by_wording - _trace(shifts.both, centred))
        squared += _squared(shifts.wording, centred) * (wording / by_wording) ** 2 if wording else 0.0
    return own + wording, wording, squared


def leave_one_out(statistic: Callable[[IntArray], float], groups: IntArray, *, low: float, high: float) -> Estimate:
    """A jackknife interval over clusters of personas, held inside `low` and `high`.

    `statistic` takes the rows kept. It counts another draw of targets, and of items what differs between personas.
    """
    every = np.arange(groups.size)
    value = statistic(every)
    names = np.unique(groups)
    if names.size < FEWEST_TARGETS or not np.isfinite(value):
        return bare(value)
    left = np.array([statistic(every[groups != name]) for name in names])
    if not np.isfinite(left).all():
        return bare(value)
    variance = float(((left - left.mean()) ** 2).sum()) * (names.size - 1) / names.size
    found = student(value, variance, names.size - 1)
    held = found.map(lambda end: min(max(end, low), high))
    return Estimate(value, found.se, found.df, held.low, held.high, held.low90, held.high90, found.p)


def _variance(tables: Sequence[Scores], gradients: Sequence[FloatArray], groups: IntArray | None = None) -> float:
    """Variance of a functional by one dimension; with `groups`, by the pairs of it and the clusters of personas."""
    keys = np.unique(np.concatenate([scores.keys for scores in tables]))
    count = 1 if groups is None else np.unique(groups).size
    sums = np.zeros((count, keys.size))
    for scores, gradient in zip(tables, gradients, strict=True):
        each = np.einsum("pkv,pv->pk", scores.sums, gradient) * np.sqrt(scores.scale)
        place = np.searchsorted(keys, scores.keys)
        sums[:, place] += each.sum(axis=0, keepdims=True) if groups is None else _by_group(each, groups)
    return float((sums**2).sum())


def _by_group(rows: FloatArray, groups: IntArray) -> FloatArray:
    """Sums of (p, ...) over the clusters of personas."""
    names, code = np.unique(groups, return_inverse=True)
    sums = np.zeros((names.size, *rows.shape[1:]))
    np.add.at(sums, code, rows)
    return sums


def _centred(scores: Scores, centred: bool) -> FloatArray:
    sums = scores.sums[:, :, :-1]
    return sums - sums.mean(axis=0) if centred else sums


def _trace(scores: Scores, centred: bool) -> float:
    return float((_centred(scores, centred) ** 2).sum()) * scores.scale


def _squared(scores: Scores, centred: bool) -> float:
    """Trace of the covariance's square, from the products of different levels."""
    flat = np.moveaxis(_centred(scores, centred), 1, 0).reshape(scores.keys.size, -1)
    gram = flat @ flat.T * scores.scale
    return max(0.0, float((gram**2).sum() - (np.diag(gram) ** 2).sum()))


def _unzipped(pairs: Sequence[tuple[Scores | None, FloatArray]]) -> tuple[list[Scores], list[FloatArray]]:
    return [scores for scores, _ in pairs if scores is not None], [gradient for _, gradient in pairs]
