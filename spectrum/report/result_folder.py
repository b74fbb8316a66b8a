"""Read a result folder's summary and tables as they are found; what is missing or damaged is said, not raised."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

Row = dict[str, Any]
View = TypeVar("View")
_MISSING = " is missing."


def read_summary(path: Path, view: type[View], problems: list[str]) -> View | None:
    """summary.json as `view`, which names what a page reads of it; None, and a problem, where it cannot be read."""
    try:
        return TypeAdapter(view).validate_python(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        problems.append(f"{path.name} is missing: the answers have not been tallied yet.")
    except (OSError, ValueError, ValidationError, RecursionError) as error:
        problems.append(f"{path.name} is damaged and was left out ({first_line(error)}).")
    return None


def read_table(path: Path, schema: pa.Schema, problems: list[str], columns: Sequence[str] = ()) -> pa.Table | None:
    """The table with exactly these columns of its schema (all by default), or None with a problem."""
    wanted = list(columns or schema.names)
    name = f"{path.parent.name}/{path.name}" if path.parent.name == "tables" else path.name
    try:
        table = pq.read_table(path, columns=wanted)
        if set(table.column_names) != set(wanted):
            raise pa.ArrowInvalid("columns are missing")
        return table.select(wanted).cast(pa.schema([schema.field(column) for column in wanted]))
    except FileNotFoundError:
        problems.append(name + _MISSING)
    except (OSError, pa.ArrowException) as error:
        problems.append(f"{name} is damaged and was left out ({first_line(error)}).")
    return None


def read_rows(folder: Path, schemas: Mapping[str, pa.Schema], problems: list[str]) -> dict[str, list[Row]]:
    """Rows of every small table of `folder` by its name; none where a table is missing or damaged."""
    tables = {name: read_table(folder / f"{name}.parquet", schema, problems) for name, schema in schemas.items()}
    return {name: [] if table is None else table.to_pylist() for name, table in tables.items()}


def gathered(problems: Sequence[str]) -> tuple[str, ...]:
    """The problems in order, with all that are missing in one sentence."""
    missing = [problem for problem in problems if problem.endswith(_MISSING)]
    if len(missing) < 2:
        return tuple(problems)
    listed = ", ".join(problem.removesuffix(_MISSING) for problem in missing)
    return (*(problem for problem in problems if problem not in missing), f"Missing: {listed}.")


def first_line(error: Exception) -> str:
    """What an error says, in its first line."""
    return (str(error).splitlines() or [type(error).__name__])[0]
