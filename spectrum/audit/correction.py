"""What an audit says of a run's labels: their quality, and the labels the regression should use instead."""

from dataclasses import dataclass

import numpy as np

from spectrum.audit.judgements import Judged
from spectrum.audit.sample import PER_VALUE, audit_weights
from spectrum.stats.label_quality import Calibration, LabelQuality, calibrate, label_quality, rater_kappa
from spectrum.stats.observations import BoolArray, FloatArray
from video_index.keyed import uniforms

_WORST_CONDITION = 30.0
"""Above this the audit cannot tell the labels of some values apart, and correcting would blow up noise."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelAudit:
    """Quality a value, agreement of raters, and the calibration where enough was audited."""

    quality: LabelQuality
    kappa: FloatArray
    """(v,) between raters; NaN with one rater."""
    clips: int
    """Audited clips."""
    raters: tuple[str, ...]
    calibration: Calibration | None
    uncorrected_because: str | None
    """Why there is no calibration; None where there is one."""

    @property
    def precision(self) -> float:
        """Mean over the values' sets that were audited."""
        return float(np.nanmean(self.quality.precision)) if (self.quality.audited > 0).any() else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class AuditedLabels:
    """What an audit found of a run's clips, and the labels as they were before it."""

    audit: LabelAudit
    raw: FloatArray
    """(m, v)"""
    resamples: tuple[Calibration, ...]
    """The correction from resampled audits; empty where nothing was corrected."""


def audit_labels(labels: FloatArray, in_set: BoolArray, seen: Judged) -> LabelAudit:
    """Hold labels and value sets (m, v) of all clips against judgements."""
    rows = seen.clip
    weight = audit_weights(in_set, rows)
    quality = label_quality(in_set[rows], seen.truth, weight[rows])
    few = quality.audited < PER_VALUE
    short = in_set.sum(axis=0) < PER_VALUE
    whole = np.array([set(np.flatnonzero(column)) <= set(rows.tolist()) for column in in_set.T])
    labelled = ~np.isnan(labels[rows]).any(axis=1)
    calibration, reason = None, None
    if (few & ~(short & whole)).any():
        left = int((few & ~(short & whole)).sum())
        reason = f"for {left} value{'s'[: left != 1]} neither {PER_VALUE} clips nor the whole set was audited"
    elif int(labelled.sum()) < 3 * labels.shape[1]:
        reason = f"only {int(labelled.sum())} audited clips have labels"
    else:
        found = calibrate(labels[rows][labelled], seen.truth[labelled], weight[rows][labelled])
        if found.condition_number > _WORST_CONDITION:
            number = found.condition_number
            reason = f"the condition number of the correction is {number:.0f} (at most {_WORST_CONDITION:.0f})"
        else:
            calibration = found
    return LabelAudit(quality, rater_kappa(seen.by_rater), int(rows.size), seen.raters, calibration, reason)


def resampled(labels: FloatArray, in_set: BoolArray, seen: Judged, *, draws: int, seed: int = 0) -> list[Calibration]:
    """Calibrations from keyed bootstrap samples of the audited clips: how uncertain the correction itself is."""
    weight = audit_weights(in_set, seen.clip)
    rows = seen.clip[~np.isnan(labels[seen.clip]).any(axis=1)]
    truth = seen.truth[~np.isnan(labels[seen.clip]).any(axis=1)]
    found = []
    for draw in range(draws):
        chosen = (uniforms(rows.size, seed, draw, "audit", "bootstrap") * rows.size).astype(np.int64)
        found.append(calibrate(labels[rows[chosen]], truth[chosen], weight[rows[chosen]]))
    return found
