"""Many respondents on identical items: which of them cannot be told apart, value by value and over all."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from spectrum.stats.contrast import estimate_contrast
from spectrum.stats.intervals import CONFIDENCE, Intervals
from spectrum.stats.observations import BoolArray, FloatArray, Observations
from spectrum.stats.tied_groups import Groups, critical_values, in_order, maximal_sets

AT_ONCE = 4_000_000
"""Differences held at once: 32 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class AlikeGroups:
    """k respondents' differences on v values and their level, with the groups that cannot be told apart."""

    estimate: FloatArray
    """(k, v) theta minus the respondents' mean theta."""
    level: FloatArray
    """(k,) level minus the respondents' mean level."""
    separated: BoolArray
    """(v, k, k) whether two respondents differ in a value."""
    level_separated: BoolArray
    """(k, k)"""
    by_value: tuple[Groups, ...]
    """Maximal sets that no pairwise interval separates, a value; highest mean first."""
    overall: Groups
    """The same over all values together: two are apart if any value separates them."""
    by_level: Groups
    conditional_on_wordings: bool


def alike_groups(responses: FloatArray, items: Observations, confidence: float = CONFIDENCE) -> AlikeGroups:
    """Group k respondents by simultaneous intervals of all pairwise differences.

    responses (n, k): acceptance of the n items, one column a respondent; `items` carries clip, wording, framing
    and labels (its own response is not used). Each pair is the paired regression of stats.contrast, two-way
    clustered; the critical value is the studentised range over the k respondents (Tukey, Kramer), at an error
    rate divided by the v values, so that all v x k(k-1)/2 intervals hold together; the level, a question of its
    own, is not divided. Raises NotEstimableError where clips or labels do not suffice.
    """
    count, values = responses.shape[1], items.labels.shape[1]
    strict = 1 - (1 - confidence) / values
    pairs = np.array(list(combinations(range(count), 2)))
    separated = np.zeros((values, count, count), dtype=np.bool_)
    level_separated = np.zeros((count, count), dtype=np.bool_)
    theta, level = np.zeros((count, values)), np.zeros(count)
    conditional = False
    for some in np.array_split(pairs, max(1, len(pairs) * len(responses) // AT_ONCE)):
        one, other = some.T
        found = estimate_contrast(replace(items, response=responses[:, one] - responses[:, other]))
        apart = _apart(found.theta, count, strict)
        separated[:, one, other] = separated[:, other, one] = apart.T
        level_separated[one, other] = level_separated[other, one] = _apart(found.level, count, confidence)[:, 0]
        # The pairwise differences of k numbers add up to k times each one's distance from their mean.
        for side, sign in ((one, 1.0), (other, -1.0)):
            np.add.at(theta, side, sign * found.theta.estimate / count)
            np.add.at(level, side, sign * found.level.estimate[:, 0] / count)
        conditional = found.conditional_on_wordings
    return AlikeGroups(
        estimate=theta,
        level=level,
        separated=separated,
        level_separated=level_separated,
        by_value=tuple(in_order(maximal_sets(apart), theta[:, v]) for v, apart in enumerate(separated)),
        overall=in_order(maximal_sets(np.asarray(separated.any(axis=0))), -np.arange(count, dtype=np.float64)),
        by_level=in_order(maximal_sets(level_separated), level),
        conditional_on_wordings=conditional,
    )


def _apart(found: Intervals, count: int, confidence: float) -> BoolArray:
    """Whether each simultaneous interval leaves out zero; the shape of the estimates."""
    critical = critical_values(confidence, count, found.df)
    return np.asarray(np.abs(found.estimate) > critical * found.se, dtype=np.bool_)
