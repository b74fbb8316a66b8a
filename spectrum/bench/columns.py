"""Columns of text as numbers: codes for names, rows for ids, without a Python object a row."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spectrum.errors import RunFolderError
from spectrum.runs.table_files import reading
from spectrum.stats.observations import IntArray

_HEX = 32
"""Digits of the ids that runs are made of (spectrum.runs.identity)."""


def read_columns(path: Path) -> tuple[str, ...]:
    """Names of the columns of a Parquet file. Raises RunFolderError where it is absent or damaged."""
    with reading(path):
        try:
            return tuple(pq.read_schema(path).names)
        except FileNotFoundError:
            raise RunFolderError(
                f"{path.parent} has no {path.name}: the run was never planned, or is not a run"
            ) from None


def codes(names: list[str]) -> IntArray:
    """Numbers for names, in the names' order."""
    number = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], dtype=np.int64)


def numbered(column: pa.ChunkedArray | pa.Array) -> tuple[IntArray, tuple[str, ...]]:
    """Numbers and names of a text column without nulls; the names in order of first appearance."""
    encoded = _encoded(column)
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), tuple(encoded.dictionary.to_pylist())


def coded(column: pa.ChunkedArray) -> IntArray:
    """Numbers of a column of ids, which nobody reads: equal ids, equal numbers.

    Of ids of 32 hex digits the first 64 bits: two of a million differ but share them once in forty million runs.
    """
    halves = _halves(column)
    if halves is not None:
        return halves[:, 0].astype(np.int64)
    return np.asarray(_encoded(column).indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def rows_of(wanted: pa.ChunkedArray, known: pa.ChunkedArray) -> IntArray:
    """Row of each wanted id among the known ones, which are distinct; -1 where it is not there."""
    ours, theirs = _halves(wanted), _halves(known)
    if ours is None or theirs is None or not len(theirs) or np.unique(theirs[:, 0]).size < len(theirs):
        place = pc.index_in(wanted.combine_chunks(), value_set=known.combine_chunks())
        return np.asarray(pc.fill_null(place, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    order = np.argsort(theirs[:, 0])
    at = order[np.minimum(np.searchsorted(theirs[:, 0], ours[:, 0], sorter=order), len(theirs) - 1)]
    return np.asarray(np.where((theirs[at] == ours).all(axis=1), at, -1), dtype=np.int64)


def _halves(column: pa.ChunkedArray) -> NDArray[np.uint64] | None:
    """Ids of 32 hex digits as (n, 2) numbers of 64 bits; None where one of them is something else."""
    if column.null_count or not pa.types.is_string(column.type):
        return None
    parts = []
    for chunk in column.chunks:
        _, offsets, content = chunk.buffers()
        places = np.frombuffer(offsets, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        if not len(chunk):
            continue
        if (np.diff(places) != _HEX).any():
            return None
        digits = bytes(memoryview(content)[int(places[0]) : int(places[-1])])
        try:
            parts.append(np.frombuffer(bytes.fromhex(digits.decode("ascii")), dtype=">u8").astype(np.uint64))
        except ValueError:
            return None
    return np.concatenate([np.zeros(0, dtype=np.uint64), *parts]).reshape(-1, 2)


def _encoded(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return plain if pa.types.is_dictionary(plain.type) else plain.dictionary_encode()
