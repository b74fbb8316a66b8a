"""Read a result folder's summary and tables as they are found; what is missing or damaged is said, not raised."""

import json
import math
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
        for column in wanted:  # a cast would take numbers for words
            if pa.types.is_string(schema.field(column).type) and _is_number(table.schema.field(column).type):
                raise pa.ArrowInvalid(f"column {column} holds numbers")
        return table.select(wanted).cast(pa.schema([schema.field(column) for column in wanted]))
    except FileNotFoundError:
        problems.append(name + _MISSING)
    except (OSError, pa.ArrowException) as error:
        problems.append(f"{name} is damaged and was left out ({first_line(error)}).")
    return None


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def read_rows(folder: Path, schemas: Mapping[str, pa.Schema], problems: list[str]) -> dict[str, list[Row]]:
    """Rows of every small table of `folder` by its name; none where a table is missing or damaged.

    Rows that no table is written with are left out, with a problem: what they are about is null, or a number is none.
    """
    tables: dict[str, list[Row]] = {}
    for name, schema in schemas.items():
        table = read_table(folder / f"{name}.parquet", schema, problems)
        rows = [] if table is None else table.to_pylist()
        tables[name] = [row for row in rows if row[schema.names[0]] is not None and _all_finite(row)]
        if len(tables[name]) < len(rows):
            problems.append(f"{len(rows) - len(tables[name]):,} rows of tables/{name} are damaged and were left out.")
    return tables


def _all_finite(row: Row) -> bool:
    return all(math.isfinite(cell) for cell in row.values() if isinstance(cell, float))


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
