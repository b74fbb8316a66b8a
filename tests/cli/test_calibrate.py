import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from spectrum.calibration.gate import Effort, Figure, GateResult, Tell
from spectrum.cli.main import cli
from spectrum.errors import ConfigError


class Fails:
    name = "impossible"
    about = "a limit that nothing keeps"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        tell("one cell")
        return GateResult((Figure(self.name, "one cell", "two", 2.0, None, 1.0, runs=effort.of(9, 9)),))


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room of its own with a gate that fails."""
    module = ModuleType("a_room_with_a_gate")
    module.GATES = (Fails(),)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(
        importlib.import_module("spectrum.cli.calibrate"), "_ROOMS", ("spectrum.calibration.gates", module.__name__)
    )


def test_a_gate_prints_its_figures_and_writes_them(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        cli, ["calibrate", "--gate", "permuted", "--runs", "10", "--out", str(tmp_path / "new"), "--quiet"]
    )
    assert result.exit_code == 0, result.output
    assert "SD of mean profile / intact SD" in result.output
    assert "The instrument passes: limits kept by all 2 figures of 1 gate on planted respondents." in result.output
    assert json.loads((tmp_path / "new" / "summary.json").read_text())["runs"] == 10


def test_a_limit_that_is_missed_is_said_and_exits_with_one(room: None, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["calibrate", "--gate", "impossible", "--out", str(tmp_path), "--quiet"])
    assert result.exit_code == 1
    assert "FAILS" in result.output
    assert "The instrument fails: 1 of 1 figure of 1 gate" in result.output
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert not summary["passes"]
    assert summary["gates"][0]["missed"] == ["one cell: two 2, needed at most 1"]


def test_an_unknown_gate_is_one_line_with_what_there_is(room: None) -> None:
    result = CliRunner().invoke(cli, ["calibrate", "--gate", "nope"])
    assert isinstance(result.exception, ConfigError)
    assert "no gate 'nope'; choose from recovery, mutants, confounds" in str(result.exception)
    assert "impossible" in str(result.exception)
