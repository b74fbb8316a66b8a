"""The checks of a bench as a user asks for them: null ladder, written subsets, the first screen and the rest."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from spectrum.pocket.checkpoints import ARCHITECTURES
from tests.support.commands import Shell

SMALL = ("--limit", 12, "--long-side", 64, "--frames", 2, "--quiet")


def summary(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "summary.json").read_text())
    return found


def arms(run: Path) -> dict[str, int]:
    found = pq.read_table(run / "plan.parquet", columns=["arm"])["arm"].value_counts().to_pylist()
    return {row["values"]: row["counts"] for row in found}


def test_a_default_run_asks_blank_and_permuted_pictures_and_says_so(
    shell: Shell, clip_index: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    out = shell.ok("bench", "planted:hedonism?greedy=1", "--index", clip_index, "--out", run, "--quiet")
    assert set(arms(run)) == {"intact", "blank", "permuted"}
    assert "Picture matters: " in out and "not run" not in out
    assert "All else: spectrum report" in out and "Null ladder" not in out
    full = shell.ok("report", run, "--full")
    for part in (
        "Null ladder, neutral",
        "blank frames",
        "What the question did",
        "matched controls",
        "The paper's own",
    ):
        assert part in full, part
    assert "Reliability, neutral" in full


def test_the_ladder_can_be_left_out_or_chosen_and_is_part_of_the_run(
    shell: Shell, clip_index: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command = ("bench", "planted:hedonism", "--index", clip_index, "--out", run, *SMALL)
    out = shell.ok(*command, "--no-null-ladder")
    assert set(arms(run)) == {"intact"} and "Picture matters: not run" in out
    assert "null_ladder" in shell.fails(*command, "--null-ladder", "blank")
    other = shell.ok("bench", "planted:hedonism", "--index", clip_index, "--dry-run", *SMALL, "--null-ladder", "masked")
    assert "check that the answers come from the pictures" in other


@pytest.mark.parametrize(
    "architecture",
    [pytest.param(name, marks=() if name == "smolvlm" else pytest.mark.slow) for name in ARCHITECTURES],
)
def test_a_checkpoint_describes_clips_and_answers_without_pictures(
    shell: Shell, clip_index: Path, answering_checkpoints: Mapping[str, Path], tmp_path: Path, architecture: str
) -> None:
    run = tmp_path / "run"
    shell.ok(
        "bench", f"hf:{answering_checkpoints[architecture]}", "--index", clip_index, "--out", run, "--limit", 4,
        "--long-side", 64, "--frames", 2, "--quiet", "--null-ladder", "blank,permuted,caption,masked",
        "--ladder-clips", 1, "--written", "subset",
    )  # fmt: skip
    found = summary(run)
    assert found["status"] == "done" and found["failed"] == 0
    assert set(arms(run)) == {"intact", "blank", "permuted", "caption", "masked", "describe"}
    rungs = {row["rung"]: row for row in pq.read_table(run / "tables" / "null_ladder.parquet").to_pylist()}
    assert all(rungs[name]["asked"] > 0 for name in ("blank", "permuted", "caption", "masked"))


def test_recorded_answers_of_a_ladder_answer_again(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    first, second, answers = tmp_path / "first", tmp_path / "second", tmp_path / "answers.jsonl"
    common = ("--index", clip_index, *SMALL, "--null-ladder", "blank,permuted,caption,masked")
    # Greedy: where two clips are described alike, a recording cannot tell their answers apart.
    shell.ok("bench", "planted:tradition?greedy=1", "--out", first, *common)
    shell.ok("report", first, "--answers", answers)
    shell.ok("bench", f"recorded:{answers}", "--out", second, *common)
    assert summary(second)["failed"] == 0
    for table in sorted((first / "tables").glob("*.csv")):
        assert table.read_bytes() == (second / "tables" / table.name).read_bytes(), table.name


def test_mistakes_about_checks_are_one_line(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    where = ("--index", clip_index, "--out", tmp_path / "run", *SMALL)
    assert "no rung of the null ladder" in shell.fails(
        "bench", "planted:random", *where, "--null-ladder", "upside-down"
    )
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"ask_id": "1", "text": "yes"}\n')
    line = shell.fails("bench", f"recorded:{answers}", *where, "--written", "none")
    assert "gives no option probabilities without writing" in line
    assert not (tmp_path / "run").exists()
