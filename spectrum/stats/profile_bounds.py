"""What a profile could have been, had the asks without a choice been choices: worst and best, value by value."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import row_sums
from spectrum.stats.design import profile_design
from spectrum.stats.observations import BoolArray, FloatArray, Observations


@dataclass(frozen=True, slots=True, eq=False)
class ProfileBounds:
    """Ends of each value's centred estimate over all ways to fill in what is missing; (v,) each."""

    low: FloatArray
    high: FloatArray


def profile_bounds(planned: Observations, chosen: BoolArray) -> ProfileBounds:
    """Bounds of the least-squares profile (Horowitz and Manski 2000, JASA 95, for a linear functional).

    `planned` are all asks, (n,), of which `chosen` have a response; the others' responses are not looked at. The
    profile is a weighted sum of responses, so that its extremes come from filling in 0 or 1 by the sign of each
    weight: each value's own worst and best case, which do not occur together. Raises NotEstimableError.
    """
    design = profile_design(planned)
    weights = design.distinct @ (design.inverse_gram @ design.wanted.T)
    known = weights.T @ row_sums(np.where(chosen, planned.response, 0.0), design.row)
    missing = weights[design.row[~chosen]]
    return ProfileBounds(
        low=np.asarray(known + np.minimum(missing, 0.0).sum(axis=0), dtype=np.float64),
        high=np.asarray(known + np.maximum(missing, 0.0).sum(axis=0), dtype=np.float64),
    )
