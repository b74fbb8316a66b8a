"""Which values win comparisons: Bradley and Terry's model with value effects, robust to clips seen in several pairs.

P(first chosen) = sigmoid(order + sum_v beta_v (l_av - l_bv)): the choices between clips a and b are regressed jointly
on the differences of their label probabilities (Bradley and Terry 1952, Biometrika 39; Springall 1973). Two
comparisons that share a clip are dependent, so the covariance is dyadic: the products of residuals of all pairs of
comparisons with a clip (or its cluster) in common (Aronow, Samii and Assenova 2015, Political Analysis 23), plus what
the wordings share, as for single clips (spectrum.stats.clustered).
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import FEWEST_WORDINGS, ClusteredEstimate, Keys, cluster_sums
from spectrum.stats.design import TOLERANCE
from spectrum.stats.intervals import CONFIDENCE, Intervals, t_intervals
from spectrum.stats.logistic import fit_logistic
from spectrum.stats.observations import BoolArray, FloatArray, IntArray, NotEstimableError
from spectrum.stats.profile import Scale

SAME_PLACE = "it chose by the place of a video and not by the video"
SAME_CHOICES = "both made the same choices"


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """n choices between two of m clips. Raises ValueError where shapes disagree or a number is out of range."""

    chose_first: FloatArray
    """(n,) 1 where the clip shown first was chosen, 0 where the other; a difference of two such, -1 to 1."""
    first: IntArray
    """(n,) row of `labels`."""
    second: IntArray
    """(n,) row of `labels`."""
    named_first: FloatArray
    """(n,) +.5 where the question names the first clip first, -.5 where it names it last."""
    wording: IntArray
    """(n,) equal numbers are one wording."""
    labels: FloatArray
    """(m, v) probabilities that the clip evokes each value."""
    cluster: IntArray
    """(m,) the clip's higher cluster, else a number of its own."""

    def __post_init__(self) -> None:
        n, m = self.chose_first.shape[0], self.labels.shape[0]
        if any(a.shape != (n,) for a in (self.chose_first, self.first, self.second, self.named_first, self.wording)):
            raise ValueError("choices, clips, naming and wordings must be vectors of one length")
        if self.cluster.shape != (m,):
            raise ValueError("cluster must have one number a clip")
        if n and (min(self.first.min(), self.second.min()) < 0 or max(self.first.max(), self.second.max()) >= m):
            raise ValueError("first and second must index the rows of labels")
        if not np.isfinite(self.chose_first).all() or not np.isfinite(self.labels).all():
            raise ValueError("choices and labels must be finite")

    def keep(self, rows: BoolArray) -> "Comparisons":
        """The same clips with only these choices."""
        return Comparisons(
            self.chose_first[rows],
            self.first[rows],
            self.second[rows],
            self.named_first[rows],
            self.wording[rows],
            self.labels,
            self.cluster,
        )


@dataclass(frozen=True, slots=True, eq=False)
class PairProfile:
    """How much each value wins, against the mean of the values; and what place wins, apart."""

    scale: Scale
    theta: Intervals
    """One row a value: points of being chosen for a clip that surely evokes it, or logits."""
    clustered: ClusteredEstimate
    """The same with their covariance, for tied groups."""
    shown_first: Intervals
    """One row: what being shown first adds, from one half up (probability), or in logits."""
    named_first: Intervals | None
    """One row: what being named first adds; None where every question names them alike."""
    clips: int
    comparisons: int
    wordings: int

    @property
    def conditional_on_wordings(self) -> bool:
        """Fewer than five wordings: the intervals hold for these wordings only."""
        return self.clustered.conditional_on_wordings


def estimate_pairs(
    comparisons: Comparisons,
    *,
    scale: Scale = "probability",
    differences: bool = False,
    confidence: float = CONFIDENCE,
) -> PairProfile:
    """Value effects from choices between clips: least squares ("probability") or Bradley and Terry ("logit").

    `differences` says that chose_first are differences of two conditions' choices of the same pairs, by least squares.
    Raises NotEstimableError where clips are too few, the labels of the compared clips cannot tell the values apart,
    every choice was by place, or (logit) the choices are separated.
    """
    _require_variation(comparisons, differences)
    values = comparisons.labels.shape[1]
    if _clusters(comparisons) < 2 * (values + 1):
        raise NotEstimableError(
            f"{_clusters(comparisons)} independent clips are too few (it takes at least {2 * (values + 1)})"
        )
    labels = comparisons.labels[comparisons.first] - comparisons.labels[comparisons.second]
    places = [np.ones(comparisons.chose_first.size)]
    varies = bool(np.ptp(comparisons.named_first) > TOLERANCE)
    if varies:
        places.append(comparisons.named_first - comparisons.named_first.mean())
    matrix = np.column_stack([*places, labels])
    wanted = _wanted(matrix, len(places), values)
    if scale == "logit":
        coefficients, fitted, bread = fit_logistic(matrix, comparisons.chose_first)
    else:
        bread = np.linalg.pinv(matrix.T @ matrix, rcond=TOLERANCE, hermitian=True)
        coefficients = bread @ (matrix.T @ comparisons.chose_first)
        fitted = matrix @ coefficients
    weights = matrix @ (bread @ wanted.T)
    centre = np.zeros(wanted.shape[0])
    centre[0] = 0.0 if scale == "logit" or differences else 0.5
    everything = _dyadic(comparisons, wanted @ coefficients - centre, weights, comparisons.chose_first - fitted)
    theta = _part(everything, slice(len(places), None))
    return PairProfile(
        scale=scale,
        theta=t_intervals(theta.all(), confidence),
        clustered=theta,
        shown_first=t_intervals(_part(everything, slice(0, 1)).all(), confidence),
        named_first=t_intervals(_part(everything, slice(1, 2)).all(), confidence) if varies else None,
        clips=int(np.unique(np.concatenate([comparisons.first, comparisons.second])).size),
        comparisons=int(comparisons.chose_first.size),
        wordings=int(np.unique(comparisons.wording).size),
    )


def _wanted(matrix: FloatArray, places: int, values: int) -> FloatArray:
    """(places + v, k): the place effects as they are, the value effects minus their mean."""
    wanted = np.zeros((places + values, places + values))
    wanted[:places, :places] = np.eye(places)
    wanted[places:, places:] = np.eye(values) - 1.0 / values
    flat = np.flatnonzero(np.ptp(matrix[:, places:], axis=0) < TOLERANCE)
    if flat.size:
        raise NotEstimableError("no two compared clips differ in", tuple(flat.tolist()))
    gram = matrix.T @ matrix
    inverse = np.linalg.pinv(gram, rcond=TOLERANCE, hermitian=True)
    unexplained = np.abs(wanted - wanted @ inverse @ gram).max(axis=1)[places:]
    if (unexplained > 1e-6).any():
        raise NotEstimableError(
            "the compared clips' labels cannot tell apart", tuple(np.flatnonzero(unexplained > 1e-6).tolist())
        )
    return wanted


def _dyadic(
    comparisons: Comparisons, estimate: FloatArray, weights: FloatArray, residuals: FloatArray
) -> ClusteredEstimate:
    """Covariance over comparisons that share a clip cluster, plus the wordings' part where they are a sample."""
    scores = weights * residuals[:, None]
    one, other = comparisons.cluster[comparisons.first], comparisons.cluster[comparisons.second]
    apart = one != other
    clusters, rank = _clusters(comparisons), comparisons.labels.shape[1]
    touched = cluster_sums(np.vstack([scores, scores[apart]]), np.concatenate([one, other[apart]]))
    low, high = np.minimum(one, other), np.maximum(one, other)
    dyad = low * (int(high.max()) + 1) + high
    by_dyad = cluster_sums(scores, dyad)
    twice = cluster_sums(scores[apart], dyad[apart]) if apart.any() else np.zeros((1, scores.shape[1]))
    own = by_dyad.T @ by_dyad
    shared = touched.T @ touched - twice.T @ twice - own
    clip_part = (own + _positive_part(shared)) * (clusters / (clusters - rank))
    keys = Keys(one, comparisons.wording)
    by_wording = cluster_sums(scores, comparisons.wording)
    wordings = by_wording.shape[0]
    if wordings < FEWEST_WORDINGS:
        return ClusteredEstimate(estimate, clip_part, clip_part, None, weights, keys)
    wording_part = by_wording.T @ by_wording * (wordings / (wordings - 1))
    number = np.unique(comparisons.wording, return_inverse=True)[1]
    by_both = cluster_sums(scores, dyad * wordings + number)
    covariance = clip_part + _positive_part(wording_part - by_both.T @ by_both)
    return ClusteredEstimate(estimate, covariance, clip_part, wording_part, weights, keys)


def _positive_part(matrix: FloatArray) -> FloatArray:
    """The nearest positive semi-definite matrix: negative eigenvalues of an estimated variance set to zero."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T, dtype=np.float64)


def _clusters(comparisons: Comparisons) -> int:
    return int(np.unique(comparisons.cluster[np.concatenate([comparisons.first, comparisons.second])]).size)


def _part(whole: ClusteredEstimate, rows: slice) -> ClusteredEstimate:
    wording = None if whole.wording_part is None else whole.wording_part[rows, rows]
    return ClusteredEstimate(
        whole.estimate[rows],
        whole.covariance[rows, rows],
        whole.clip_part[rows, rows],
        wording,
        whole.weights[:, rows],
        whole.keys,
    )


def _require_variation(comparisons: Comparisons, differences: bool) -> None:
    """Raise where each question got the same choice of place whatever was shown."""
    if not comparisons.chose_first.size:
        raise NotEstimableError("no comparison was decided")
    if differences and not comparisons.chose_first.any():
        raise NotEstimableError(SAME_CHOICES)
    question = comparisons.wording * 4 + np.sign(comparisons.named_first).astype(np.int64)
    for number in np.unique(question):
        if np.ptp(comparisons.chose_first[question == number]) > 0:
            return
    raise NotEstimableError(SAME_PLACE)
