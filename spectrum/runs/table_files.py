"""Metric tables on disk: each as Parquet and CSV, whole or not at all."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from spectrum.runs.manifest import write_durably


def write_table(stem: Path, table: pa.Table) -> None:
    """Write `stem`.parquet and `stem`.csv. Raises RunFolderError."""
    parquet, csv = io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet)
    pyarrow.csv.write_csv(table, csv)
    write_durably(stem.with_name(stem.name + ".parquet"), parquet.getvalue())
    write_durably(stem.with_name(stem.name + ".csv"), csv.getvalue())
