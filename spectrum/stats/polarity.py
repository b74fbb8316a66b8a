"""Do two ways of putting one question agree about the clips? Only then may their answers be pooled."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from spectrum.stats.clustered import cluster_sums
from spectrum.stats.intervals import CONFIDENCE
from spectrum.stats.observations import BoolArray, FloatArray, Framing, IntArray, Observations, mean_by, occurring

PASS_ABOVE = 0.3
"""Coherence passes where the lower bound of the correlation exceeds this."""
FEWEST_CLIPS = 10


class Verdict(StrEnum):
    """What the correlation between the two framings says."""

    PASSES = "passes"
    REVERSED = "reversed"
    """Upper bound below 0: the second framing was answered like the first (negation not understood)."""
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Coherence:
    """Correlation over clips of two framings' mean acceptance, with a 95% interval."""

    verdict: Verdict
    correlation: float | None
    """None where a framing got the same answer on every clip, or too few clips have both."""
    low: float | None
    high: float | None
    clips: int
    """Independent clips with both framings answered."""
    corrected: bool = False
    """Whether the correlation is that of the clips' own acceptance, the scatter of single answers taken out."""


def coherence(
    observations: Observations,
    first: Framing = Framing.WOULD,
    second: Framing = Framing.WOULD_NOT,
    confidence: float = CONFIDENCE,
) -> Coherence:
    """Correlate two framings' acceptance clip by clip; the second's answers are reversed already.

    A respondent that understands the negation accepts the same clips under both stems: correlation above
    zero. One that answers the words and not the sentence says yes to both: below zero. A strong yes-bias leaves so
    little between clips that the scatter of single answers would hide the agreement. Where each framing agrees with
    itself over two halves of a clip's wordings, that scatter is taken out (Spearman 1904, Am. J. Psychol. 15): the
    covariance of one framing's half with the other's other half, over the geometric mean of the covariances within
    framings. The interval is a jackknife over clip clusters with Student's t, because mean acceptance is far from
    normal; on Fisher's z, but for the corrected correlation, which has no such bound.
    """
    clips = observations.cluster.size
    a, b = _clip_means(observations, first, clips), _clip_means(observations, second, clips)
    both = ~(np.isnan(a) | np.isnan(b))
    a, b, cluster = a[both], b[both], observations.cluster[both]
    count = int(np.unique(cluster).size)
    if count < FEWEST_CLIPS or np.ptp(a) == 0 or np.ptp(b) == 0:
        return Coherence(Verdict.UNDECIDED, None, None, None, count)
    correlation = float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))
    _, low, high = np.tanh(_interval(_moments(a, b), _fisher, cluster, confidence)).tolist()
    halves = _without_scatter(observations, first, second, confidence)
    if halves is not None:
        correlation, low, high = halves
    verdict = Verdict.UNDECIDED
    if low > PASS_ABOVE:
        verdict = Verdict.PASSES
    elif high < 0:
        verdict = Verdict.REVERSED
    return Coherence(verdict, correlation, low, high, count, halves is not None)


def _without_scatter(
    observations: Observations, first: Framing, second: Framing, confidence: float
) -> tuple[float, float, float] | None:
    """Correlation and interval between halves of wordings; None where a framing's own halves are not seen to agree."""
    clips = observations.cluster.size
    half = _half_of_wordings(observations)
    means = [_clip_means(observations, framing, clips, half == part) for framing in (first, second) for part in (0, 1)]
    whole = ~np.isnan(means).any(axis=0)
    a1, a2, b1, b2 = (mean[whole] for mean in means)
    cluster = observations.cluster[whole]
    if np.unique(cluster).size < FEWEST_CLIPS:
        return None
    for one, other in ((a1, a2), (b1, b2)):
        if _interval(_moments(one, other), _fisher, cluster, confidence)[1] <= 0:
            return None
    columns = [np.ones(a1.size), a1, a2, b1, b2, a1 * a2, b1 * b2, a1 * b2, a2 * b1]
    found = _interval(np.column_stack(columns), _corrected, cluster, confidence)
    correlation, low, high = np.clip(found, -1.0, 1.0).tolist()
    return correlation, low, high


def _half_of_wordings(observations: Observations) -> IntArray:
    """(n,) 0 or 1: a clip's wordings in their order, in turn."""
    wordings = int(observations.wording.max()) + 1
    asked, row = occurring(observations.clip * wordings + observations.wording)
    clip = asked // wordings
    starts = np.flatnonzero(np.concatenate([[True], clip[1:] != clip[:-1]]))
    place = np.arange(asked.size) - np.repeat(starts, np.diff(np.append(starts, asked.size)))
    return np.asarray((place % 2)[row], dtype=np.int64)


def _clip_means(observations: Observations, framing: Framing, clips: int, among: BoolArray | None = None) -> FloatArray:
    """Mean acceptance of each clip under one framing, NaN where it was not answered."""
    rows = observations.framing == framing if among is None else (observations.framing == framing) & among
    return mean_by(observations.clip[rows], observations.response[rows], clips)


def _interval(
    moments: FloatArray, statistic: Callable[[FloatArray], FloatArray], cluster: IntArray, confidence: float
) -> FloatArray:
    """(3,) a function of summed moments (clips, k), with its ends by the jackknife over clusters."""
    from scipy import stats

    moments = cluster_sums(moments, cluster)
    total, count = moments.sum(axis=0), moments.shape[0]
    left_out = statistic(total - moments)
    error = np.sqrt((count - 1) / count * ((left_out - left_out.mean()) ** 2).sum())
    reach = stats.t.ppf(0.5 + confidence / 2, count - 1) * error
    return np.asarray(statistic(total[None, :])[0] + reach * np.array([0.0, -1.0, 1.0]), dtype=np.float64)


def _moments(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(a.size), a, b, a * a, b * b, a * b])


def _fisher(moments: FloatArray) -> FloatArray:
    """Fisher's z from rows of n, sums, squares and products; held within .999999, spreadless at 0."""
    n, a, b, aa, bb, ab = moments.T
    spread = np.sqrt(np.maximum((aa - a**2 / n) * (bb - b**2 / n), 1e-24))
    return np.asarray(np.arctanh(np.clip((ab - a * b / n) / spread, -0.999999, 0.999999)), dtype=np.float64)


def _corrected(moments: FloatArray) -> FloatArray:
    """The correlation between framings from halves that share no wording."""
    n, a1, a2, b1, b2, a1a2, b1b2, a1b2, a2b1 = moments.T
    across = ((a1b2 - a1 * b2 / n) + (a2b1 - a2 * b1 / n)) / 2
    within = np.sqrt(np.maximum(a1a2 - a1 * a2 / n, 1e-12) * np.maximum(b1b2 - b1 * b2 / n, 1e-12))
    return np.asarray(across / within, dtype=np.float64)
