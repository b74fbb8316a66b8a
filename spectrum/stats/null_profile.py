"""The profile on a rung of the null ladder, and whether it has vanished there.

It is estimated within questions: each wording in each framing has its own mean taken out of answers and labels alike
(Frisch, Waugh and Lovell), because with the pictures gone an answer depends on the question alone, and which clips
were asked which question is chance.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spectrum.stats.clustered import ClusteredEstimate, Inference, Keys, cluster, cluster_sums
from spectrum.stats.design import TOLERANCE, profile_design
from spectrum.stats.observations import FloatArray, Framing, Observations

SHARE = 0.1
"""A profile has vanished where its SD is at most this share of the intact one's."""
MARGIN = 0.05
"""And where every simultaneous interval lies within plus or minus this."""
EQUIVALENCE = 0.90
"""Confidence of those intervals, all of them at once (MEASUREMENT.md 6)."""
CLEAR = 0.99
"""Confidence at which a value must differ from none before a rung is said to have failed."""

Gate = Literal["passed", "failed", "undecided"]


@dataclass(frozen=True, slots=True, eq=False)
class NullProfile:
    """v level-free numbers that should all be zero."""

    inference: Inference
    clips: int
    answers: int

    @property
    def sd(self) -> float:
        """Over the values (n - 1), as estimated."""
        return float(self.inference.estimate.std(ddof=1))

    @property
    def sd_beyond_noise(self) -> float:
        """With the part that sampling noise has in it taken out: root of SD squared less mean error squared."""
        values = self.inference.estimate.size
        noise = float((self.inference.se**2).sum() / (values - 1))
        return float(np.sqrt(max(0.0, self.sd**2 - noise)))

    def simultaneous(self, confidence: float = EQUIVALENCE) -> tuple[FloatArray, FloatArray]:
        """Low and high ends of all v intervals at once (Sidak 1967, JASA 62: conservative where they correlate)."""
        from scipy import stats

        found = self.inference
        alone = confidence ** (1.0 / found.estimate.size)
        reach = stats.t.ppf(0.5 + alone / 2, found.df) * found.se
        return found.estimate - reach, found.estimate + reach

    @property
    def widest(self) -> float:
        """The largest absolute end of the simultaneous 90% intervals."""
        low, high = self.simultaneous()
        return float(np.maximum(np.abs(low), np.abs(high)).max())

    def gate(self, intact_sd: float) -> Gate:
        """Has it vanished beside an intact profile of that SD (noise taken out)?

        Passed: SD beyond noise at most SHARE of it, and all intervals within MARGIN. Failed: more than that, and
        some value differs from none at CLEAR. Undecided: too few answers for either, or no intact profile.
        """
        low, high = self.simultaneous(CLEAR)
        small = self.sd_beyond_noise <= SHARE * intact_sd
        if small and self.widest <= MARGIN:
            return "passed"
        if not small and bool(((low > 0) | (high < 0)).any()):
            return "failed"
        return "undecided"


def estimate_null_profile(observations: Observations) -> NullProfile:
    """Centred label coefficients within questions, with two-way errors (see clustered).

    Raises NotEstimableError as profile_design does. Where every answer is what its question gets everywhere, all
    estimates and errors are zero: with nothing left to vary, nothing depends on the clip.
    """
    return NullProfile(within_questions(observations).all(), observations.clips, int(observations.response.size))


def within_questions(observations: Observations) -> ClusteredEstimate:
    """The regression behind it."""
    design = profile_design(observations)
    question = observations.wording * len(Framing) + observations.framing
    values = observations.labels.shape[1]
    labels = _within(design.distinct[design.row, 1 : values + 1], question)
    response = _within(observations.response[:, None], question)[:, 0]
    inverse = np.linalg.pinv(labels.T @ labels, rcond=TOLERANCE, hermitian=True)
    centre = np.eye(values) - 1.0 / values
    coefficients = inverse @ (labels.T @ response)
    residuals = response - labels @ coefficients
    residuals[np.abs(residuals) < TOLERANCE] = 0.0
    keys = Keys(observations.cluster[observations.clip], observations.wording)
    weights = labels @ (inverse @ centre)
    return cluster(centre @ coefficients, weights, residuals, keys, design.clip_rank)


def _within(columns: FloatArray, key: np.ndarray) -> FloatArray:
    """Columns (n, q) less their mean over equal keys."""
    distinct, row = np.unique(key, return_inverse=True)
    means = cluster_sums(columns, key) / np.bincount(row, minlength=distinct.size)[:, None]
    return np.asarray(columns - means[row], dtype=np.float64)
