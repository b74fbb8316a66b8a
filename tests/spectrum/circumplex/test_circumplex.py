import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spectrum.circumplex.profiles import read_profiles
from spectrum.circumplex.result import analyse, headline, lines, write_circumplex
from spectrum.errors import ConfigError, RunFolderError
from spectrum.runs.tables import CIRCUMPLEX_METRICS, LEVEL, PROFILE
from spectrum.values import SCHWARTZ
from tests.spectrum.stats.test_circumplex import planted
from tests.support.commands import Shell


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


def write_profiles(folder: Path, scores: np.ndarray, *, level: bool = True, start: int = 0) -> Path:
    """A run folder with a condition a row of scores."""
    means = scores.mean(axis=1)
    profile = [
        {
            "condition": f"p{start + row}", "construct": "like", "measure": "written", "scale": scale, "value": code,
            "estimate": float(scores[row, place] - means[row]) * (1 if scale == "probability" else 5),
        }
        for row in range(len(scores))
        for place, code in enumerate(SCHWARTZ.codes)
        for scale in ("probability", "logit")
    ]  # fmt: skip
    levels = [
        {"condition": f"p{start + row}", "construct": "like", "measure": "written", "estimate": float(means[row])}
        for row in range(len(scores))
    ]
    tables = folder / "tables"
    tables.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(profile, schema=PROFILE), tables / "profile.parquet")
    if level:
        pq.write_table(pa.Table.from_pylist(levels, schema=LEVEL), tables / "level.parquet")
    return folder


def test_profiles_are_read_centred_and_with_their_level(tmp_path: Path) -> None:
    scores = planted(4)
    found = read_profiles([write_profiles(tmp_path / "run", scores)])
    assert found.names[0] == "run: p0" and found.centred.shape == (4, 10)
    assert found.centred == pytest.approx(scores - scores.mean(axis=1, keepdims=True))
    assert found.with_level == pytest.approx(scores)


def test_a_folder_of_runs_counts_each_of_their_conditions_once(tmp_path: Path) -> None:
    scores = planted(6)
    write_profiles(tmp_path / "runs" / "a", scores[:4])
    write_profiles(tmp_path / "runs" / "b", scores[4:], level=False)
    found = read_profiles([tmp_path / "runs"])
    assert found.names == ("a: p0", "a: p1", "a: p2", "a: p3", "b: p0", "b: p1")
    assert found.with_level is None  # one level is missing: Browne's model would mix two kinds of scores
    with pytest.raises(ConfigError, match="named twice"):
        read_profiles([tmp_path / "runs", tmp_path / "runs" / "a"])


def test_what_is_found_is_said_and_written_in_the_tables_schemas(tmp_path: Path) -> None:
    profiles = read_profiles([write_profiles(tmp_path / "run", planted(60))])
    found = analyse(profiles)
    assert "Over 60 profiles the circular order of the 10 values is found: of 800 predictions" in headline(found)
    told = " ".join(lines(found, profiles))
    assert "Browne's circular model: chi-square" in told and "Below 100 profiles" in told
    assert "it says of no model what it values" in told
    write_circumplex(tmp_path / "out", found, profiles, ["run"])
    for name, schema in CIRCUMPLEX_METRICS.items():
        table = pq.read_table(tmp_path / "out" / "tables" / f"{name}.parquet")
        assert table.schema.equals(schema) and table.num_rows > 0
    assert pq.read_table(tmp_path / "out" / "tables" / "circumplex_correlations.parquet").num_rows == 45
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["kind"], summary["status"], summary["format_version"]) == ("circumplex", "done", 1)
    assert summary["headline"] == headline(found) and summary["found"] is True and summary["model"]["df"] == 25


def test_the_command_prints_what_it_found(shell: Shell, tmp_path: Path) -> None:
    write_profiles(tmp_path / "run", planted(40), level=False)
    out = shell.ok("circumplex", tmp_path / "run", "--out", tmp_path / "out")
    assert out.startswith("Over 40 profiles the circular order of the 10 values is found")
    assert "not fitted, because the correlations are singular" in out
    assert (tmp_path / "out" / "summary.json").exists()


def test_one_model_is_refused_in_one_clear_line(shell: Shell, tmp_path: Path) -> None:
    write_profiles(tmp_path / "run", planted(3))
    line = shell.fails("circumplex", tmp_path / "run")
    assert "takes 30 or more respondents or personas, and there are 3" in line
    assert "one model has a profile, and a correlation of values it has not" in line
    assert "probability profile of 'like'" in shell.fails("circumplex", tmp_path / "run", "--measure", "probability")
    assert "there is no folder" in shell.fails("circumplex", tmp_path / "nowhere")


def test_a_damaged_table_is_one_line(tmp_path: Path) -> None:
    folder = write_profiles(tmp_path / "run", planted(3))
    (folder / "tables" / "profile.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(RunFolderError, match="damaged"):
        read_profiles([folder])
