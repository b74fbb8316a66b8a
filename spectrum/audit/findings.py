"""What an audit found, in a table and a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from spectrum.audit.audited_run import AuditedRun
from spectrum.audit.correction import LabelAudit, audit_labels
from spectrum.audit.judgements import judged
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


def findings(run: AuditedRun) -> Findings:
    """Hold the run's labels against all judgements so far. Raises ConfigError for a damaged line."""
    seen = judged(run.judgements(), run.clip_ids, run.system.codes)
    if not seen.clip.size:
        return Findings(None, "nothing was judged yet")
    audit = audit_labels(labels_of(run), run.in_set, seen)
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


def audit_rows(audit: LabelAudit, codes: Sequence[str]) -> list[dict[str, object]]:
    """The metric table `audit` (runs.tables.AUDIT)."""
    quality = audit.quality
    return [
        {
            "value": code,
            "audited": int(quality.audited[v]),
            "precision": _known(quality.precision[v]),
            "precision_low": _known(quality.precision_low[v]),
            "precision_high": _known(quality.precision_high[v]),
            "recall": _known(quality.recall[v]),
            "kappa": _known(audit.kappa[v]),
        }
        for v, code in enumerate(codes)
    ]


def _known(number: float) -> float | None:
    return None if np.isnan(number) else round(float(number), 6)


def _number(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f}"
