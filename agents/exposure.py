"""Which values a feed showed, and what the agent did there: counted from the trace, by the labels of the clips."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.trace import SlotRecord
from spectrum.runs.tables import ACTIONS, EXPOSURE


def exposure_share(labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """E_v = sum_i z_iv / sum_v sum_i z_iv over the clips shown, `labels` of shape (clips, values).

    Shape (values,), summing to 1; NaN where no clip shown evokes any value.
    """
    total = float(labels.sum())
    if total == 0:
        return np.full(labels.shape[1], np.nan)
    return np.asarray(labels.sum(axis=0) / total)


def exposure_table(
    records: Sequence[SlotRecord], catalogue: Catalogue, codes: Sequence[str], sources: Mapping[str, str]
) -> pa.Table:
    """tables.EXPOSURE: one row an agent and value, from its feed slots; `sources` gives each clip's label source.

    The row's `label_source` is "retrieval" as soon as one shown clip was labelled so: where the feed ranks by the same
    vectors, exposure then moves with the ranking by construction.
    """
    row_of = {clip_id: row for row, clip_id in enumerate(catalogue.clip_ids)}
    shown: defaultdict[tuple[str, str, int], list[str]] = defaultdict(list)
    for record in records:
        if record.kind == "feed":
            shown[record.agent, record.condition, record.replicate].append(record.clip_id)
    everything = exposure_share(catalogue.labels)
    rows: list[dict[str, object]] = []
    for (agent, condition, replicate), clip_ids in sorted(shown.items()):
        shares = exposure_share(catalogue.labels[[row_of[clip_id] for clip_id in clip_ids]])
        found = {sources[clip_id] for clip_id in clip_ids}
        for code, share, available in zip(codes, shares, everything, strict=True):
            rows.append(
                {
                    "agent": agent,
                    "condition": condition,
                    "replicate": replicate,
                    "value": code,
                    "share": None if np.isnan(share) else float(share),
                    "catalogue_share": None if np.isnan(available) else float(available),
                    "slots": len(clip_ids),
                    "label_source": "retrieval" if "retrieval" in found else "+".join(sorted(found)),
                }
            )
    return pa.Table.from_pylist(rows, schema=EXPOSURE)


def action_table(records: Sequence[SlotRecord]) -> pa.Table:
    """tables.ACTIONS: what each agent did in its feed slots; a reply without an action counts as `none`."""
    counts: defaultdict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    for record in records:
        if record.kind == "feed":
            counts[record.agent, record.condition, record.replicate][record.action or "none"] += 1
    rows = [
        {
            "agent": agent,
            "condition": condition,
            "replicate": replicate,
            "slots": count.total(),
            "like": count["like"],
            "watch": count["watch"],
            "skip": count["skip"],
            "none": count["none"],
        }
        for (agent, condition, replicate), count in sorted(counts.items())
    ]
    return pa.Table.from_pylist(rows, schema=ACTIONS)
