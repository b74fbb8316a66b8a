"""`spectrum compare` as a shell sees it: exit status, the sentence, files, and one line for a mistake."""

import json
from pathlib import Path

import numpy as np
import pytest

from spectrum.published import load_published
from tests.support.commands import Shell
from tests.support.many_runs import write_runs
from tests.support.run_folders import Likes, SimulatedRun, refuses, simulated_clips

HEDONIST = np.array([0.0, 0.0, 5.0, 0.0, -5.0, 0.0, 0.0, 0.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_runs(
        tmp_path_factory.mktemp("runs"),
        np.stack([np.zeros(10), HEDONIST, np.zeros(10)]),
        clips_a_value=30,
        common=0.95,
        wordings=8,
        names=("a", "b", "c"),
    )


def test_a_comparison_says_what_differs_and_ends_well(shell: Shell, runs: list[Path]) -> None:
    told = shell.ok("compare", *runs[:2])
    assert "planted:b accepted Hedonism clips" in told
    assert "This describes answers to these clips, not what the models value." in told


def test_fail_over_is_status_one_and_says_which(shell: Shell, runs: list[Path]) -> None:
    ran = shell("compare", *runs[:2], "--fail-over", 5)
    assert ran.status == 1
    assert "Real differences beyond 5 points: Hedonism +" in ran.out.replace("\n", " ")
    assert shell("compare", runs[0], runs[2], "--fail-over", 5).status == 0
    assert shell("compare", *runs[:2], "--fail-over", 95).status == 0


def test_a_limit_that_looks_like_a_share_is_refused(shell: Shell, runs: list[Path]) -> None:
    ran = shell("compare", *runs[:2], "--fail-over", 0.05)
    assert ran.status == 2 and "it is in points: give 5 for five points" in ran.err
    assert shell("compare", *runs[:2], "--fail-over", 0).status == 1


def test_fail_over_does_not_pass_where_nothing_could_be_compared(
    shell: Shell, runs: list[Path], tmp_path: Path
) -> None:
    clips = simulated_clips(5)
    one = SimulatedRun(clips, respondent="planted:one").write(tmp_path / "a", Likes({"neutral": (0.0,) * 10})).root
    silent = SimulatedRun(clips, respondent="planted:silent").write(tmp_path / "b", refuses).root
    assert shell("compare", one, silent).status == 0
    line = shell.fails("compare", one, silent, "--fail-over", 5)
    assert "cannot be compared, because of planted:silent" in line
    told = " ".join(shell("compare", one, silent, "--fail-over", 5).out.split())
    assert "No real difference" not in told
    assert "cannot be compared: --fail-over cannot pass." in told


def test_a_summary_is_written_and_printed_as_json(shell: Shell, runs: list[Path], tmp_path: Path) -> None:
    printed = json.loads(shell.ok("compare", *runs, "--out", tmp_path / "out", "--json"))
    assert printed == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert printed["kind"] == "compare"
    assert printed["groups"] is not None


def test_published_figures_stand_alone_or_beside(shell: Shell, runs: list[Path], tmp_path: Path) -> None:
    alone = shell.ok("compare", "--published", "--out", tmp_path / "out")
    assert "Of 8 published profiles 3 (GPT-4o, Claude 3.5 Sonnet, BLIP-2)" in alone.replace("\n", " ")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["kind"] == "compare"
    beside = shell.ok("compare", *runs[:2], "--published")
    assert "planted:b accepted Hedonism" in beside and "BLIP-2" in beside
    told = json.loads(shell.ok("compare", "--published", "--json"))
    assert told["kendalls_w"]["w"] == pytest.approx(0.310855)
    assert load_published().source in " ".join(alone.split())


def test_a_declared_difference_is_followed(shell: Shell, runs: list[Path], tmp_path: Path) -> None:
    told = shell.ok("compare", *runs[:2], "--sequential", "Hedonism", "--out", tmp_path / "out")
    assert "planted:b against planted:a, Hedonism clips: decided after" in told
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["sequential"]["value"] == "HE"
    flat = json.loads(shell.ok("compare", runs[0], runs[2], "--sequential", "level", "--json"))
    assert flat["sequential"]["decided_at_round"] is None


def test_mistakes_are_one_line(shell: Shell, runs: list[Path], tmp_path: Path) -> None:
    assert "name the runs to compare" in shell.fails("compare")
    assert "alone is nothing to compare" in shell.fails("compare", runs[0])
    assert "named twice" in shell.fails("compare", runs[0], runs[0])
    assert str(tmp_path / "gone") in shell.fails("compare", runs[0], tmp_path / "gone")
    assert "holds a run" in shell.fails("compare", *runs[:2], "--out", runs[0])
    assert "unknown value 'Cats'" in shell.fails("compare", *runs[:2], "--sequential", "Cats")
    assert "test of its own" in shell.fails("compare", *runs[:2], "--sequential", "Power", "--fail-over", 5)
    clips = simulated_clips(5)
    half = SimulatedRun(clips).write(tmp_path / "half", Likes({"neutral": (0.0,) * 10}), share=0.5).root
    line = shell.fails("compare", runs[0], half)
    assert "half is unfinished: 300 of 600 asks are answered" in line
