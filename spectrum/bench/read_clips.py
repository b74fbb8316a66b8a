"""The clips of a run folder as arrays."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spectrum.bench.sheet import COVARIATES, Clips
from spectrum.errors import RunFolderError
from spectrum.stats.observations import FloatArray, IntArray

_WANTED = ("clip_id", "platform", "duration_s", "cluster", *COVARIATES, "labels", "label_source", "value_sets",
           "control_for", "keywords")  # fmt: skip


def read_clips(path: Path, values: int) -> Clips:
    """Read clips.parquet, in order of clip_id; `values` is how many labels a clip must have.

    Raises RunFolderError where it is absent or damaged, or a clip has another number of labels.
    """
    read_columns(path)
    try:
        table = pq.read_table(path, columns=list(_WANTED)).sort_by("clip_id")
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"{path} is damaged: {str(error).splitlines()[0]}") from error
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


def read_columns(path: Path) -> tuple[str, ...]:
    """Names of the columns of a Parquet file. Raises RunFolderError where it is absent or damaged."""
    try:
        return tuple(pq.read_schema(path).names)
    except FileNotFoundError:
        raise RunFolderError(f"{path.parent} has no {path.name}: the run was never planned, or is not a run") from None
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"{path} is damaged: {str(error).splitlines()[0]}") from error


def codes(names: list[str]) -> IntArray:
    """Numbers for names, in the names' order."""
    number = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], dtype=np.int64)


def numbered(column: pa.ChunkedArray | pa.Array) -> tuple[IntArray, tuple[str, ...]]:
    """Numbers and names of a text column without nulls; the names in order of first appearance."""
    encoded = _encoded(column)
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), tuple(encoded.dictionary.to_pylist())


def coded(column: pa.ChunkedArray | pa.Array) -> IntArray:
    """Numbers of a text column without nulls, for names that nobody reads: equal text, equal number."""
    return np.asarray(_encoded(column).indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _encoded(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return plain if pa.types.is_dictionary(plain.type) else plain.dictionary_encode()


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
