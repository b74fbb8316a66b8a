"""What an audit found, in a table and a sentence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.audit.audited_run import AuditedRun
from spectrum.audit.correction import LabelAudit, audit_labels
from spectrum.audit.judgements import Judged, judged
from spectrum.audit.sample import AuditSample
from spectrum.runs.folder import RunFolder
from spectrum.stats.observations import FloatArray

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Findings:
    """Of one run's audit so far."""

    audit: LabelAudit | None
    """None where nothing was judged."""
    sentence: str


def labels_of(run: AuditedRun) -> FloatArray:
    """(m, v) label probabilities of the run's clips, NaN rows for clips without."""
    column = pq.read_table(RunFolder(run.root).clips, columns=["labels"]).column("labels").combine_chunks()
    width = len(run.system.codes)
    return np.array(
        [[np.nan] * width if labels is None else labels for labels in column.to_pylist()], dtype=np.float64
    ).reshape(-1, width)


def weights_of(run: AuditedRun, sample: AuditSample, seen: Judged) -> FloatArray:
    """(m,) weight of every clip: the sample's, and one for a judged clip that this sample would not draw."""
    weight = np.ones(len(run.clip_ids))
    weight[sample.clip] = sample.weight
    return weight


def findings(run: AuditedRun, sample: AuditSample) -> Findings:
    """Hold the run's labels against all judgements so far. Raises ConfigError for a damaged line."""
    seen = judged(run.judgements(), run.clip_ids, run.system.codes)
    if not seen.clip.size:
        return Findings(None, "nothing was judged yet")
    audit = audit_labels(labels_of(run), run.in_set, weights_of(run, sample, seen), seen)
    return Findings(audit, sentence(audit))


def sentence(audit: LabelAudit) -> str:
    """One line for the labels light."""
    people = f"{len(audit.raters)} rater" + ("s" if len(audit.raters) > 1 else "")
    text = f"{audit.precision:.2f} precise ({audit.clips:,} audited by {people}"
    if not np.isnan(audit.kappa).all():
        text += f", kappa {float(np.nanmean(audit.kappa)):.2f}"
    text += ")"
    if audit.calibration is None:
        return f"{text}; the regression is uncorrected: {audit.uncorrected_because}"
    return f"{text}; the regression is corrected, condition number {audit.calibration.condition_number:.1f}"


def table(audit: LabelAudit, names: tuple[str, ...]) -> "Table":
    """One row a value, for a terminal."""
    from rich.table import Table

    drawn = Table("value", "audited", "precision", "95%", "recall", "kappa")
    quality = audit.quality
    for v, name in enumerate(names):
        drawn.add_row(
            name,
            f"{quality.audited[v]:.0f}",
            _number(quality.precision[v]),
            ""
            if np.isnan(quality.precision[v])
            else f"[{quality.precision_low[v]:.2f}, {quality.precision_high[v]:.2f}]",
            _number(quality.recall[v]),
            _number(audit.kappa[v]),
        )
    return drawn


def audit_rows(audit: LabelAudit, codes: tuple[str, ...]) -> pa.Table:
    """The metric table `audit` (runs.tables.AUDIT)."""
    quality = audit.quality
    return pa.table(
        {
            "value": list(codes),
            "audited": quality.audited.astype(np.int64),
            "precision": quality.precision,
            "precision_low": quality.precision_low,
            "precision_high": quality.precision_high,
            "recall": quality.recall,
            "kappa": audit.kappa,
        }
    )


def _number(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f}"
