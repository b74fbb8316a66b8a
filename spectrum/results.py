"""What a finished run says, for programs and notebooks: its summary and its tables, as they lie in the folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.table_files import reading


@dataclass(frozen=True, slots=True)
class Results:
    """One result folder: a bench, a browse or adherence run, a comparison, ..."""

    folder: Path
    summary: Mapping[str, Any]
    """summary.json: `kind`, `status` ("empty", "unfinished" or "done"), `headline`, and what the kind adds."""

    @property
    def headline(self) -> str:
        """The sentence a person reads first."""
        return str(self.summary["headline"])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tables there are, in alphabetical order."""
        return tuple(sorted(path.stem for path in RunFolder(self.folder).tables.glob("*.parquet")))

    def table(self, name: str) -> pa.Table:
        """A table by its name ("profile"); its columns are described by the schema in spectrum.runs.tables.

        Raises RunFolderError, listing the tables there are, for another name, and where the table is damaged.
        """
        if name not in self.names:
            raise RunFolderError(f"{self.folder} has no table {name!r}; it has {', '.join(self.names) or 'none'}")
        path = RunFolder(self.folder).tables / f"{name}.parquet"
        with reading(path):
            return pq.read_table(path)


def read_results(folder: str | Path) -> Results:
    """Read a result folder. Raises RunFolderError where it is none, was not tallied yet, or is damaged."""
    place = Path(folder)
    path = RunFolder(place).summary
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunFolderError(f"{place} has no {path.name}: it is no result folder, or was not tallied yet") from None
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} is damaged: {error}") from error
    if not isinstance(summary, dict) or "headline" not in summary:
        raise RunFolderError(f"{path} is damaged: it has no headline")
    return Results(place, summary)
