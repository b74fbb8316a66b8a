"""Two-way cluster-robust inference, clip x wording, for linear combinations of coefficients.

Cameron, Gelbach and Miller (2011), JBES 29(2): V = V_clip + V_wording - V_both. With twelve wordings the
difference V_wording - V_both, which estimates a variance, often has negative eigenvalues; they are set to
zero, so that V is never below the clip-only covariance. Flooring each variance at its clip-only one instead
found something for an indifferent respondent in 6.0% of 400 simulated runs, this in 4.5% (Holm, ten values, 40
clips a value); benchmarks/coverage.py prints what it costs and gives. Degrees of freedom follow Satterthwaite (1946)
over the two dimensions, each with its effective number of clusters (Carter, Schnepel and Steigerwald 2017).
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray, IntArray

FEWEST_WORDINGS = 5
"""Below this many wordings an interval is conditional on them: the wording dimension cannot be estimated."""
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
    """Estimates with their standard errors and degrees of freedom, each (r,)."""

    estimate: FloatArray
    se: FloatArray
    df: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredEstimate:
    """q correlated estimates whose covariance comes from clusters."""

    estimate: FloatArray
    """(q,)"""
    covariance: FloatArray
    """(q, q) positive semi-definite."""
    clip_part: FloatArray
    """(q, q) clip clusters alone."""
    wording_part: FloatArray | None
    """(q, q) wording clusters alone; None where the covariance is conditional on the wordings."""
    weights: FloatArray
    """(n, q) weight of each response in each estimate."""
    keys: Keys

    @property
    def conditional_on_wordings(self) -> bool:
        """Whether the wordings are taken as given, because there are too few to be a sample."""
        return self.wording_part is None

    def combine(self, combinations: FloatArray) -> Inference:
        """Inference on `combinations @ estimate`; combinations is (r, q)."""
        estimate = combinations @ self.estimate
        variance = _quadratic(combinations, self.covariance)
        weights = self.weights @ combinations.T
        spread = _quadratic(combinations, self.clip_part) ** 2 / _freedom(weights, self.keys.clip)
        if self.wording_part is not None:
            wording = _quadratic(combinations, self.wording_part)
            spread = spread + wording**2 / _freedom(weights, self.keys.wording)
        df = np.where(spread > 0, np.maximum(variance, 0.0) ** 2 / np.where(spread > 0, spread, 1.0), 1.0)
        se = np.sqrt(np.maximum(variance, 0.0))
        return Inference(
            estimate=np.where(np.abs(estimate) < NOISE, 0.0, estimate),
            se=np.where(se < NOISE, 0.0, se),
            df=np.maximum(df, 1.0),
        )

    def all(self) -> Inference:
        """Inference on each estimate alone."""
        return self.combine(np.eye(self.estimate.size))


def cluster(
    estimate: FloatArray, weights: FloatArray, residuals: FloatArray, keys: Keys, clip_rank: int
) -> ClusteredEstimate:
    """Covariance of `estimate` = weights.T @ responses from the clusters of its residuals.

    weights (n, q); residuals (n,); `clip_rank` is the rank of the clip-level columns, taken off the number
    of clips because that is how many clip means the regression has fitted.
    """
    scores = weights * residuals[:, None]
    by_clip = cluster_sums(scores, keys.clip)
    clips = by_clip.shape[0]
    clip_part = by_clip.T @ by_clip * (clips / (clips - clip_rank))
    by_wording = cluster_sums(scores, keys.wording)
    wordings = by_wording.shape[0]
    if wordings < FEWEST_WORDINGS:
        return ClusteredEstimate(estimate, clip_part, clip_part, None, weights, keys)
    wording_part = by_wording.T @ by_wording * (wordings / (wordings - 1))
    by_both = cluster_sums(scores, _joint(keys))
    both = by_both.shape[0]
    both_part = by_both.T @ by_both * (both / (both - 1))
    covariance = clip_part + _positive_part(wording_part - both_part)
    return ClusteredEstimate(estimate, covariance, clip_part, wording_part, weights, keys)


def cluster_sums(rows: FloatArray, keys: IntArray) -> FloatArray:
    """Sum the rows (n, q) of each key; (groups, q) in the order of the keys."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return np.asarray(np.add.reduceat(rows[order], starts, axis=0), dtype=np.float64)


def _joint(keys: Keys) -> IntArray:
    wording = keys.wording - keys.wording.min()
    return np.asarray(keys.clip * (wording.max() + 1) + wording, dtype=np.int64)


def _positive_part(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T, dtype=np.float64)


def _quadratic(combinations: FloatArray, matrix: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ri,ij,rj->r", combinations, matrix, combinations), dtype=np.float64)


def _freedom(weights: FloatArray, keys: IntArray) -> FloatArray:
    """Effective number of clusters minus one, at least one: (sum of squared weights)^2 over their squares."""
    mass = cluster_sums(weights**2, keys)
    total = (mass**2).sum(axis=0)
    effective = np.where(total > 0, mass.sum(axis=0) ** 2 / np.where(total > 0, total, 1.0), 2.0)
    return np.maximum(effective - 1.0, 1.0)
