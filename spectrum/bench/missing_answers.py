"""What a run's estimates could have been, had every ask that was put got a choice."""

from dataclasses import replace

import numpy as np

from spectrum.bench.estimates import WRITTEN, Contrasted, Estimated, asked, shared_framings
from spectrum.bench.sheet import MISSING, Sheet
from spectrum.stats.contrast import paired
from spectrum.stats.observations import BoolArray, FloatArray, IntArray, Observations
from spectrum.stats.profile_bounds import ProfileBounds, contrast_bounds, profile_bounds


def with_bounds(sheet: Sheet, estimated: Estimated) -> Estimated:
    """The estimate with the bounds of its profile; as it is where it has none, or is not of written answers.

    An ask that was not put yet is no ask without a choice, and is left out.
    """
    if estimated.profile is None or estimated.measure != WRITTEN:
        return estimated
    rows = _put(sheet, estimated) & estimated.pooling.rows(sheet.framing)
    columns = sheet.measured(rows & ~np.isnan(sheet.written))
    planned = sheet.observations(rows, np.nan_to_num(sheet.written), covariates=columns)
    chosen = ~np.isnan(sheet.written[rows & ~sheet.clips.unlabelled[sheet.clip]])
    theta = estimated.profile.estimate.theta.estimate
    if chosen.all():
        return replace(estimated, bounds=ProfileBounds(theta, theta, theta[:, None] - theta[None, :]))
    return replace(estimated, bounds=profile_bounds(planned, chosen, theta))


def with_contrast_bounds(
    sheet: Sheet, contrasted: Contrasted, condition: Estimated, reference: Estimated
) -> Contrasted:
    """The contrast with its bounds; as it is where it has none, is not of written answers, or lacks no choice."""
    if contrasted.contrast is None or contrasted.measure != WRITTEN:
        return contrasted
    framings = shared_framings(condition, reference)
    ours, theirs = (_put(sheet, each) & np.isin(sheet.framing, framings) for each in (condition, reference))
    if not np.isnan(sheet.written[ours | theirs]).any():
        return contrasted
    worst, best = np.nan_to_num(sheet.written, nan=0.0), np.nan_to_num(sheet.written, nan=1.0)
    columns = sheet.measured(ours & ~np.isnan(sheet.written))
    low = paired(*_filled(sheet, ours, worst, columns), *_filled(sheet, theirs, best, columns))
    high = paired(*_filled(sheet, ours, best, columns), *_filled(sheet, theirs, worst, columns))
    found = contrasted.contrast
    return replace(contrasted, bounds=contrast_bounds(low, high.response, found.theta.estimate, found.level.estimate))


def _put(sheet: Sheet, of: Estimated) -> BoolArray:
    put: BoolArray = sheet.outcome != MISSING
    return asked(sheet, of.condition, of.construct, WRITTEN) & put


def _filled(sheet: Sheet, rows: BoolArray, response: FloatArray, columns: list[int]) -> tuple[Observations, IntArray]:
    labelled = ~sheet.clips.unlabelled[sheet.clip]
    return sheet.observations(rows, response, covariates=columns), sheet.item[rows & labelled]
