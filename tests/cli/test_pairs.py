import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spectrum.suite import save_suite
from tests.support.benches import make_suite
from tests.support.commands import Shell
from tests.support.openai_server import OpenAIServer

SMALL = ("--long-side", 64, "--frames", 2, "--quiet")


def test_a_planted_value_wins_over_a_frozen_suite(shell: Shell, tmp_path: Path) -> None:
    suite = tmp_path / "suite.json"
    save_suite(make_suite(per_value=6, controls=0), suite)
    out = shell.ok(
        "pairs", suite, "planted:hedonism?strength=6", "--pairs", 90, "--out", tmp_path / "run", "--quiet"
    )  # fmt: skip
    assert "chose Hedonism clips" in out.splitlines()[0] and "180 of 180 asks answered" in out
    rows = pq.read_table(tmp_path / "run" / "tables" / "pairs_values.parquet").to_pylist()
    assert max((row for row in rows if row["scale"] == "probability"), key=lambda row: row["estimate"])["value"] == "HE"


def test_a_report_of_pairs_is_that_of_pairs_and_its_answers_can_be_asked_again(shell: Shell, tmp_path: Path) -> None:
    suite, answers, run = tmp_path / "suite.json", tmp_path / "answers.jsonl", tmp_path / "run"
    save_suite(make_suite(per_value=4, controls=0), suite)
    said = shell.ok("pairs", suite, "planted:hedonism?strength=6", "--pairs", 45, "--out", run, "--quiet")
    before = (run / "summary.json").read_bytes()
    assert shell.ok("report", run, "--answers", answers).startswith(said)
    assert (run / "summary.json").read_bytes() == before
    shell.ok("pairs", suite, f"recorded:{answers}", "--pairs", 45, "--out", tmp_path / "again", "--quiet")
    ours, theirs = (place / "tables" / "pairs_values.csv" for place in (run, tmp_path / "again"))
    assert ours.read_bytes() == theirs.read_bytes()


def test_an_index_and_its_frozen_suite_give_the_same_run_and_too_few_clips_no_profile(
    shell: Shell, clip_index: Path, tmp_path: Path
) -> None:
    spec = "planted:hedonism?strength=6"
    out = shell.ok("pairs", clip_index, spec, "--pairs", 12, "--out", tmp_path / "run", *SMALL)
    assert "because 12 independent clips are too few" in out.splitlines()[0]
    suite = tmp_path / "suite.json"
    shell.ok("freeze", "--index", clip_index, "--out", suite, "--long-side", 64, "--frames", 2)
    shell.ok("pairs", suite, spec, "--pairs", 12, "--out", tmp_path / "frozen", "--quiet")
    ours, theirs = (pq.read_table(tmp_path / name / "plan.parquet") for name in ("run", "frozen"))
    assert ours == theirs


def test_a_served_model_is_shown_the_pictures_of_both_clips(
    shell: Shell, clip_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with OpenAIServer(key="sk-test") as server:
        command = ("pairs", clip_index, server.spec, "--pairs", 3, "--out", tmp_path / "run", *SMALL)
        ran = shell(*command, "--budget-calls", 4)
        assert ran.status == 3 and len(server.requests) == 4
        shell.ok(*command)
        assert len(server.requests) == 6
        assert all(len(request.pictures) == 4 for request in server.requests)
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["answered"] == 6


def test_a_dry_run_says_what_it_would_take_and_asks_nothing(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    out = shell.ok(
        "pairs", clip_index, "openai:gpt-x", "--pairs", 30, "--persona", "adventurer", "--dry-run", *SMALL,
        "--price-in", 2, "--price-out", 8,
    )  # fmt: skip
    assert "would get 120 asks about 30 pairs" in out and "pictures: 480" in out and "USD" in out
    assert "conditions: neutral, adventurer" in out


def test_mistakes_are_one_line(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    assert "nowhere" in shell.fails("pairs", tmp_path / "nowhere", "planted:hedonism")
    assert "nothing is planted as" in shell.fails("pairs", clip_index, "planted:nobody", *SMALL)
    questions = tmp_path / "own.yaml"
    questions.write_text("name: x\n")
    assert "own.yaml" in shell.fails("pairs", clip_index, "planted:hedonism", "--questions", questions, *SMALL)
