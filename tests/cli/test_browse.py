import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from agents.trace import read_trace
from tests.support.commands import Shell

SMALL = ("--slots", 10, "--probe-every", 5, "--agents", 2, "--frames", 2, "--quiet")


def summary(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text())


def test_a_design_is_walked_and_told_arm_by_arm(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    out = shell.ok(
        "browse", "planted:follower", "--index", clip_index, "--persona", "adventurer", "--out", run, *SMALL,
        "--design", "persona,neutral,twin x adaptive,random,yoked", "--actions", "like,watch,skip,follow",
        "--watch-model", "by-interest", "--feed", "epsilon?epsilon=0.2",
    )  # fmt: skip
    found = summary(run)
    assert found["kind"] == "browse" and found["status"] == "done"
    assert "neutral@yoked:adventurer" in out and "(model)" in out and "the index" in out
    assert found["design"]["actions"] == ["like", "watch", "skip", "follow"]
    assert found["design"]["watch_model"].startswith("by-interest")
    shell.ok("report", run)
    assert summary(run) == found


def test_feeds_draw_from_the_whole_index_and_probes_from_the_suite(
    shell: Shell, clip_index: Path, tmp_path: Path
) -> None:
    run, suite = tmp_path / "run", tmp_path / "suite.json"
    shell.ok("freeze", "--index", clip_index, "--out", suite, "--per-value", 1, "--controls", 0)
    in_suite = {row["clip"]["clip_id"] for row in json.loads(suite.read_text())["clips"]}
    shell.ok(
        "browse",
        "planted:random",
        "--index",
        clip_index,
        "--items",
        suite,
        "--out",
        run,
        *SMALL[2:6],
        "--slots",
        24,
        "--quiet",
    )
    slots = pq.read_table(run / "tables" / "slots.parquet").to_pylist()
    assert {row["clip_id"] for row in slots if row["kind"] == "probe"} <= in_suite
    assert {row["clip_id"] for row in slots if row["kind"] == "feed"} - in_suite
    assert pq.read_table(run / "tables" / "feed_map.parquet").num_rows == 30


def test_the_papers_preset_says_how_the_share_of_yes_changed(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    out = shell.ok(
        "browse", "planted:random", "--index", clip_index, "--preset", "paper", "--again-after", 20, "--agents", 2,
        "--out", run, "--quiet", "--persona", "adventurer", "--design", "persona,neutral x adaptive",
    )  # fmt: skip
    rows = pq.read_table(run / "tables" / "yes_change.parquet").to_pylist()
    assert {row["window"] for row in rows} == {50} and {row["pair"] for row in rows} == {-1, 0, 1}
    assert "share of accepted clips changed by" in " ".join(out.split())
    for row in rows:
        assert row["points"] == pytest.approx(row["last"] - row["first"], abs=2e-6)
        assert row["percent"] == pytest.approx(100 * row["points"] / row["first"], abs=1e-2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--feed", "tiktok"), "unknown feed 'tiktok'"),
        (("--feed", "rocchio?speed=2"), "no option 'speed'"),
        (("--feed", "popularity"), "no clip has a popularity"),
        (("--feed", "qdrant", "--feed-through-store"), "a server"),
        (("--actions", "like,dance"), "unknown action 'dance'"),
        (("--watch-model", "stopwatch"), "unknown watch model"),
        (("--design", "persona x tiktok"), "no word 'tiktok'"),
        (("--design", "neutral x yoked"), "nobody to walk"),
        (("--design", "neutral x memory"), "--memory WORDS"),
        (("--slots", "300"), "more --slots|fewer slots or probes"),
        (("--slots", "34", "--probe-every", "0"), "34 feed slots need as many clips; the index has 30"),
    ],
)
def test_mistakes_are_one_line(
    shell: Shell, clip_index: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    import re

    told = shell.fails("browse", "planted:random", "--index", clip_index, "--out", tmp_path / "run", *SMALL, *options)
    assert re.search(said, told), told


def test_memory_is_a_design_of_its_own(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shell.ok(
        "browse", "planted:random", "--index", clip_index, "--out", run, *SMALL, "--memory", 60,
        "--design", "neutral x adaptive x memory,no-memory x probes,no-probes",
    )  # fmt: skip
    arms = set(pq.read_table(run / "tables" / "actions.parquet")["arm"].to_pylist())
    assert arms == {"neutral@adaptive", "neutral@adaptive+memory", "neutral@adaptive-probes",
                    "neutral@adaptive+memory-probes"}  # fmt: skip
    assert summary(run)["design"]["memory_words"] == 60


def test_a_persona_without_a_profile_has_no_opposite_until_one_is_named(
    shell: Shell, clip_index: Path, tmp_path: Path
) -> None:
    people = tmp_path / "people.yaml"
    people.write_text("- id: somebody\n  name: Somebody\n  traits: [I have two brothers.]\n  tier: none\n")
    command = ("browse", "planted:random", "--index", clip_index, "--persona", people, *SMALL, "--design", "reversed")
    assert "somebody has no profile" in shell.fails(*command, "--out", tmp_path / "a")
    shell.ok(*command, "--out", tmp_path / "b", "--reverse-to", "adventurer")
    slots = pq.read_table(tmp_path / "b" / "tables" / "slots.parquet").to_pylist()
    assert {row["condition"] for row in slots if row["slot"] >= 5} == {"adventurer"}


def test_an_agent_that_leaves_ends_its_episode_and_the_run_is_done(
    shell: Shell, clip_index: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shell.ok("browse", "planted:always-no", "--index", clip_index, "--out", run, *SMALL, "--design", "neutral",
             "--actions", "like,skip,leave", "--slots", 20, "--seed", 3)  # fmt: skip
    found = summary(run)
    assert found["status"] == "done" and set(found["ended"].values()) == {"left"}
    slots = pq.read_table(run / "tables" / "slots.parquet").to_pylist()
    for agent in found["agents"]:
        mine = [row["action"] for row in slots if row["agent"] == agent]
        assert mine[-1] == "leave" and "leave" not in mine[:-1]


def test_a_dry_run_says_what_would_be_asked_at_most_and_asks_nothing(
    shell: Shell, clip_index: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command = ("--index", clip_index, "--persona", "adventurer", "--out", run, *SMALL)
    out = shell.ok("browse", "planted:follower", *command, "--dry-run", "--price-in", 2, "--price-out", 8)
    assert not run.exists()
    (most,) = re.findall(r"planted:follower would get (\d+) asks at most, by (?:\d+) agents", out)
    assert "cost: about" in out and "pictures:" in out and "independent clips are too few for a profile" in out
    shell.ok("browse", "planted:follower", *command)
    asked = pq.read_table(run / "plan.parquet").num_rows
    records = read_trace(run / "trace.jsonl").records
    feed = sum(record.kind == "feed" for record in records)
    assert f"feed slots: {feed}, one ask each; the other asks are of {len(records) - feed} probes" in out
    assert asked + feed <= int(most) == sum(len(record.asks) for record in records)
    assert "there is no checkpoint folder ./nothere" in shell.fails("browse", "hf:./nothere", *command, "--dry-run")
