"""Tables on disk: each file whole or not at all."""

import io
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from spectrum.errors import RunFolderError
from spectrum.runs.manifest import write_durably


def write_metric(stem: Path, table: pa.Table) -> None:
    """Write a metric table as `stem`.parquet and `stem`.csv; its folder is made. Raises RunFolderError."""
    try:
        stem.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise RunFolderError(
            f"{stem.parent} cannot be made ({error.strerror}); choose a folder you may write"
        ) from error
    parquet, csv = io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet)
    pyarrow.csv.write_csv(table, csv)
    write_durably(stem.with_name(stem.name + ".parquet"), parquet.getvalue())
    write_durably(stem.with_name(stem.name + ".csv"), csv.getvalue())


def write_once(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write Parquet piece by piece; a table that is there is left, since the manifest vouches for it.

    Raises RunFolderError where it cannot be written.
    """
    if path.exists():
        return
    fresh = path.with_name(path.name + ".part")
    try:
        with pq.ParquetWriter(fresh, schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)
        fresh.replace(path)
    except OSError as error:
        raise RunFolderError(f"{path} cannot be written ({error.strerror or error}); free some space") from error
