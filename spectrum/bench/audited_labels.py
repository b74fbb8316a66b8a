"""An audit in a tally: labels that people would have given, and what not knowing them exactly adds to an interval."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from spectrum.audit.correction import AuditedLabels, audit_labels, resampled
from spectrum.audit.judgements import NAME, judged, read_judgements
from spectrum.bench.arms import Arm
from spectrum.bench.sheet import Clips, Sheet
from spectrum.stats.clustered import ClusteredEstimate
from spectrum.stats.design import profile_design
from spectrum.stats.label_quality import Calibration
from spectrum.stats.observations import Framing, NotEstimableError, Observations
from spectrum.values import ValueSystem

_DRAWS = 50


def with_audit(sheets: Mapping[Arm, Sheet], root: Path, system: ValueSystem) -> Mapping[Arm, Sheet]:
    """The sheets with corrected labels and the audit beside; as they are without judgements.

    Raises ConfigError, with file and line, where a judgement is damaged.
    """
    clips = sheets[Arm.INTACT].clips
    seen = judged(read_judgements(root / NAME, system), clips.ids, system.codes)
    if not seen.clip.size:
        return sheets
    in_set = np.column_stack([clips.in_set(code) for code in system.codes])
    audit = audit_labels(clips.labels, in_set, seen)
    known = clips.labels
    draws: tuple[Calibration, ...] = ()
    if audit.calibration is not None:
        known = audit.calibration.apply(clips.labels)
        draws = tuple(resampled(clips.labels, in_set, seen, draws=_DRAWS))
    corrected = replace(clips, labels=known, audited=AuditedLabels(audit, clips.labels, draws))
    return {arm: replace(sheet, clips=corrected) for arm, sheet in sheets.items()}


def widened(clustered: ClusteredEstimate, observations: Observations, clips: Clips) -> ClusteredEstimate:
    """The estimate with the covariance that the correction's own error adds; as it is where nothing was corrected.

    The spread of the profile of clip means (the differences, of a contrast) over resampled corrections. Probability
    scale. It counts as the clips' part: audited clips are clips.
    """
    if clips.audited is None or not clips.audited.resamples:
        return clustered
    means = _clip_means(observations)
    profiles = []
    for calibration in clips.audited.resamples:
        labels = np.nan_to_num(calibration.apply(clips.audited.raw))
        try:
            design = profile_design(replace(means, labels=labels))
        except NotEstimableError:
            continue
        totals = np.zeros(design.distinct.shape[0])
        np.add.at(totals, design.row, means.response)
        profiles.append(design.wanted @ (design.inverse_gram @ (design.distinct.T @ totals)))
    if len(profiles) < 2:
        return clustered
    extra = np.cov(np.array(profiles), rowvar=False)
    return replace(clustered, covariance=clustered.covariance + extra, clip_part=clustered.clip_part + extra)


def _clip_means(observations: Observations) -> Observations:
    """One response a clip: its mean; framing is balanced within clips and drops out."""
    seen, place = np.unique(observations.clip, return_inverse=True)
    mean = np.bincount(place, observations.response) / np.bincount(place)
    same = np.zeros(seen.size, dtype=np.int64)
    return replace(
        observations, response=mean, clip=seen, wording=same, framing=np.full(seen.size, int(Framing.WOULD), np.int64)
    )
