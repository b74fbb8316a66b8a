"""The profile: ten level-free numbers from one joint regression; and the level, apart."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spectrum.stats.clustered import ClusteredEstimate, Keys, cluster, row_sums
from spectrum.stats.design import Design, level_design, profile_design
from spectrum.stats.intervals import CONFIDENCE, Intervals, t_intervals
from spectrum.stats.logistic import fit_logistic
from spectrum.stats.observations import Framing, NotEstimableError, Observations

Scale = Literal["probability", "logit"]
SAME_ANSWER = "it gave the same answer whatever the clip"


@dataclass(frozen=True, slots=True, eq=False)
class ProfileEstimate:
    """theta, one row a value, with what is needed to compare values with one another."""

    scale: Scale
    theta: Intervals
    clustered: ClusteredEstimate
    """The same estimates with their covariance, for tied groups."""
    condition_number: float
    wordings: int
    clips: int
    answers: int

    @property
    def conditional_on_wordings(self) -> bool:
        """Fewer than five wordings: the intervals hold for these wordings only."""
        return self.clustered.conditional_on_wordings


@dataclass(frozen=True, slots=True, eq=False)
class LevelEstimate:
    """General acceptance under balanced framing, one row."""

    level: Intervals
    conditional_on_wordings: bool
    wordings: int
    clips: int
    answers: int


def estimate_profile(
    observations: Observations, *, scale: Scale = "probability", confidence: float = CONFIDENCE
) -> ProfileEstimate:
    """theta_v: acceptance attributable to value v given the clip's other labels, minus the mean over values.

    Least squares (probability scale) or logistic regression (logit scale, coefficients averaged over clips
    and wordings, so smaller than those of one clip) of the responses on all label probabilities jointly,
    framing and covariates; on the logit scale each value has its own yes-bias. Covariance two-way by clip
    cluster and wording; see clustered.

    Raises NotEstimableError where clips are too few, labels cannot tell the values apart, every answer is
    the same, or (logit scale) the answers are separated.
    """
    design = profile_design(observations, own_yes_bias=scale == "logit")
    require_variation(observations)
    clustered = regress(observations, design, scale)
    return ProfileEstimate(
        scale=scale,
        theta=t_intervals(clustered.all(), confidence),
        clustered=clustered,
        condition_number=design.condition_number,
        wordings=observations.wordings,
        clips=observations.clips,
        answers=int(observations.response.size),
    )


def estimate_level(observations: Observations, *, confidence: float = CONFIDENCE) -> LevelEstimate:
    """Mean acceptance of the average clip under balanced framing, with its own two-way interval.

    It needs no labels and few clips, so it can be told where the profile cannot. Raises NotEstimableError
    where fewer than two clip clusters have an answer.
    """
    clustered = regress(observations, level_design(observations), "probability")
    return LevelEstimate(
        level=t_intervals(clustered.all(), confidence),
        conditional_on_wordings=clustered.conditional_on_wordings,
        wordings=observations.wordings,
        clips=observations.clips,
        answers=int(observations.response.size),
    )


def yes_bias(observations: Observations) -> float | None:
    """P(yes | would) + P(yes | would not) - 1: 0 for a respondent that minds the question, 1 for always yes.

    None where one of the stems was not answered.
    """
    would = observations.response[observations.framing == Framing.WOULD]
    would_not = observations.response[observations.framing == Framing.WOULD_NOT]
    if not (would.size and would_not.size):
        return None
    return float(would.mean() - would_not.mean())


def regress(observations: Observations, design: Design, scale: Scale) -> ClusteredEstimate:
    """What the design wants, with its two-way covariance; on the logit scale one run at a time (ValueError)."""
    keys = Keys(observations.cluster[observations.clip], observations.wording)
    response = observations.response
    totals = row_sums(response, design.row)
    if scale == "probability":
        bread = design.inverse_gram
        coefficients = bread @ (design.distinct.T @ totals)
        fitted = design.distinct @ coefficients
    elif response.ndim == 1:
        coefficients, fitted, bread = fit_logistic(design.distinct, totals / design.counts, design.counts)
    else:
        raise ValueError("the logit scale takes one run at a time")
    weights = (design.distinct @ (bread @ design.wanted.T))[design.row]
    return cluster((design.wanted @ coefficients).T, weights, response - fitted[design.row], keys, design.clip_rank)


def require_variation(observations: Observations) -> None:
    """Raise NotEstimableError where each question, as worded and framed, got one answer for all clips (in a run)."""
    question = observations.wording * len(Framing) + observations.framing
    order = np.argsort(question, kind="stable")
    ordered, response = question[order], observations.response[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    same = np.maximum.reduceat(response, starts, axis=0) == np.minimum.reduceat(response, starts, axis=0)
    if same.all(axis=0).any():
        raise NotEstimableError(SAME_ANSWER)
