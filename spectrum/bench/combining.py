"""Option probabilities and written answers of one run: how far the ones are from the others, and both combined."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spectrum.bench.audited_labels import widened
from spectrum.bench.estimates import (
    COMBINED,
    PROBABILITY,
    WRITTEN,
    Agreement,
    Contrasted,
    Estimated,
    asked,
    few_clips,
    no_contrast,
    shared_framings,
    side,
    tied,
    told,
)
from spectrum.bench.sheet import Sheet
from spectrum.stats.contrast import Contrast, paired
from spectrum.stats.design import level_design, profile_design
from spectrum.stats.intervals import Intervals, t_intervals
from spectrum.stats.observations import BoolArray, FloatArray, NotEstimableError, Observations
from spectrum.stats.prediction_powered import WRITE_ALL_ABOVE, Powered, correction_of, prediction_powered
from spectrum.stats.profile import LevelEstimate, ProfileEstimate
from spectrum.stats.tied_groups import tied_groups


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """Written answers minus option probabilities, where an ask has both."""

    condition: str
    construct: str
    probability: Intervals
    """The profile by probabilities alone."""
    correction: Intervals
    """To be added to it, one row a value."""
    clips: int
    answers: int
    """With both."""

    @property
    def too_large(self) -> tuple[int, ...]:
        """Values whose correction exceeds .02."""
        return tuple(np.flatnonzero(np.abs(self.correction.estimate) > WRITE_ALL_ABOVE).tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """The combined estimate with the correction that is in it."""

    estimated: Estimated
    correction: Correction


def how_written(sheet: Sheet, condition: str, construct: str) -> str:
    """ "all", "some" or "none" of the asks were to be written."""
    rows = sheet.rows(condition, construct)
    share = float((~sheet.scored_only[rows]).mean()) if rows.any() else 1.0
    return "all" if share == 1.0 else "none" if share == 0.0 else "some"


def main_measure(written: str, agreed: Agreement, correction: Correction | None) -> str:
    """Which measure is reported: written answers, unless few were written and probabilities may stand in for them."""
    if written == "none":
        return PROBABILITY
    if written == "all" or not agreed.usable or correction is None or correction.too_large:
        return WRITTEN
    return COMBINED


def correction(sheet: Sheet, scored: Estimated) -> Correction | None:
    """How far the estimate by probabilities is from written answers; None where that cannot be told."""
    if scored.profile is None:
        return None
    _, difference = _parts(sheet, _pooled(sheet, scored))
    try:
        found = correction_of(difference)
    except NotEstimableError:
        return None
    return _correction(scored, found, difference)


def combine(sheet: Sheet, scored: Estimated) -> Combined | None:
    """Correct the estimate by probabilities with the written answers there are.

    None where there is no profile to correct, or the written answers cannot tell the correction.
    """
    if scored.profile is None:
        return None
    try:
        surrogate, difference = _parts(sheet, _pooled(sheet, scored))
        profile = prediction_powered(surrogate, difference, profile_design)
        level = prediction_powered(surrogate, difference, level_design)
    except NotEstimableError:
        return None
    return Combined(
        replace(
            scored,
            measure=COMBINED,
            profile=tied(_profile(profile, scored.profile.estimate, surrogate, sheet), few=few_clips(surrogate)),
            logit=None,
            level=LevelEstimate(
                t_intervals(level.clustered.all()),
                level.clustered.conditional_on_wordings,
                surrogate.wordings,
                surrogate.clips,
                int(surrogate.response.size),
            ),
        ),
        _correction(scored, profile.correction, difference),
    )


def combined_contrast(sheet: Sheet, condition: Estimated, reference: Estimated, names: Sequence[str]) -> Contrasted:
    """Condition minus reference by probabilities on all items, corrected on the items both have written."""
    empty = no_contrast(condition, reference)
    if empty.reason is not None:
        return empty
    framings = shared_framings(condition, reference)
    # Halved, because a difference of differences reaches from -2 to 2.
    half = (sheet.written - sheet.probability) / 2
    try:
        scored, fixed = (
            paired(*side(sheet, condition, framings, response), *side(sheet, reference, framings, response))
            for response in (sheet.probability, half)
        )
        theta = prediction_powered(scored, _with_covariates_of(scored, fixed), profile_design, 2.0)
        level = prediction_powered(scored, _with_covariates_of(scored, fixed), level_design, 2.0)
    except NotEstimableError as error:
        return replace(empty, reason=told(error, names))
    clustered = widened(theta.clustered, scored, sheet.clips)
    found = Contrast(
        t_intervals(clustered.all()),
        clustered,
        t_intervals(level.clustered.all()),
        int(scored.response.size),
    )
    return replace(empty, contrast=found, groups=tied_groups(found.clustered))


def _correction(scored: Estimated, found: Intervals, difference: Observations) -> Correction:
    assert scored.profile is not None
    return Correction(
        scored.condition,
        scored.construct,
        scored.profile.estimate.theta,
        found,
        difference.clips,
        int(difference.response.size),
    )


def _pooled(sheet: Sheet, scored: Estimated) -> BoolArray:
    return asked(sheet, scored.condition, scored.construct, PROBABILITY) & scored.pooling.rows(sheet.framing)


def _parts(sheet: Sheet, rows: BoolArray) -> tuple[Observations, Observations]:
    """Probabilities of all rows, and written minus probability of those that have both; one set of covariates."""
    columns = sheet.measured(rows & ~np.isnan(sheet.probability))
    difference: FloatArray = sheet.written - sheet.probability
    return (
        sheet.observations(rows, sheet.probability, covariates=columns),
        sheet.observations(rows, difference, covariates=columns),
    )


def _with_covariates_of(wide: Observations, narrow: Observations) -> Observations:
    """The narrower part adjusted for what the wider is adjusted for."""
    return replace(narrow, covariates=wide.covariates)


def _profile(powered: Powered, like: ProfileEstimate, surrogate: Observations, sheet: Sheet) -> ProfileEstimate:
    clustered = widened(powered.clustered, surrogate, sheet.clips)
    return replace(like, theta=t_intervals(clustered.all()), clustered=clustered)
