"""The clips of a run folder as arrays."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spectrum.bench.columns import codes, numbered, read_columns
from spectrum.bench.sheet import COVARIATES, Clips
from spectrum.errors import RunFolderError
from spectrum.runs.table_files import reading
from spectrum.stats.observations import FloatArray

__all__ = ["codes", "numbered", "read_clips"]

_WANTED = ("clip_id", "platform", "duration_s", "cluster", *COVARIATES, "labels", "label_source", "value_sets",
           "control_for", "keywords")  # fmt: skip


def read_clips(path: Path, values: int) -> Clips:
    """Read clips.parquet, in order of clip_id; `values` is how many labels a clip must have.

    Raises RunFolderError where it is absent or damaged, or a clip has another number of labels.
    """
    read_columns(path)
    with reading(path):
        table = pq.read_table(path, columns=list(_WANTED)).sort_by("clip_id")
    ids = tuple(table["clip_id"].to_pylist())
    clusters = table["cluster"].to_pylist()
    return Clips(
        ids=ids,
        labels=_labels(table, ids, values, path),
        sources=tuple(source or "" for source in table["label_source"].to_pylist()),
        cluster=codes([cluster or clip_id for cluster, clip_id in zip(clusters, ids, strict=True)]),
        covariates=np.column_stack([_numbers(table[name]) for name in COVARIATES]).reshape(len(ids), len(COVARIATES)),
        durations=_numbers(table["duration_s"]),
        platforms=tuple(table["platform"].to_pylist()),
        value_sets=_lists(table["value_sets"]),
        keywords=_lists(table["keywords"]),
        control_for=_lists(table["control_for"]),
    )


def _labels(table: pa.Table, ids: tuple[str, ...], values: int, path: Path) -> FloatArray:
    lists = table["labels"].combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero((lengths != 0) & (lengths != values))
    if wrong.size:
        raise RunFolderError(f"{path}: clip {ids[wrong[0]]} has {lengths[wrong[0]]} labels, not {values}")
    labels = np.full((len(ids), values), np.nan)
    labels[lengths == values] = pc.list_flatten(lists).to_numpy(zero_copy_only=False).reshape(-1, values)
    return labels


def _numbers(column: pa.ChunkedArray) -> FloatArray:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _lists(column: pa.ChunkedArray) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(found or ()) for found in column.to_pylist())
