"""Rows of a manifest: CSV, TSV, JSON lines or Parquet, each with the place to name when it is wrong."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from video_index.errors import ClipSourceError

MANIFEST_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
PATH_COLUMNS = ("path", "file", "filename", "filepath", "file_path", "video", "image", "video_path", "image_path")
LOOKED_AT = 50
"""How many first rows decide which column names the files."""


def read_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(where, cells) for each row, in order; `where` is `line 7` or `row 7`, counted as an editor counts.

    Raises ClipSourceError for a file or a row that cannot be read.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            yield from _parquet(path)
        elif suffix in {".jsonl", ".ndjson"}:
            yield from _json_lines(path)
        else:
            yield from _separated(path)
    except UnicodeDecodeError:
        raise ClipSourceError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise ClipSourceError(f"{path}: cannot be read ({error.strerror or error})") from None


def path_column(path: Path, rows: Sequence[Mapping[str, Any]]) -> str:
    """The column that names the files: of the usual names, the one under which most of these rows have a file.

    A manifest can hold several (a `path` of the original beside a `file` here); among equals the first of
    PATH_COLUMNS wins. Raises ClipSourceError where there is none.
    """
    columns = {name.strip().lower(): name for row in rows for name in row}
    usual = [columns[name] for name in PATH_COLUMNS if name in columns]
    if not usual:
        raise ClipSourceError(
            f"{path}: no column names the files; call it one of {', '.join(PATH_COLUMNS)} (found: {', '.join(columns)})"
        )

    def hits(column: str) -> int:
        named = [str(row.get(column) or "").strip() for row in rows[:LOOKED_AT]]
        return sum(1 for name in named if name and (path.parent / name).is_file())

    return max(usual, key=lambda column: (hits(column), -usual.index(column)))


def _separated(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header = stream.readline()
        delimiter = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=header.count)
        stream.seek(0)
        reader = csv.DictReader(stream, delimiter=delimiter, restkey="\0rest")
        try:
            for row in reader:
                where = f"line {reader.line_num}"
                if "\0rest" in row:
                    raise ClipSourceError(f"{path}, {where}: more cells than the header has columns")
                yield where, row
        except csv.Error as error:
            raise ClipSourceError(f"{path}, line {reader.line_num}: {error}") from None


def _json_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise ClipSourceError(f"{path}, line {number}: not JSON ({error})") from None
            if not isinstance(row, dict):
                raise ClipSourceError(f"{path}, line {number}: not a JSON object")
            yield f"line {number}", row


def _parquet(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    number = 0
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    number += 1
                    yield f"row {number}", row
    except pa.ArrowException as error:
        raise ClipSourceError(f"{path}: not readable Parquet ({str(error).splitlines()[0]})") from None
