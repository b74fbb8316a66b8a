"""Do two ways of putting one question agree about the clips? Only then may their answers be pooled."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from spectrum.stats.clustered import cluster_sums
from spectrum.stats.intervals import CONFIDENCE
from spectrum.stats.observations import FloatArray, Framing, IntArray, Observations

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


def coherence(
    observations: Observations,
    first: Framing = Framing.WOULD,
    second: Framing = Framing.WOULD_NOT,
    confidence: float = CONFIDENCE,
) -> Coherence:
    """Correlate two framings' acceptance clip by clip; the second's answers are reversed already.

    A respondent that understands the negation accepts the same clips under both stems: correlation above
    zero. One that answers the words and not the sentence says yes to both: below zero. The interval is a
    jackknife over clip clusters on Fisher's z with Student's t, because mean acceptance is far from normal.
    """
    clips = observations.cluster.size
    a, b = _clip_means(observations, first, clips), _clip_means(observations, second, clips)
    both = ~(np.isnan(a) | np.isnan(b))
    a, b, cluster = a[both], b[both], observations.cluster[both]
    count = int(np.unique(cluster).size)
    if count < FEWEST_CLIPS or np.ptp(a) == 0 or np.ptp(b) == 0:
        return Coherence(Verdict.UNDECIDED, None, None, None, count)
    correlation = float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))
    low, high = _jackknife_interval(a, b, cluster, confidence)
    verdict = Verdict.UNDECIDED
    if low > PASS_ABOVE:
        verdict = Verdict.PASSES
    elif high < 0:
        verdict = Verdict.REVERSED
    return Coherence(verdict, correlation, low, high, count)


def _clip_means(observations: Observations, framing: Framing, clips: int) -> FloatArray:
    """Mean acceptance of each clip under one framing, NaN where it was not answered."""
    rows = observations.framing == framing
    clip = observations.clip[rows]
    answers = np.bincount(clip, minlength=clips)
    accepted = np.bincount(clip, weights=observations.response[rows], minlength=clips)
    return np.where(answers > 0, accepted / np.maximum(answers, 1), np.nan)


def _jackknife_interval(a: FloatArray, b: FloatArray, cluster: IntArray, confidence: float) -> tuple[float, float]:
    from scipy import stats

    moments = cluster_sums(np.column_stack([np.ones(a.size), a, b, a * a, b * b, a * b]), cluster)
    total, count = moments.sum(axis=0), moments.shape[0]
    left_out = _fisher(total - moments)
    error = np.sqrt((count - 1) / count * ((left_out - left_out.mean()) ** 2).sum())
    reach = stats.t.ppf(0.5 + confidence / 2, count - 1) * error
    z = _fisher(total[None, :])[0]
    return float(np.tanh(z - reach)), float(np.tanh(z + reach))


def _fisher(moments: FloatArray) -> FloatArray:
    """Fisher's z from rows of n, sums, squares and products; held within .999999, spreadless at 0."""
    n, a, b, aa, bb, ab = moments.T
    spread = np.sqrt(np.maximum((aa - a**2 / n) * (bb - b**2 / n), 1e-24))
    return np.asarray(np.arctanh(np.clip((ab - a * b / n) / spread, -0.999999, 0.999999)), dtype=np.float64)
