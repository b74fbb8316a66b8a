"""What is known of the labels that a profile rests on: where they come from, and what an audit found.

The one place where evidence on labels enters a light; corrected labels enter in spectrum.bench.audited_labels.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from spectrum.audit.correction import AuditedLabels
from spectrum.bench.sheet import Sheet

KNOWN_SOURCES = ("people", "sidecar")
"""Labels that count as audited when every clip has them."""


@dataclass(frozen=True, slots=True)
class Audit:
    """People's labels beside those in use."""

    clips: int
    precision: float
    """Share of the labels in use that people confirm, over all values."""
    uncorrected_because: str | None
    """Why the regression was not corrected by it; None where it was."""
    condition_number: float | None
    """Of the correction."""


@dataclass(frozen=True, slots=True)
class LabelEvidence:
    """Of the clips asked about under one condition."""

    sources: Counter[str] = field(default_factory=Counter)
    """Clips by where their labels come from; "" for none."""
    audit: Audit | None = None


def label_evidence(sheet: Sheet, condition: str) -> LabelEvidence:
    """Gather what is known of the labels of a condition's clips."""
    clips = np.flatnonzero(np.bincount(sheet.clip[sheet.rows(condition)], minlength=len(sheet.clips.ids)))
    unlabelled = sheet.clips.unlabelled
    sources = Counter("" if unlabelled[row] else sheet.clips.sources[row] for row in clips.tolist())
    return LabelEvidence(sources, _audit(sheet.clips.audited))


def _audit(audited: AuditedLabels | None) -> Audit | None:
    if audited is None:
        return None
    found = audited.audit
    return Audit(
        clips=found.clips,
        precision=found.precision,
        uncorrected_because=found.uncorrected_because,
        condition_number=None if found.calibration is None else found.calibration.condition_number,
    )
