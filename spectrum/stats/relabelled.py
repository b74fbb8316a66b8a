"""The profile again and again: with labels dealt anew, or without some of the clips, from sums over clips.

A regression on clip-level labels needs of the answers only sums within each clip, so that another labelling of
two thousand clips costs a millisecond whatever the number of answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import row_sums
from spectrum.stats.design import TOLERANCE, profile_design
from spectrum.stats.observations import BoolArray, FloatArray, IntArray, Observations


@dataclass(frozen=True, slots=True, eq=False)
class ClipSums:
    """Of m clips with answers: their labels, and sums over each one's answers."""

    clips: IntArray
    """(m,) rows of the observations' labels."""
    labels: FloatArray
    """(m, v)"""
    answers: FloatArray
    """(m,) how many."""
    responses: FloatArray
    """(m,) their sum."""
    other: FloatArray
    """(m, k) sums of the regression's columns that are no labels: intercept, covariates, framing."""
    other_products: FloatArray
    """(m, k, k) sums of their products."""
    other_responses: FloatArray
    """(m, k) sums of their products with the response."""

    @classmethod
    def of(cls, observations: Observations) -> "ClipSums":
        """Raises NotEstimableError where a profile cannot be estimated."""
        values = observations.labels.shape[1]
        design = profile_design(observations)
        other = np.delete(design.distinct, np.s_[1 : values + 1], axis=1)
        answers, responses = design.counts, row_sums(observations.response, design.row)
        clip_of = np.empty(answers.size, dtype=np.int64)
        clip_of[design.row] = observations.clip
        clips, row = np.unique(clip_of, return_inverse=True)
        count, width = clips.size, other.shape[1]

        def summed(column: FloatArray) -> FloatArray:
            return np.asarray(np.bincount(row, weights=column, minlength=count), dtype=np.float64)

        products = np.empty((count, width, width))
        for first in range(width):
            for second in range(first + 1):
                products[:, first, second] = summed(answers * other[:, first] * other[:, second])
                products[:, second, first] = products[:, first, second]
        return cls(
            clips=np.asarray(clips, dtype=np.int64),
            labels=observations.labels[clips],
            answers=summed(answers),
            responses=summed(responses),
            other=np.column_stack([summed(answers * column) for column in other.T]),
            other_products=products,
            other_responses=np.column_stack([summed(column * responses) for column in other.T]),
        )

    def profile(self, labels: FloatArray | None = None) -> FloatArray:
        """(v,) centred label coefficients, by least squares as estimate_profile has them; `labels` stand in."""
        return _coefficients(
            self.labels if labels is None else labels,
            self.answers,
            self.responses,
            self.other,
            self.other_products.sum(axis=0),
            self.other_responses.sum(axis=0),
        )

    def without(self, dropped: BoolArray) -> "ClipSums":
        """The sums of the clips that are not dropped, (m,) bool."""
        kept = ~dropped
        return ClipSums(
            self.clips[kept],
            self.labels[kept],
            self.answers[kept],
            self.responses[kept],
            self.other[kept],
            self.other_products[kept],
            self.other_responses[kept],
        )


def _coefficients(
    labels: FloatArray,
    answers: FloatArray,
    responses: FloatArray,
    other: FloatArray,
    other_products: FloatArray,
    other_responses: FloatArray,
) -> FloatArray:
    """Normal equations with the other columns swept out; the pseudo-inverse leaves what centring removes at zero."""
    swept = np.linalg.pinv(other_products, rcond=TOLERANCE, hermitian=True)
    across = labels.T @ other
    gram = (labels * answers[:, None]).T @ labels - across @ swept @ across.T
    target = labels.T @ responses - across @ (swept @ other_responses)
    found = np.linalg.pinv(gram, rcond=TOLERANCE, hermitian=True) @ target
    return np.asarray(found - found.mean(), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class ShuffledLabels:
    """What dealing the clips' labels anew leaves of a profile."""

    sd: float
    """Of the profile as it is, over the values (n - 1)."""
    shuffled: FloatArray
    """(permutations,) SD of the profile under each."""
    mean_profile_sd: float
    """SD of the mean profile over all permutations: what the estimator makes of nothing."""

    @property
    def p(self) -> float:
        """Share of permutations whose profile is as large as the real one, the real one counted among them."""
        return float((1 + (self.shuffled >= self.sd).sum()) / (1 + self.shuffled.size))


def shuffle_labels(sums: ClipSums, permutations: Iterable[IntArray]) -> ShuffledLabels:
    """Deal the labels to the clips in other orders, each of `permutations` an order of 0 to m - 1.

    Unrestricted: a clip may get any other's labels, those of its own value too. Answers and covariates stay with
    their clip. Clips of one creator are dealt apart, so that where creators matter p is too small.
    """
    profiles = np.array([sums.profile(sums.labels[order]) for order in permutations])
    return ShuffledLabels(
        sd=float(sums.profile().std(ddof=1)),
        shuffled=profiles.std(axis=1, ddof=1),
        mean_profile_sd=float(profiles.mean(axis=0).std(ddof=1)),
    )


def leave_out(sums: ClipSums, groups: Iterable[BoolArray]) -> FloatArray:
    """(groups, v) profile without each group of clips, (m,) bool each; NaN where no clip of some value is left."""
    found = []
    for dropped in groups:
        rest = sums.without(dropped)
        told = np.ptp(rest.labels, axis=0).min() > TOLERANCE if rest.clips.size else False
        found.append(rest.profile() if told else np.full(sums.labels.shape[1], np.nan))
    return np.array(found).reshape(-1, sums.labels.shape[1])
