"""Option probabilities for all items, corrected by written answers to some: mean(p) + mean(written - p).

Prediction-powered inference (Angelopoulos et al. 2023, Science 382; for linear regression, section "Methods"): the
estimate is the regression of the cheap measure over all responses plus that of the difference over those that have
both, each on the same kind of design. The two share clips and wordings, so that their covariance is taken jointly:
each answer's part in both is summed within its clip and within its wording before anything is squared.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import ClusteredEstimate, Keys, cluster, row_sums
from spectrum.stats.design import Design, profile_design
from spectrum.stats.intervals import Intervals, t_intervals
from spectrum.stats.observations import FloatArray, Observations
from spectrum.stats.profile import regress

WRITE_ALL_ABOVE = 0.02
"""A correction larger than this for some value means that written answers are needed for all (MEASUREMENT.md 3)."""


@dataclass(frozen=True, slots=True, eq=False)
class Powered:
    """The combined estimate, and what the written answers took away or added."""

    clustered: ClusteredEstimate
    correction: Intervals
    """Of written minus probability, one row a wanted quantity; Holm over them."""


def prediction_powered(
    surrogate: Observations, difference: Observations, design_of: Callable[[Observations], Design], scale: float = 1.0
) -> Powered:
    """Combine; `design_of` is profile_design or level_design, used on either part.

    `surrogate`: the cheap measure, all responses. `difference`: written minus cheap, divided by `scale` (2 where they
    are differences of differences, which Observations would not take), the responses that have both; its clips are
    among the surrogate's. Raises NotEstimableError as the designs do.
    """
    whole, part = design_of(surrogate), design_of(difference)
    on_whole, on_part = _weights(whole), scale * _weights(part)
    residuals = np.concatenate([_residuals(whole, surrogate), _residuals(part, difference)])
    keys = Keys(
        np.concatenate([surrogate.cluster[surrogate.clip], difference.cluster[difference.clip]]),
        np.concatenate([surrogate.wording, difference.wording]),
    )
    estimate = on_whole.T @ surrogate.response + on_part.T @ difference.response
    # cluster() corrects for the rank as if all clips were in both parts; the smaller part has fewer.
    residuals[surrogate.response.size :] *= np.sqrt(_inflation(difference, part) / _inflation(surrogate, whole))
    return Powered(
        clustered=cluster(estimate, np.vstack([on_whole, on_part]), residuals, keys, whole.clip_rank),
        correction=_scaled(t_intervals(regress(difference, part, "probability").all()), scale),
    )


def correction_of(difference: Observations) -> Intervals:
    """Written minus probability, by value and centred, where an ask has both; Holm over the values.

    Raises NotEstimableError as profile_design does.
    """
    return t_intervals(regress(difference, profile_design(difference), "probability").all())


def _weights(design: Design) -> FloatArray:
    return np.asarray((design.distinct @ (design.inverse_gram @ design.wanted.T))[design.row], dtype=np.float64)


def _residuals(design: Design, observations: Observations) -> FloatArray:
    totals = row_sums(observations.response, design.row)
    fitted = design.distinct @ (design.inverse_gram @ (design.distinct.T @ totals))
    return np.asarray(observations.response - fitted[design.row], dtype=np.float64)


def _inflation(observations: Observations, design: Design) -> float:
    clusters = np.unique(observations.cluster[observations.clip]).size
    return float(clusters / (clusters - design.clip_rank))


def _scaled(found: Intervals, scale: float) -> Intervals:
    return Intervals(
        scale * found.estimate, scale * found.se, found.df, scale * found.low, scale * found.high, found.p, found.p_holm
    )
