from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.table_files import table_of, write_tables

SCHEMA = pa.schema([("name", pa.string()), ("share", pa.float64()), ("count", pa.int64()), ("named", pa.bool_())])


def test_numbers_that_are_none_become_null_and_others_are_rounded() -> None:
    rows = [
        {"name": np.str_("a"), "share": np.float64(0.1234567894), "count": np.int64(3), "named": np.bool_(True)},
        {"name": "b", "share": float("nan"), "count": 0, "named": False},
        {"name": "c", "share": np.float32("inf"), "named": None},
        {"name": None, "share": -1e-12, "count": None, "named": None},
    ]
    assert table_of(rows, SCHEMA).to_pylist() == [
        {"name": "a", "share": 0.123456789, "count": 3, "named": True},
        {"name": "b", "share": None, "count": 0, "named": False},
        {"name": "c", "share": None, "count": None, "named": None},
        {"name": None, "share": 0.0, "count": None, "named": None},
    ]
    assert str(table_of(rows, SCHEMA)["share"][3]) == "0.0"  # and not -0.0


def test_a_table_is_written_as_parquet_and_csv(tmp_path: Path) -> None:
    table = table_of([{"name": "a", "share": 0.5, "count": 1, "named": True}], SCHEMA)
    write_tables(RunFolder(tmp_path / "run"), {"one": table, "two": SCHEMA.empty_table()})
    folder = tmp_path / "run" / "tables"
    assert sorted(path.name for path in folder.iterdir()) == ["one.csv", "one.parquet", "two.csv", "two.parquet"]
    assert pq.read_table(folder / "one.parquet").equals(table)
    assert pyarrow.csv.read_csv(folder / "one.csv").to_pylist() == table.to_pylist()
    assert pq.read_table(folder / "two.parquet").schema.equals(SCHEMA)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "tables").write_text("a file")
    with pytest.raises(RunFolderError, match=r"tables cannot be made .*; choose a folder you may write$"):
        write_tables(RunFolder(tmp_path), {})
