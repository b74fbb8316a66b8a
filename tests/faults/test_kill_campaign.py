"""A few moments of the kill campaign, and that it would see what it looks for."""

import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kill_campaign import COMMANDS, Whole, World, _judge, campaign, left_behind, make_world, stored
from benchmarks.kill_tally import Record, Tally, heads
from tests.support.commands import Shell


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_and_started_again_it_ends_as_if_nothing_had_happened(name: str, world: World, tmp_path: Path) -> None:
    tally = campaign(world, name, 4, 1, tmp_path)
    assert tally.moments == 4
    assert tally.sound, (tally.lost, tally.twice, tally.unequal)


def test_the_campaign_sees_an_answer_that_is_lost_replaced_or_added(
    shell: Shell, command: Callable[..., list[str]], tmp_path: Path
) -> None:
    arguments = [*command("bench", tmp_path / "whole"), "--limit", "3", "--no-null-ladder"]
    shell.ok(*arguments)
    whole = Whole(1.0, (0.0, 1.0), left_behind("bench", tmp_path / "whole"))
    ended = subprocess.CompletedProcess(arguments, 0, "", "")
    standing = stored("bench", tmp_path / "whole")
    first = next(iter(standing)).removeprefix("answer ")

    def judged(statement: str) -> Tally:
        run = tmp_path / "run"
        shutil.copytree(tmp_path / "whole", run)
        with sqlite3.connect(run / "answers.sqlite") as connection:
            connection.executescript(f"DROP TRIGGER answers_stay; DROP TRIGGER answers_keep; {statement}")
        tally = Tally()
        _judge(tally, "bench", run, whole, standing, ended)
        shutil.rmtree(run)
        return tally

    assert judged("").sound
    assert len(judged(f"DELETE FROM answers WHERE ask_id = '{first}'").lost) == 1
    assert len(judged(f"UPDATE answers SET answered_at = 'later' WHERE ask_id = '{first}'").lost) == 1
    assert len(judged(f"UPDATE answers SET text = 'other' WHERE ask_id = '{first}'").unequal) == 1
    assert len(judged("INSERT INTO answers SELECT 'x', outcome, choice, fields, text, finish_reason, probabilities,"
                      " tokens_in, tokens_out, latency_s, answered_at FROM answers LIMIT 1").unequal) == 1  # fmt: skip


def test_a_campaign_that_was_stopped_goes_on_behind_what_it_recorded(tmp_path: Path) -> None:
    record = Record(tmp_path / "kills.jsonl", 0)
    record.add("bench", Tally(2, Counter(part=1, all=1), 3, ["run 1: an answer"]))
    record.add("bench", Tally(1, Counter(part=1)))
    record.add("index", Tally(2, Counter(nothing=2)))
    Record(tmp_path / "kills.jsonl", 7).add("bench", Tally(2, Counter(all=2)))
    found = campaign(None, "bench", 3, 0, tmp_path, record)  # type: ignore[arg-type]  # nothing is left to run
    assert (found.moments, found.stood, found.again) == (3, Counter(part=2, all=1), 3) and not found.sound
    assert found.row("bench") == "| bench | 3 | 0 | 2 | 1 | 1 | 0 | 3 | 0 |"
    assert all(line.count("|") == found.row("bench").count("|") for line in heads().splitlines())
