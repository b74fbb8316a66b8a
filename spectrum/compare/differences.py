"""One contender against another, or against the mean of the others, on the items that all of them answered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.bench.estimates import WRITTEN, told
from spectrum.compare.contenders import Contender
from spectrum.compare.joined import Joined
from spectrum.stats.clustered import Keys, cluster, row_sums
from spectrum.stats.contrast import Contrast, estimate_contrast
from spectrum.stats.design import profile_design
from spectrum.stats.equivalence import Equivalence, equivalence
from spectrum.stats.intervals import Intervals, t_intervals
from spectrum.stats.logistic import fit_logistic
from spectrum.stats.observations import BoolArray, FloatArray, NotEstimableError, Observations
from spectrum.stats.profile_bounds import ContrastBounds, contrast_bounds
from spectrum.stats.tied_groups import TiedGroups, tied_groups


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Ten differences between profiles, and the level's, apart."""

    contrast: Contrast
    """On the probability scale: what is shown."""
    groups: TiedGroups
    """Which of the ten differences cannot be told from one another."""
    logit: Intervals | None
    """On the logit scale, where a difference of levels does not look like one of profiles; None where some clips are
    accepted always or never, or some value was asked about in one stem alone."""
    standardised: FloatArray
    """(v,) estimate over the SD between clips: the root mean square of both sides' (Cohen 1988, for equal sizes)."""
    same: Equivalence
    """Are the ten differences within the margin?"""
    items: int
    clips: int
    wordings: int
    identical: bool
    """Whether both sides gave one answer to every item."""
    bounds: ContrastBounds | None
    """What it could have been, had every ask got a choice; None where none lacks one, or of option probabilities."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A contender minus its reference."""

    contender: Contender
    others: tuple[Contender, ...]
    """One reference, or the panel whose mean is the reference."""
    found: Estimates | None
    reason: str | None
    """Why there is none, as the end of "because ..."."""

    @property
    def reference(self) -> str:
        """What the reference is called."""
        return self.others[0].name if len(self.others) == 1 else OTHERS


OTHERS = "the others' mean"
"""What the reference is called where it is a panel."""


def pooled_items(joined: Joined, contenders: Sequence[Contender]) -> BoolArray:
    """(g,) items that all of them answered, about labelled clips, in framings that may be pooled in all of them."""
    kept = joined.items.labelled.copy()
    for contender in contenders:
        kept &= contender.answered & contender.pooling.rows(joined.items.framing)
    return kept


def difference(
    joined: Joined, contender: Contender, others: Sequence[Contender], margin: float, names: Sequence[str]
) -> Difference:
    """Estimate a difference, or say why there is none.

    `margin` of equivalence on the probability scale; `names` of the values are used in reasons only.
    """
    everyone = (contender, *others)
    for side in everyone:
        if side.reason is not None:
            return Difference(contender, tuple(others), None, f"of {side.name}: {side.reason}")
    items = pooled_items(joined, everyone)
    reference = np.mean([other.accepted for other in others], axis=0)
    observations = joined.items.observations(items, contender.accepted - reference)
    try:
        contrast = estimate_contrast(observations)
    except NotEstimableError as error:
        return Difference(contender, tuple(others), None, told(error, names))
    found = Estimates(
        contrast=contrast,
        groups=tied_groups(contrast.clustered),
        logit=_logit_difference([joined.items.observations(items, side.accepted) for side in everyone]),
        standardised=contrast.theta.estimate / _clip_sd(observations, contender.accepted[items], reference[items]),
        same=equivalence(contrast.theta, margin),
        items=contrast.items,
        clips=observations.clips,
        wordings=observations.wordings,
        identical=not observations.response.any(),
        bounds=_bounds(joined, contender, others, contrast),
    )
    return Difference(contender, tuple(others), found, None)


def _bounds(
    joined: Joined, contender: Contender, others: Sequence[Contender], contrast: Contrast
) -> ContrastBounds | None:
    """From all items that were put to everyone, in the framings used."""
    if joined.measure != WRITTEN:
        return None
    items = joined.items.labelled.copy()
    for side in (contender, *others):
        items &= side.asked & side.pooling.rows(joined.items.framing)
    worst, best = (np.mean([getattr(other, name) for other in others], axis=0) for name in ("worst", "best"))
    low = joined.items.observations(items, contender.worst - best)
    high = joined.items.observations(items, contender.best - worst)
    if (low.response == high.response).all():
        return None
    return contrast_bounds(low, high.response, contrast.theta.estimate, contrast.level.estimate)


def _clip_sd(items: Observations, one: FloatArray, other: FloatArray) -> float:
    """Root mean square of both sides' SD over clip means; infinite where neither tells clips apart."""
    answers = np.maximum(np.bincount(items.clip), 1)
    seen = np.bincount(items.clip) > 0
    spreads = [np.var((np.bincount(items.clip, weights=side) / answers)[seen], ddof=1) for side in (one, other)]
    spread = float(np.sqrt(np.mean(spreads)))
    return spread if spread > 0 else float("inf")


def _logit_difference(sides: Sequence[Observations]) -> Intervals | None:
    """The same on the logit scale; None where it has no answer there, while the probability scale still holds."""
    try:
        return _on_logits(sides)
    except NotEstimableError:
        return None


def _on_logits(sides: Sequence[Observations]) -> Intervals:
    """The first side's logit coefficients minus the mean of the others', two-way clustered over shared items.

    Each side has a regression of its own on the same design; the scores of all sides are summed within clips and
    wordings, so that what they share cancels as it does in paired differences. Raises NotEstimableError.
    """
    design = profile_design(sides[0], own_yes_bias=True)
    shares = [1.0, *[-1.0 / (len(sides) - 1)] * (len(sides) - 1)]
    estimate = np.zeros(design.wanted.shape[0])
    weights, residuals = [], []
    for side, share in zip(sides, shares, strict=True):
        means = row_sums(side.response, design.row) / design.counts
        coefficients, fitted, bread = fit_logistic(design.distinct, means, design.counts)
        estimate = estimate + share * (design.wanted @ coefficients)
        weights.append(share * (design.distinct @ (bread @ design.wanted.T))[design.row])
        residuals.append(side.response - fitted[design.row])
    count = len(sides)
    clips = sides[0].cluster[sides[0].clip]
    keys = Keys(np.tile(clips, count), np.tile(sides[0].wording, count))
    stacked = cluster(estimate, np.vstack(weights), np.concatenate(residuals), keys, design.clip_rank)
    return t_intervals(stacked.all())
