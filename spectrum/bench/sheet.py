"""Plan, clips and answers of a run, joined into arrays: one row an ask that offers options."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectrum.audit.correction import AuditedLabels
from spectrum.stats.observations import BoolArray, FloatArray, Framing, IntArray, Observations

NameArray = NDArray[np.str_]
MISSING = "missing"
"""Outcome of an ask that nothing is stored for."""
SCORED = "scored"
"""Outcome of an ask that was for option probabilities alone, and got them."""
BLOCKS = ("stem", "named", "paper")
"""Blocks whose answers are tallied; a browse run also asks what to do next, which is no acceptance of a value.
On a rung of the null ladder the plan writes "blank/stem", so that whoever does not know the ladder passes it over."""
FRAMINGS = {
    ("stem", "would"): Framing.WOULD,
    ("stem", "would_not"): Framing.WOULD_NOT,
    ("named", "first"): Framing.FIRST,
    ("named", "second"): Framing.SECOND,
}
COVARIATES = ("sharpness", "brightness", "colourfulness", "motion", "text_area", "faces")


@dataclass(frozen=True, slots=True, eq=False)
class Clips:
    """m clips, by clip_id."""

    ids: tuple[str, ...]
    labels: FloatArray
    """(m, v); NaN in the rows of clips without labels."""
    sources: tuple[str, ...]
    """Where each clip's labels come from."""
    cluster: IntArray
    covariates: FloatArray
    """(m, c), NaN where not measured; columns in the order of COVARIATES."""
    durations: FloatArray
    """(m,) seconds."""
    platforms: tuple[str | None, ...]
    value_sets: tuple[tuple[str, ...], ...]
    """Codes, one entry each time a rule put the clip into a set."""
    keywords: tuple[tuple[str, ...], ...]
    """What found it, one for each of `value_sets`; "" where the truth is known."""
    control_for: tuple[tuple[str, ...], ...]
    """Codes of the values whose control the clip is."""
    audited: AuditedLabels | None = None
    """What people said of the labels; None where nobody looked."""

    @property
    def control(self) -> BoolArray:
        """(m,) whether the clip is some value's control."""
        return np.array([bool(codes) for codes in self.control_for], dtype=np.bool_)

    def in_set(self, code: str) -> BoolArray:
        """(m,) whether the clip is in the value's set."""
        return np.array([code in sets for sets in self.value_sets], dtype=np.bool_)

    def control_of(self, code: str) -> BoolArray:
        """(m,) whether the clip is a control of the value."""
        return np.array([code in codes for codes in self.control_for], dtype=np.bool_)

    @property
    def unlabelled(self) -> BoolArray:
        """(m,) whether the clip has no labels."""
        return np.asarray(np.isnan(self.labels).any(axis=1), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """n asks in the plan's order; the clips they are about; and how far the run has come."""

    clips: Clips
    wordings: tuple[str, ...]
    """Names behind the numbers of `wording`."""
    condition: NameArray
    construct: NameArray
    block: NameArray
    wording: IntArray
    item: IntArray
    """Equal numbers are one item."""
    clip: IntArray
    """Row of `clips`: whose labels count."""
    shown: IntArray
    """Row of `clips`: whose pictures were shown; another's on the permuted rung."""
    framing: IntArray
    repeat: IntArray
    outcome: NameArray
    """An Outcome, "missing", or "scored"."""
    scored_only: BoolArray
    """Whether option probabilities alone were asked for."""
    written: FloatArray
    """Acceptance of the written choice; NaN where there is none."""
    probability: FloatArray
    """Acceptance by option probabilities, normalised over the options; NaN where not given."""
    outside: FloatArray
    """Mass outside the options; NaN where not given."""
    first_chosen: FloatArray
    """1 where the first-named option was chosen, 0 where another; NaN without a choice."""
    planned: int
    """All asks of the run, those without options and those of other arms too."""
    answered: int
    """Those with a stored answer, of whatever outcome but error."""
    failed: int
    """Those that failed for good so far, and those that could not be asked because what they need failed."""

    def keep(self, rows: BoolArray) -> "Sheet":
        """The same run with only these rows."""
        columns: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        kept: dict[str, Any] = {n: column[rows] for n, column in columns.items() if isinstance(column, np.ndarray)}
        return replace(self, **kept)

    def observations(
        self, rows: BoolArray, response: FloatArray, *, labelled: bool = True, covariates: Sequence[int] | None = None
    ) -> Observations:
        """The rows with a response as the estimators take them; `labelled` leaves out clips without labels.

        `covariates` are columns to adjust for; by default those that `measured` gives for these rows.
        """
        usable = rows & ~np.isnan(response)
        if labelled:
            usable &= ~self.clips.unlabelled[self.clip]
        return Observations(
            response[usable],
            self.clip[usable],
            self.wording[usable],
            self.framing[usable],
            np.nan_to_num(self.clips.labels),
            self.clips.cluster,
            np.nan_to_num(self.clips.covariates[:, list(self.measured(usable) if covariates is None else covariates)]),
        )

    def measured(self, rows: BoolArray) -> list[int]:
        """Columns of covariates to adjust for: known for every clip in use, given ten clips or more a regressor."""
        seen = np.flatnonzero(np.bincount(self.clip[rows], minlength=len(self.clips.ids)))
        return adjusted_for(self.clips.covariates[seen], self.clips.labels.shape[1])

    def rows(self, condition: str, construct: str | None = None) -> BoolArray:
        """Which rows are of a condition and, where given, of a construct."""
        found: BoolArray = self.condition == condition
        if construct is not None:
            found = found & (self.construct == construct)
        return found


def adjusted_for(covariates: FloatArray, values: int) -> list[int]:
    """Columns of the covariates (clips, c) of the clips in use that a regression adjusts for: those known for every
    clip, given ten clips or more a regressor (the intercept, `values` labels and these)."""
    complete: list[int] = np.flatnonzero(~np.isnan(covariates).any(axis=0)).tolist()
    return complete if covariates.shape[0] >= 10 * (1 + values + len(complete)) else []
