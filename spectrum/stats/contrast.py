"""One condition against another on identical items: what every respondent likes about a clip cancels."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import ClusteredEstimate, row_sums
from spectrum.stats.design import level_design, profile_design
from spectrum.stats.intervals import CONFIDENCE, Intervals, t_intervals
from spectrum.stats.observations import IntArray, NotEstimableError, Observations
from spectrum.stats.profile import regress


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """Condition minus reference: ten differences relative to their average, and the level's, apart."""

    theta: Intervals
    """One row a value; Holm over the values."""
    clustered: ClusteredEstimate
    level: Intervals
    """One row."""
    items: int
    """Paired items."""

    @property
    def conditional_on_wordings(self) -> bool:
        """Fewer than five wordings: the intervals hold for these wordings only."""
        return self.clustered.conditional_on_wordings


def paired(
    condition: Observations, condition_items: IntArray, reference: Observations, reference_items: IntArray
) -> Observations:
    """Differences condition minus reference, one an item that both answered (repeats averaged first).

    The item numbers (n,) name the same item in both; both must index the same clips.
    """
    shared, first_row, mean_condition = _item_means(condition, condition_items)
    shared_ref, _, mean_reference = _item_means(reference, reference_items)
    both, here, there = np.intersect1d(shared, shared_ref, return_indices=True)
    rows = first_row[here]
    return Observations(
        mean_condition[here] - mean_reference[there] if both.size else np.zeros(0),
        condition.clip[rows],
        condition.wording[rows],
        condition.framing[rows],
        condition.labels,
        condition.cluster,
        condition.covariates,
    )


def estimate_contrast(differences: Observations, *, confidence: float = CONFIDENCE) -> Contrast:
    """Joint regression of paired differences on the labels, as estimate_profile does for answers.

    Where no difference is anything but zero, all estimates are zero with zero error and p is 1: two
    conditions with the same answers do not differ. Raises NotEstimableError where there are no pairs, too
    few clips, or labels that cannot tell the values apart.
    """
    if not differences.response.size:
        raise NotEstimableError("the two conditions share no answered item")
    clustered = regress(differences, profile_design(differences), "probability")
    level = regress(differences, level_design(differences), "probability")
    return Contrast(
        theta=t_intervals(clustered.all(), confidence),
        clustered=clustered,
        level=t_intervals(level.all(), confidence),
        items=int(differences.response.size),
    )


def _item_means(observations: Observations, items: IntArray) -> tuple[IntArray, IntArray, np.ndarray]:
    distinct, first, inverse = np.unique(items, return_index=True, return_inverse=True)
    if distinct.size == items.size:
        return distinct, first, observations.response[first]
    counts = np.bincount(inverse, minlength=distinct.size)
    return distinct, first, (row_sums(observations.response, inverse).T / counts).T
