"""What a profile could have been, had the asks without a choice been choices: worst and best, value by value."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import row_sums
from spectrum.stats.design import Design, level_design, profile_design
from spectrum.stats.observations import BoolArray, FloatArray, Observations


@dataclass(frozen=True, slots=True, eq=False)
class ProfileBounds:
    """Ends of each quantity's estimate over all ways to fill in what is missing, or to leave it out; (v,) each."""

    low: FloatArray
    high: FloatArray
    pair_low: FloatArray
    """(v, v) the least that the first quantity minus the second could be."""


@dataclass(frozen=True, slots=True, eq=False)
class ContrastBounds:
    """The same of a contrast: of its values and of the level."""

    theta: ProfileBounds
    level: ProfileBounds
    """One quantity."""
    lacking: int
    """Items that lack a choice on one side or both."""
    items: int
    """Items that were put to both."""


def profile_bounds(planned: Observations, chosen: BoolArray, estimate: FloatArray) -> ProfileBounds:
    """Bounds of the least-squares profile (Horowitz and Manski 2000, JASA 95, for a linear functional).

    `planned` are all asks, (n,), of which `chosen` have a response; the others' responses are not looked at.
    `estimate` (v,) is the profile of the chosen ones. The profile is a weighted sum of responses, so that its
    extremes come from filling in 0 or 1 by the sign of each weight: each value's own worst and best case, which do
    not occur together. Leaving the asks out is one more way to treat them, and may go beyond those ends: a straight
    line through the answers may give the asks without one less than 0 or more than 1. The bounds reach over it too.
    Raises NotEstimableError.
    """
    low, high = np.where(chosen, planned.response, 0.0), np.where(chosen, planned.response, 1.0)
    return _linear_bounds(profile_design(planned), low, high, estimate)


def contrast_bounds(low: Observations, high: FloatArray, theta: FloatArray, level: FloatArray) -> ContrastBounds:
    """Bounds of a contrast's values and level; those of `profile_bounds`, for differences.

    `low` are the least differences that items which were put to both could have, (n,), `high` (n,) the largest; the
    two are equal where both sides chose. `theta` (v,) and `level` (1,) are the estimates where both chose. Raises
    NotEstimableError.
    """
    return ContrastBounds(
        theta=_linear_bounds(profile_design(low), low.response, high, theta),
        level=_linear_bounds(level_design(low), low.response, high, level),
        lacking=int((high > low.response).sum()),
        items=int(high.size),
    )


def _linear_bounds(design: Design, low: FloatArray, high: FloatArray, estimate: FloatArray) -> ProfileBounds:
    """Least and largest of the design's weighted sums of responses between `low` and `high`, (n,) each."""
    weights = design.distinct @ (design.inverse_gram @ design.wanted.T)
    least, largest = row_sums(low, design.row), row_sums(high, design.row)

    def lowest(of: FloatArray) -> FloatArray:
        return np.asarray(np.maximum(of, 0.0).T @ least + np.minimum(of, 0.0).T @ largest, dtype=np.float64)

    pair_low = np.array([lowest(one[:, None] - weights) for one in weights.T])
    return ProfileBounds(
        low=np.minimum(lowest(weights), estimate),
        high=np.maximum(-lowest(-weights), estimate),
        pair_low=np.minimum(pair_low, estimate[:, None] - estimate[None, :]),
    )
