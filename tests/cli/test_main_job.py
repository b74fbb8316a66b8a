"""The whole job as a user types it, on real parts: real clips, a real index, real tiny checkpoints, real servers."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spectrum.pocket.checkpoints import ARCHITECTURES
from spectrum.runs.store import AnswerStore
from tests.support.commands import Shell
from tests.support.openai_server import OpenAIServer
from tests.support.qdrant_server import qdrant_server

SMALL = ("--limit", 3, "--long-side", 64, "--frames", 2, "--quiet", "--no-null-ladder")


def summary(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text())


@pytest.mark.parametrize(
    "architecture",
    [pytest.param(one, marks=[pytest.mark.slow] if place else []) for place, one in enumerate(ARCHITECTURES)],
)
def test_a_checkpoint_is_asked_with_and_without_a_persona(
    shell: Shell, clip_index: Path, answering_checkpoints: Mapping[str, Path], tmp_path: Path, architecture: str
) -> None:
    run = tmp_path / "run"
    out = shell.ok(
        "bench", f"hf:{answering_checkpoints[architecture]}", "--index", clip_index, "--persona", "adventurer",
        "--out", run, *SMALL,
    )  # fmt: skip
    found = summary(run)
    assert (found["planned"], found["answered"], found["failed"]) == (96, 96, 0)  # 3 clips x 16 forms x 2 conditions
    assert found["conditions"] == ["neutral", "adventurer"]
    assert "report.html" in out and (run / "report.html").stat().st_size > 10_000
    with AnswerStore(run / "answers.sqlite", read_only=True) as store:
        assert all(mass is not None for mass in store.table()["probabilities"].to_pylist())
    assert len(list((run / "thumbnails").glob("*.webp"))) == 3


def test_a_served_model_gets_the_pictures_and_the_run_goes_on_where_it_was(
    shell: Shell, clip_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-to-be-seen-anywhere")
    run, suite = tmp_path / "run", tmp_path / "suite.json"
    shell.ok("freeze", "--index", clip_index, "--out", suite, "--long-side", 64, "--frames", 2)
    with OpenAIServer(key="sk-not-to-be-seen-anywhere") as server:
        command = (
            "bench", server.spec, "--items", suite, "--persona", "adventurer", "--limit", 3, "--out", run,
            "--no-null-ladder",
        )  # fmt: skip
        ran = shell(*command, "--budget-calls", 20, "--quiet")
        assert ran.status == 3 and "budget" in ran.err
        assert len(server.requests) == 20
        shell.ok(*command, "--quiet")
        assert len(server.requests) == 96
        assert all(len(request.pictures) == 2 for request in server.requests)
        shell.ok(*command, "--quiet")
        assert len(server.requests) == 96
    assert summary(run)["answered"] == 96
    for path in run.rglob("*"):
        assert path.is_dir() or b"sk-not-to-be-seen" not in path.read_bytes(), path


def test_a_planted_profile_is_found_and_said(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    out = shell.ok(
        "bench", "planted:hedonism?strength=6", "--index", clip_index, "--out", tmp_path / "run", "--crossed",
        "--frames", 2, "--long-side", 64, "--quiet",
    )  # fmt: skip
    profile = pq.read_table(tmp_path / "run" / "tables" / "profile.parquet").to_pylist()
    rows = [row for row in profile if row["scale"] == "probability" and row["measure"] == "written"]
    assert max(rows, key=lambda row: row["estimate"])["value"] == "HE"
    assert "Hedonism" in out


@pytest.mark.slow
def test_recorded_answers_give_the_same_tables_as_the_run_they_come_from(
    shell: Shell, clip_index: Path, tmp_path: Path
) -> None:
    first, second, answers = tmp_path / "first", tmp_path / "second", tmp_path / "answers.jsonl"
    common = ("--index", clip_index, "--persona", "caretaker", *SMALL)
    shell.ok("bench", "planted:tradition", "--out", first, *common)
    shell.ok("report", first, "--answers", answers)
    shell.ok("bench", f"recorded:{answers}", "--out", second, *common)
    for table in sorted((first / "tables").glob("*.csv")):
        assert table.read_bytes() == (second / "tables" / table.name).read_bytes(), table.name


@pytest.mark.slow
def test_the_paper_protocol_gives_percent_and_sample_deviation(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    out = shell.ok(
        "bench", "planted:always-yes", "--protocol", "paper", "--index", clip_index, "--persona", "achiever",
        "--out", tmp_path / "run", "--quiet",
    )  # fmt: skip
    rows = pq.read_table(tmp_path / "run" / "tables" / "paper.parquet").to_pylist()
    neutral = [row for row in rows if row["condition"] == "neutral"]
    assert len(neutral) == 10
    assert all(row["percent"] == 100 * row["yes"] / row["asked"] for row in neutral)
    assert "sample SD" in out


def test_an_index_on_a_qdrant_server_serves_the_whole_job(
    shell: Shell, clip_folder: Path, embedder_folder: Path, clip_index: Path, tmp_path: Path
) -> None:
    with qdrant_server() as server:
        url = f"{server.url}/short-videos"
        out = shell.ok("index", clip_folder, "--index", url, "--embedder", embedder_folder, "--quiet")
        assert "30 indexed" in out
        assert "0 indexed, 30 already there" in shell.ok("index", clip_folder, "--index", url, "--quiet")
        for query in (("a dog in the snow",), ("a crown", "--platform", "tiktok", "--max-seconds", 5)):
            served = shell.ok("search", *query, "--index", url, "--json")
            assert served == shell.ok("search", *query, "--index", clip_index, "--json")
            assert len(served.splitlines()) == 10 or query != ("a dog in the snow",)
        shell.ok("bench", "planted:random", "--index", url, "--out", tmp_path / "run", *SMALL)
    assert summary(tmp_path / "run")["status"] == "done"


@pytest.mark.parametrize("named", [True, False])
def test_an_index_grows_by_the_same_command_with_or_without_its_embedder_named(
    shell: Shell, clip_folder: Path, embedder_folder: Path, tmp_path: Path, named: bool
) -> None:
    index = tmp_path / "clips.index"
    shell.ok("index", clip_folder, "--index", index, "--embedder", embedder_folder, "--sample", 2, "--quiet")
    again = ("--embedder", embedder_folder) if named else ()
    out = shell.ok("index", clip_folder, "--index", index, "--quiet", *again)
    assert "28 indexed, 2 already there" in out


def test_browsing_is_replayable_and_a_second_run_asks_nothing(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = (
        "browse", "planted:stimulation?strength=4", "--index", clip_index, "--persona", "adventurer",
        "--slots", 16, "--probe-every", 4, "--replicates", 2, "--out", run, "--frames", 2, "--quiet",
    )  # fmt: skip
    out = shell.ok(*command)
    assert "exposure" in out and "trace.jsonl" in out
    trace = (run / "trace.jsonl").read_bytes()
    assert trace.count(b'"slot":{') == 96  # persona, neutral and twin x 2 replicates x 16 slots
    tables = {path.name: path.read_bytes() for path in (run / "tables").glob("*.csv")}
    with AnswerStore(run / "answers.sqlite", read_only=True) as store:
        attempts = store.attempts()
    shell.ok(*command)
    assert (run / "trace.jsonl").read_bytes() == trace
    assert {path.name: path.read_bytes() for path in (run / "tables").glob("*.csv")} == tables
    with AnswerStore(run / "answers.sqlite", read_only=True) as store:
        assert store.attempts() == attempts


def test_a_dry_run_asks_nothing_and_needs_no_model(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    out = shell.ok(
        "bench", "hf:no/such-model", "--index", clip_index, "--dry-run", "--out", tmp_path / "run",
        "--price-in", 2.5, "--price-out", 10,
    )  # fmt: skip
    assert "asks in" in out and "USD" in out
    assert not (tmp_path / "run").exists()
