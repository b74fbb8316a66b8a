"""`spectrum adhere` and `spectrum personas` as a user types them."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from personas.persona import load_personas
from spectrum.runs.store import AnswerStore
from tests.support.commands import Shell

SMALL = (
    "--per-clip",
    1,
    "--long-side",
    64,
    "--frames",
    1,
    "--quiet",
    "--per-value",
    2,
    "--arms",
    "none",
    "--controls",
    1,
)


@pytest.fixture
def people(tmp_path: Path, shell: Shell) -> Path:
    """Nine personas of five targets, and one control."""
    path = tmp_path / "people.yaml"
    shell.ok("personas", "--save", path)
    chosen = [p for p in load_personas(path) if p.group in ("daredevil", "planner", "magnate") or p.id == "plain"]
    from personas.persona import save_personas

    save_personas(chosen, path)
    return path


def test_a_planted_follower_is_said_to_follow_and_the_report_says_it_again(
    shell: Shell, clip_index: Path, people: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    out = shell.ok(
        "adhere", "planted:follower?strength=2", "--personas", people, "--clips", clip_index, "--strategies",
        "simple,isq,profile", "--out", run, *SMALL,
    )  # fmt: skip
    summary = json.loads((run / "summary.json").read_text())
    assert summary["kind"] == "adhere" and summary["status"] == "done" and summary["headline"] in out.replace("\n", " ")
    assert json.loads((run / "manifest.json").read_text())["kind"] == "adhere"
    assert "follows" in out and "another's target" in out and "isq" in out and "slope" in out
    assert f"report: {run / 'report.html'}" in out.replace("\n", " ")
    assert "Persona adherence" in (run / "report.html").read_text()
    rows = pq.read_table(run / "tables" / "adherence.parquet").to_pylist()
    (r,) = [
        row for row in rows
        if (row["strategy"], row["measure"], row["tier"], row["arm"], row["statistic"])
        == ("simple", "written", "all", "as written", "distinctive_r")
    ]  # fmt: skip
    assert r["low"] > 0.3
    before = {path.name: path.read_bytes() for path in (run / "tables").iterdir()}
    assert summary["headline"] in shell.ok("report", run, "--answers", tmp_path / "answers.jsonl")
    assert {path.name: path.read_bytes() for path in (run / "tables").iterdir()} == before
    assert len((tmp_path / "answers.jsonl").read_text().splitlines()) == summary["answered"]


def test_a_killed_run_goes_on_and_asks_nothing_twice(
    shell: Shell, clip_index: Path, people: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command = ("adhere", "planted:follower", "--personas", people, "--index", clip_index, "--strategies", "simple",
               "--out", run, *SMALL)  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "spectrum", *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and not (run / "answers.sqlite").exists():
        time.sleep(0.02)
    process.kill()
    process.wait()
    shell.ok(*command)
    summary = json.loads((run / "summary.json").read_text())
    assert summary["status"] == "done" and summary["answered"] == summary["planned"]
    with AnswerStore(run / "answers.sqlite", read_only=True) as store:
        first = store.attempts()
    shell.ok(*command)
    with AnswerStore(run / "answers.sqlite", read_only=True) as store:
        assert store.attempts() == first
    line = shell.fails(*command, "--construct", "watch")
    assert "holds a run with other settings" in line


def test_what_would_be_asked_is_said_and_nothing_is(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    out = shell.ok("adhere", "hf:no/such-model", "--clips", clip_index, "--dry-run", "--out", tmp_path / "run", *SMALL)
    assert "74 personas under simple, isq, profile, and nobody" in out
    assert "profile leaves out 8 personas (" in out and "cost" not in out
    priced = shell.ok(
        "adhere", "openai:gpt-x", "--clips", clip_index, "--dry-run", *SMALL, "--price-in", 2, "--price-out", 8
    )
    (tokens,) = re.findall(r"tokens: about ([\d,]+) in, at most ([\d,]+) out", priced)
    sent, written = (int(count.replace(",", "")) for count in tokens)
    assert f"cost: about {(2 * sent + 8 * written) / 1e6:.2f} USD at the prices given" in priced
    assert not (tmp_path / "run").exists()


def test_what_cannot_be_told_is_said_before_anything_is_asked(
    shell: Shell, clip_index: Path, people: Path, tmp_path: Path
) -> None:
    one = ("adhere", "planted:follower", "--clips", clip_index, "--personas", "adventurer", "--out", tmp_path / "run")
    planned = shell.ok(*one, "--dry-run", *SMALL[:-4], "--limit", 8)
    assert "1 persona under simple, isq, profile, and nobody" in planned
    assert "note: the personas have 1 target, and an adherence takes 3 different ones or more" in planned
    assert "8 independent clips are too few for a profile, which takes at least 22" in planned
    assert "profile leaves out the placebo of adventurer: it cannot put one that has no target" in planned
    ran = shell(*one, *SMALL, "--strategies", "simple")
    assert "an adherence takes 3 different ones or more" in ran.err and "nan" not in ran.out
    several = shell.ok("adhere", "planted:follower", "--clips", clip_index, "--personas", people, "--dry-run", *SMALL)
    assert "an adherence takes" not in several


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--personas", "stranger"), "no persona 'stranger'"),
        (("--personas", "missing.yaml"), "cannot read the personas missing.yaml"),
        (("--strategies", "magic"), "unknown strategy 'magic'"),
        (("--strategies", "simple,simple"), "named twice"),
        (("--arms", "legs"), "--arms takes placebo, opposite or none, not 'legs'"),
        (("--personas", "plain", "--strategies", "profile", "--arms", "none"), "no strategy can put any"),
        (("--tier", "none", "--personas", "adventurer"), "no persona of adventurer is of the tier none"),
        (("--items", "suite.json"), "--clips names the clips already"),
        (("--construct", "love"), "love"),
    ],
)
def test_a_mistake_is_one_line(
    shell: Shell, clip_index: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert said in shell.fails("adhere", "planted:follower", "--clips", clip_index, *arguments)


def test_a_broken_persona_file_is_named_with_its_line(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "- id: a\n  name: A\n  tier: named\n  target_source: me\n  target: {Fun: 1}\n  traits: [I like fun.]\n"
    )
    line = shell.fails("adhere", "planted:follower", "--clips", clip_index, "--personas", path)
    assert f"{path}:5" in line and "unknown value 'Fun'" in line
    assert f"{path}:5" in shell.fails("personas", "--file", path)


def test_the_library_is_listed_with_bars_tiers_and_leaks(shell: Shell, tmp_path: Path) -> None:
    out = shell.ok("personas")
    assert "74 personas, 22 different targets" in out
    (line,) = [line for line in out.splitlines() if line.startswith("adventurer ")]
    assert "described" in line and "█" in line
    assert "its tier says it should not" not in shell.ok("personas", "--leaks")
    named = shell.ok("personas", "--tier", "named", "--leaks")
    assert "22 personas" in named and "names Security by its name" in named
    mine = tmp_path / "mine.yaml"
    mine.write_text("- {id: a, name: A, tier: described, traits: [Security is important to me.]}\n")
    told = shell.ok("personas", "--file", mine, "--leaks")
    assert told.count("its tier says it should not") == 2
    made = shell.ok("personas", "--like", "Stimulation=2,Security=-1", "--save", tmp_path / "made.csv")
    assert "1 personas" in made and load_personas(tmp_path / "made.csv")[0].target is not None
    assert "VALUE=NUMBER" in shell.fails("personas", "--like", "Stimulation")
    assert "unknown value 'Fun'" in shell.fails("personas", "--like", "Fun=1")


@pytest.mark.slow
def test_the_pocket_model_is_asked_by_its_alias(shell: Shell, tmp_path: Path) -> None:
    shell.ok("adhere", "pocket", "--personas", "pocket", "--strategies", "simple", "--first", 4, "--arms", "none",
             "--limit", 30, "--per-clip", 1, "--out",
             tmp_path / "run", "--quiet")  # fmt: skip
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["status"] == "done"
