"""What is known of the labels that a profile rests on: where they come from, and what an audit found.

The one place where evidence on labels enters a tally. An audit adds what it knows to `label_evidence`; labels of its
own replace those of the clips in `spectrum.bench.read_clips`.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from spectrum.bench.sheet import Sheet

KNOWN_SOURCES = ("people", "sidecar")
"""Labels that count as audited when every clip has them."""
ENOUGH_AUDITED = 30
"""Clips a value that an audit must hold before labels can be called audited (MEASUREMENT.md 4)."""


@dataclass(frozen=True, slots=True)
class Audit:
    """People's labels beside those in use."""

    clips: int
    fewest_a_value: int
    precision: float
    """Share of the labels in use that people confirm, over all values."""
    corrected: bool
    """Whether the regression was corrected by it."""


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
    return LabelEvidence(Counter("" if unlabelled[row] else sheet.clips.sources[row] for row in clips.tolist()))
