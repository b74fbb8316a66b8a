import json
from pathlib import Path

import pyarrow as pa
import pytest

from spectrum.errors import RunFolderError
from spectrum.results import read_results
from spectrum.runs.folder import RunFolder
from spectrum.runs.table_files import write_tables


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    (tmp_path / "summary.json").write_text(json.dumps({"kind": "bench", "headline": "Said.", "planned": 3}))
    profile = pa.table({"value": ["HE", "PO"], "estimate": [0.1, -0.1]})
    write_tables(RunFolder(tmp_path), {"profile": profile, "level": pa.table({"estimate": [0.5]})})
    return tmp_path


def test_a_finished_run_gives_its_headline_summary_and_tables(finished: Path) -> None:
    found = read_results(str(finished))
    assert (found.headline, found.summary["planned"], found.names) == ("Said.", 3, ("level", "profile"))
    assert found.table("profile")["estimate"].to_numpy().tolist() == [0.1, -0.1]


def test_an_unknown_table_is_told_with_those_there_are(finished: Path) -> None:
    with pytest.raises(RunFolderError, match="has no table 'profiles'; it has level, profile"):
        read_results(finished).table("profiles")


def test_what_is_absent_or_damaged_is_one_line(finished: Path) -> None:
    with pytest.raises(RunFolderError, match="no result folder, or was not tallied yet"):
        read_results(finished / "tables")
    (finished / "tables" / "level.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(RunFolderError, match=r"level.parquet is damaged"):
        read_results(finished).table("level")
    for text in ("{", "[]", "{}", '"headline"'):
        (finished / "summary.json").write_text(text)
        with pytest.raises(RunFolderError, match=r"summary.json is damaged"):
            read_results(finished)
