"""The catalogue as a run folder keeps it: labels and map of every clip, vectors of those that were shown.

With it the tables of a run can be made again without the index.
"""

import io
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.stock import plane
from spectrum.errors import RunFolderError
from spectrum.runs.durable import write_durably

NAME = "catalogue.parquet"
_FORMAT = b"1"
_SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
        ("label_source", pa.string()),
        ("labels", pa.list_(pa.float64())),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("duration_s", pa.float64()),
        ("title", pa.string()),
        ("vector", pa.list_(pa.float32())),
    ]
)


def write_catalogue(folder: Path, catalogue: Catalogue, shown: Collection[str] = ()) -> None:
    """Write catalogue.parquet into a run folder, whole or not at all; vectors of `shown` clips only."""
    coordinates = plane(catalogue.vectors)
    keep = set(shown)
    count = len(catalogue)
    table = pa.table(
        {
            "clip_id": list(catalogue.clip_ids),
            "label_source": list(catalogue.sources) or [""] * count,
            "labels": [None if np.isnan(row).any() else row.tolist() for row in catalogue.labels],
            "x": coordinates[:, 0],
            "y": coordinates[:, 1],
            "duration_s": [catalogue.duration(row) for row in range(count)],
            "title": [catalogue.title(row) for row in range(count)],
            "vector": [
                vector.tolist() if clip_id in keep else None
                for clip_id, vector in zip(catalogue.clip_ids, catalogue.vectors, strict=True)
            ],
        },
        schema=_SCHEMA.with_metadata(
            {"codes": ",".join(catalogue.codes), "dimension": str(catalogue.vectors.shape[1]), "format": _FORMAT}
        ),
    )
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    write_durably(folder / NAME, stream.getvalue())


def read_catalogue(folder: Path) -> tuple[Catalogue, NDArray[np.float64]]:
    """The catalogue of a run folder and the map's coordinates (clips, 2); vectors that were not kept are zero.

    Raises RunFolderError where the file is absent or damaged.
    """
    path = folder / NAME
    try:
        table = pq.read_table(path)
        metadata = table.schema.metadata or {}
        codes = tuple(metadata[b"codes"].decode().split(","))
        dimension = int(metadata[b"dimension"])
        table = table.cast(_SCHEMA)
    except FileNotFoundError:
        raise RunFolderError(f"{folder} has no {NAME}: it is no browse run, or never began") from None
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise RunFolderError(f"{path} is damaged: {str(error).splitlines()[0]}") from error
    rows = table.num_rows
    labels = np.full((rows, len(codes)), np.nan)
    vectors = np.zeros((rows, dimension), dtype=np.float32)
    for target, column in ((labels, "labels"), (vectors, "vector")):
        for row, numbers in enumerate(table[column].to_pylist()):
            if numbers is not None:
                target[row] = numbers
    catalogue = Catalogue(
        clip_ids=tuple(table["clip_id"].to_pylist()),
        vectors=vectors,
        labels=labels,
        sources=tuple(table["label_source"].to_pylist()),
        codes=codes,
        durations=table["duration_s"].to_numpy(),
        titles=tuple(table["title"].to_pylist()),
    )
    return catalogue, np.column_stack([table["x"].to_numpy(), table["y"].to_numpy()])
