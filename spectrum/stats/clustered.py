"""Two-way cluster-robust inference, clip x wording, for linear combinations of coefficients.

Cameron, Gelbach and Miller (2011), JBES 29(2): V = V_clip + (V_wording - V_both). The difference in brackets
estimates what wordings add; with twelve wordings it is noisy and often negative. Its mean over the values is far
less noisy, and is right where every value minds its wordings alike. So each variance takes the larger of its own
addition and the pooled one, and never less than nothing: V = V_clip + max(own, pooled, 0). Degrees of freedom follow
Satterthwaite (1946) over the two terms, each with its effective number of clusters (Carter, Schnepel and
Steigerwald 2017). What else was tried, with figures: docs/calibration.md.
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray, IntArray

FEWEST_WORDINGS = 5
"""Below this many wordings an interval is conditional on them: the wording dimension cannot be estimated."""
_ROWS_AT_ONCE = 2**15
NOISE = 1e-12
"""Estimates and errors below this are rounding, not data."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The two dimensions an answer is clustered by."""

    clip: IntArray
    """(n,) the clip's higher cluster."""
    wording: IntArray
    """(n,)"""


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """Estimates with their standard errors and degrees of freedom, each (r,); (runs, r) of many runs at once."""

    estimate: FloatArray
    se: FloatArray
    df: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredEstimate:
    """q correlated estimates whose covariance comes from clusters; of many runs, with a first axis for the runs."""

    estimate: FloatArray
    """(q,)"""
    covariance: FloatArray
    """(q, q) positive semi-definite."""
    clip_part: FloatArray
    """(q, q) clip clusters alone."""
    wording_part: FloatArray | None
    """(q, q) wording clusters alone; None where the covariance is conditional on the wordings."""
    weights: FloatArray
    """(n, q) weight of each response in each estimate, the same in every run."""
    keys: Keys
    excess: FloatArray | None = None
    """(q, q) what wordings add by each estimate's own account, not always positive. Where it is given,
    `covariance` holds what they add by all estimates' account, and a combination takes the larger."""

    @property
    def conditional_on_wordings(self) -> bool:
        """Whether the wordings are taken as given, because there are too few to be a sample."""
        return self.wording_part is None

    def combine(self, combinations: FloatArray) -> Inference:
        """Inference on `combinations @ estimate`; combinations is (r, q)."""
        estimate = self.estimate @ combinations.T
        variance = _quadratic(combinations, self.covariance)
        clips = _quadratic(combinations, self.clip_part)
        by_clip, by_wording = _freedoms(self.weights, combinations, self.keys)
        spread = clips**2 / by_clip
        if self.wording_part is not None:
            wordings = _quadratic(combinations, self.wording_part)
            if self.excess is not None:
                variance = np.maximum(variance, clips + _quadratic(combinations, self.excess))
                wordings = variance - clips
            spread = spread + wordings**2 / by_wording
        df = np.where(spread > 0, np.maximum(variance, 0.0) ** 2 / np.where(spread > 0, spread, 1.0), 1.0)
        se = np.sqrt(np.maximum(variance, 0.0))
        return Inference(
            estimate=np.where(np.abs(estimate) < NOISE, 0.0, estimate),
            se=np.where(se < NOISE, 0.0, se),
            df=np.maximum(df, 1.0),
        )

    def all(self) -> Inference:
        """Inference on each estimate alone."""
        return self.combine(np.eye(self.estimate.shape[-1]))

    def run(self, number: int) -> "ClusteredEstimate":
        """One of many runs."""
        return ClusteredEstimate(
            self.estimate[number],
            self.covariance[number],
            self.clip_part[number],
            None if self.wording_part is None else self.wording_part[number],
            self.weights,
            self.keys,
            None if self.excess is None else self.excess[number],
        )


def cluster(
    estimate: FloatArray, weights: FloatArray, residuals: FloatArray, keys: Keys, clip_rank: int
) -> ClusteredEstimate:
    """Covariance of `estimate` = weights.T @ responses, one number or several centred on their mean, from clusters.

    weights (n, q); residuals (n,) with estimate (q,), or (n, runs) with (runs, q); `clip_rank` is the rank of the
    clip-level columns, taken off the number of clips because that is how many clip means the regression has fitted.
    """
    by_clip = score_sums(weights, residuals, keys.clip)
    clips = by_clip.shape[-1]
    clip_part = _products(by_clip) * (clips / (clips - clip_rank))
    wordings = np.unique(keys.wording).size
    if wordings < FEWEST_WORDINGS:
        return ClusteredEstimate(estimate, clip_part, clip_part, None, weights, keys)
    wording_part = _products(score_sums(weights, residuals, keys.wording)) * (wordings / (wordings - 1))
    by_both = score_sums(weights, residuals, _joint(keys))
    both = by_both.shape[-1]
    both_part = _products(by_both) * (both / (both - 1))
    excess = wording_part - both_part
    alike = _centring(estimate.shape[-1])
    pooled = np.maximum(np.trace(excess, axis1=-2, axis2=-1) / np.trace(alike), 0.0)
    covariance = clip_part + pooled[..., None, None] * alike
    return ClusteredEstimate(estimate, covariance, clip_part, wording_part, weights, keys, excess)


def cluster_sums(rows: FloatArray, keys: IntArray) -> FloatArray:
    """Sum the rows (n, q) of each key; (groups, q) in the order of the keys."""
    order, starts = _groups(keys)
    return np.asarray(np.add.reduceat(rows[order], starts, axis=0), dtype=np.float64)


def score_sums(weights: FloatArray, residuals: FloatArray, keys: IntArray) -> FloatArray:
    """Sums of weight times residual over each key: (q, groups), or (runs, q, groups) of residuals (n, runs).

    A sparse product a column of weights, so that no (n, q) of scores is held, nor (n, q, runs).
    """
    from scipy.sparse import csr_array

    order, starts = _groups(keys)
    ends = np.append(starts, order.size)
    shape = (starts.size, order.size)
    sums = [csr_array((column[order], order, ends), shape=shape) @ residuals for column in weights.T]
    return np.stack([total.T for total in sums], axis=-2)


def row_sums(response: FloatArray, row: IntArray) -> FloatArray:
    """Sum the responses (n,) or (n, runs) of each distinct row; every row from 0 to the last must occur."""
    return score_sums(np.ones((row.size, 1)), response, row)[..., 0, :].T


def _groups(keys: IntArray) -> tuple[IntArray, IntArray]:
    """The order that brings equal keys together, and where each begins in it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return np.asarray(order, dtype=np.int64), np.asarray(starts, dtype=np.int64)


def _joint(keys: Keys) -> IntArray:
    wording = keys.wording - keys.wording.min()
    return np.asarray(keys.clip * (wording.max() + 1) + wording, dtype=np.int64)


def _products(sums: FloatArray) -> FloatArray:
    return np.asarray(sums @ np.swapaxes(sums, -1, -2), dtype=np.float64)


def _centring(count: int) -> FloatArray:
    """Proportional to the covariance that wordings add where each of `count` values minds them alike."""
    return np.eye(count) - 1.0 / count if count > 1 else np.eye(1)


def _quadratic(combinations: FloatArray, matrix: FloatArray) -> FloatArray:
    return np.asarray(np.sum((combinations @ matrix) * combinations, axis=-1), dtype=np.float64)


def _freedoms(weights: FloatArray, combinations: FloatArray, keys: Keys) -> tuple[FloatArray, FloatArray]:
    """Effective numbers of clip and wording clusters minus one, at least one, of each combination; (r,) each.

    The effective number is (sum of squared weights)^2 over the sum of their squares by cluster.
    """
    found = []
    for cluster_of in (keys.clip, keys.wording):
        mass = _squares_by_cluster(weights, combinations, cluster_of)
        total = np.sum(mass**2, axis=0)
        number = np.sum(mass, axis=0) ** 2 / np.where(total > 0, total, 1.0)
        found.append(np.where(total > 0, np.maximum(number - 1.0, 1.0), 1.0))
    return found[0], found[1]


def _squares_by_cluster(weights: FloatArray, combinations: FloatArray, keys: IntArray) -> FloatArray:
    """Sum over each cluster of the squared weights of each combination, (clusters, r).

    Some rows at a time, so that a million answers and 45 pairs of values need no table of a million by 45; a large
    cluster goes by its products of weights.
    """
    order, starts = _groups(keys)
    in_order = bool((keys[1:] >= keys[:-1]).all())
    ends = np.append(starts[1:], order.size)
    found = np.empty((starts.size, combinations.shape[0]))
    first = 0
    while first < starts.size:
        after = max(first + 1, int(np.searchsorted(ends, starts[first] + _ROWS_AT_ONCE, side="right")))
        here = slice(starts[first], ends[after - 1])
        rows = weights[here] if in_order else weights[order[here]]
        if after == first + 1:
            found[first] = _quadratic(combinations, rows.T @ rows)
        else:
            squares = (rows @ combinations.T) ** 2
            found[first:after] = np.add.reduceat(squares, starts[first:after] - starts[first], axis=0)
        first = after
    return found
