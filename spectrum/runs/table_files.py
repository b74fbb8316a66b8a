"""Metric tables: from rows to columns, and onto the disk, each as Parquet and CSV, whole or not at all."""

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from spectrum.errors import RunFolderError
from spectrum.runs.durable import write_durably
from spectrum.runs.folder import RunFolder

_DECIMALS = 9
"""Numbers are rounded to this many decimals, so that another summation order writes the same bytes."""


def table_of(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """A table of rows by column name; NaN and infinite numbers become null, a column that a row lacks too."""
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return pa.Table.from_pylist(plain, schema=schema)


def write_tables(run: RunFolder, tables: Mapping[str, pa.Table]) -> None:
    """Write `tables/NAME.parquet` and `tables/NAME.csv` for each table by its name. Raises RunFolderError."""
    try:
        run.tables.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(
            f"{run.tables} cannot be made ({error.strerror}); choose a folder you may write"
        ) from error
    for name, table in tables.items():
        parquet, csv = io.BytesIO(), io.BytesIO()
        pq.write_table(table, parquet)
        pyarrow.csv.write_csv(table, csv)
        write_durably(run.tables / f"{name}.parquet", parquet.getvalue())
        write_durably(run.tables / f"{name}.csv", csv.getvalue())


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Within the block a file that cannot be read becomes RunFolderError: damaged, and why in a line."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise RunFolderError(f"{path} is damaged: {why}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0 if np.isfinite(value) else None
    return value
