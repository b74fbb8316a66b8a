"""Each value's set against its matched controls: acceptance, and what the two differ in beside the value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.bench.estimates import COMBINED, WRITTEN, Estimated, asked, response_of
from spectrum.bench.sheet import COVARIATES, Clips, Sheet
from spectrum.controls import MEASURED, Balance, CovariateTable, standardised_differences
from spectrum.stats.clustered import Inference
from spectrum.stats.intervals import Intervals, t_intervals
from spectrum.stats.observations import NotEstimableError
from spectrum.stats.two_groups import group_difference


@dataclass(frozen=True, slots=True, eq=False)
class ControlContrast:
    """Set minus control of the values where both were answered."""

    condition: str
    construct: str
    measure: str
    values: tuple[str, ...]
    """Codes, a row each."""
    found: Intervals
    """Holm over these values."""
    set_clips: tuple[int, ...]
    control_clips: tuple[int, ...]


def control_contrast(sheet: Sheet, main: Estimated, codes: Sequence[str]) -> ControlContrast | None:
    """Difference in acceptance, level and all: what a set gains over clips that look like it but are near no value.

    Over the framings that are pooled in the reported profile; by written answers where there are some. None where
    the suite has no controls, or too few were answered.
    """
    measure = WRITTEN if main.measure in (WRITTEN, COMBINED) else main.measure
    response = response_of(sheet, measure)
    rows = (
        asked(sheet, main.condition, main.construct, measure) & main.pooling.rows(sheet.framing) & ~np.isnan(response)
    )
    kept: list[str] = []
    parts: list[Inference] = []
    sizes: list[tuple[int, int]] = []
    for code in codes:
        in_set, control = sheet.clips.in_set(code)[sheet.clip], sheet.clips.control_of(code)[sheet.clip]
        part = rows & (in_set ^ control)
        if not part.any():
            continue
        try:
            found = group_difference(sheet.observations(part, response, labelled=False), in_set[part])
        except NotEstimableError:
            continue
        kept.append(code)
        parts.append(found.inference)
        sizes.append((found.first_clips, found.second_clips))
    if not kept:
        return None
    joined = Inference(
        np.concatenate([part.estimate for part in parts]),
        np.concatenate([part.se for part in parts]),
        np.concatenate([part.df for part in parts]),
    )
    return ControlContrast(
        main.condition,
        main.construct,
        measure,
        tuple(kept),
        t_intervals(joined),
        tuple(size for size, _ in sizes),
        tuple(size for _, size in sizes),
    )


def covariate_balance(clips: Clips, codes: Sequence[str]) -> tuple[Balance, ...]:
    """Standardised differences of every measured covariate, those that controls were not matched on too."""
    table = CovariateTable(
        clip_ids=clips.ids,
        names=(*COVARIATES, "log_duration"),
        values=np.column_stack([clips.covariates, np.log1p(clips.durations)]),
        platforms=clips.platforms,
    )
    members = {code: _ids(clips, clips.in_set(code)) for code in codes}
    controls = {code: _ids(clips, clips.control_of(code)) for code in codes}
    return standardised_differences(table, members, controls)


def is_matched(covariate: str) -> bool:
    """Whether controls are matched on a covariate."""
    return covariate in MEASURED or covariate == "log_duration" or covariate.startswith("platform=")


def _ids(clips: Clips, rows: np.ndarray) -> list[str]:
    return [clips.ids[row] for row in np.flatnonzero(rows)]
