import io
import json
import re

import click
import pytest
from rich.console import Console

from spectrum.cli import progress as progress_module
from spectrum.cli.progress import MODES, Track, chosen_mode, spent_usd, stored_answers, tracked_asks
from spectrum.cli.shared import quiet_option
from spectrum.respondents.spending import Spent
from spectrum.runs.ask import AskSummary
from spectrum.runs.folder import RunFolder
from tests.support.commands import Shell
from tests.support.run_folders import SimulatedRun, always_yes, simulated_clips


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def track(
    mode: str, clock: Clock, total: int | None = 100, before: int = 0, **console: object
) -> tuple[Track, io.StringIO]:
    file = io.StringIO()
    return Track(Console(file=file, width=80, **console), "asks", total, mode, before, clock), file  # type: ignore[arg-type]


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    printed = capsys.readouterr()
    assert printed.out == ""
    return [json.loads(line) for line in printed.err.splitlines()]


def run(tracked: Track, clock: Clock, steps: int, a_step: int = 1, cost: float | None = None) -> None:
    for step in range(1, steps + 1):
        clock.now += 1.0
        tracked.at(step * a_step, "2 failed", cost=None if cost is None else step * cost)


def test_json_lines_say_rate_time_left_and_cost(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    tracked, file = track("json", clock)
    with tracked:
        run(tracked, clock, 20, a_step=2, cost=0.5)
    said = events(capsys)
    assert file.getvalue() == ""
    assert said[0] == {
        "event": "progress", "what": "asks", "done": 0, "total": 100, "rate": None, "left_s": None, "cost": None,
        "seconds": 0.0, "note": "",
    }  # fmt: skip
    assert [one["done"] for one in said[1:-1]] == [12, 24, 36]
    assert said[2]["rate"] == 2.0 and said[2]["left_s"] == 38.0 and said[2]["cost"] == 6.0
    assert said[-1]["event"] == "progress-end"
    assert (said[-1]["done"], said[-1]["cost"], said[-1]["note"]) == (40, 10.0, "2 failed")


def test_what_was_done_before_counts_as_done_and_not_into_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    tracked, _ = track("json", clock, before=60)
    with tracked:
        run(tracked, clock, 20)
    said = events(capsys)
    assert (said[0]["done"], said[-1]["done"]) == (60, 80)
    assert said[-1]["rate"] == 1.0 and said[-1]["left_s"] == 20.0


def test_neither_loading_nor_a_counter_that_starts_high_bends_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    tracked, _ = track("json", clock)
    with tracked:
        clock.now += 300
        for step in range(50, 70):
            clock.now += 1.0
            tracked.at(step)
    assert events(capsys)[-1]["rate"] == 1.0


def test_a_slow_first_answer_makes_no_rate_and_no_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    tracked, _ = track("json", clock, total=1872, before=564)
    with tracked:
        tracked.at(0)  # sent, not answered yet
        clock.now += 6.4
        tracked.at(1)
        for step in range(1, 13):
            clock.now += 0.5
            tracked.at(1 + 13 * step)
    said = events(capsys)
    assert (said[1]["done"], said[1]["rate"], said[1]["left_s"]) == (565, None, None)
    assert said[-1]["rate"] == pytest.approx(26.0)


def test_the_rate_is_that_of_late(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    tracked, _ = track("json", clock, total=100_000)
    with tracked:
        run(tracked, clock, 500)
        done = 500
        for _ in range(300):
            clock.now += 1.0
            done += 10
            tracked.at(done)
    assert events(capsys)[-1]["rate"] == pytest.approx(10.0, rel=0.01)


def test_lines_are_few_plain_and_hold_all() -> None:
    clock = Clock()
    tracked, file = track("lines", clock)
    with tracked:
        run(tracked, clock, 25, cost=0.25)
    lines = file.getvalue().splitlines()
    assert lines == [
        "asks: 11 of 100 1.0/s, about 89 s left, 2.75 USD 2 failed",
        "asks: 22 of 100 1.0/s, about 78 s left, 5.50 USD 2 failed",
    ]


def test_none_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    tracked, file = track("none", clock, force_terminal=True)
    with tracked:
        run(tracked, clock, 60)
    assert file.getvalue() == "" and events(capsys) == []


def test_a_bar_shows_rate_left_and_cost_and_goes_away() -> None:
    clock = Clock()
    tracked, file = track("bar", clock, force_terminal=True, force_interactive=True)
    with tracked:
        run(tracked, clock, 5, a_step=10, cost=0.25)
        tracked._bar.refresh()
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())
    assert "50/100" in plain and "10.0/s, 1.25 USD" in plain and "2 failed" in plain
    assert file.getvalue().endswith("\x1b[1A\x1b[2K")


def test_a_bar_where_there_is_no_terminal_gives_lines() -> None:
    for mode in ("bar", "auto"):
        clock = Clock()
        tracked, file = track(mode, clock)
        with tracked:
            run(tracked, clock, 12)
        assert file.getvalue().count("\n") == 1 and "\x1b" not in file.getvalue()


@pytest.mark.parametrize("arguments", [["--progress", "json"], []])
def test_the_mode_comes_from_the_option_or_the_variable(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = []

    @click.command()
    @quiet_option
    def work(quiet: bool) -> None:
        found.append(chosen_mode())

    monkeypatch.setenv("SPECTRUM_PROGRESS", "json" if not arguments else "none")
    work.main(arguments, standalone_mode=False)
    assert found == ["json"]
    assert chosen_mode() == "auto"


def test_a_wrong_mode_is_said_in_a_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECTRUM_PROGRESS", "loud")
    ran = shell("power")
    assert ran.status == 2
    assert "SPECTRUM_PROGRESS" in ran.err and all(mode in ran.err for mode in MODES)


def test_every_long_command_has_it(shell: Shell) -> None:
    for command in ("index", "bench", "pairs", "adhere", "browse", "calibrate", "power"):
        assert "--progress" in shell.ok(command, "--help"), command


def test_quiet_is_quiet_whatever_was_chosen(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECTRUM_PROGRESS", "json")
    arguments = ("power", "--clips", 40, "--runs", 20)
    assert '"event": "progress"' in shell(*arguments).err
    assert shell(*arguments, "--quiet").err == ""


def test_asks_are_counted_from_where_the_run_stands(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "chosen_mode", lambda: "json")
    root = tmp_path_factory.mktemp("run")
    run = SimulatedRun(simulated_clips(2)).write(root, always_yes, share=0.5)
    assert stored_answers(run.root) == 120

    class Paid:
        spent = Spent(usd=0.75)

    with tracked_asks(240, Paid(), stored_answers(run.root)) as track:  # type: ignore[arg-type]
        track.at(AskSummary(answered=50, reused=5, failed=5))
    last = events(capsys)[-1]
    assert (last["done"], last["total"], last["cost"], last["note"]) == (180, 240, 0.75, "5 failed")


def test_no_cost_is_made_up() -> None:
    class Priced:
        spent = Spent()

    assert spent_usd(Priced()) is None and spent_usd(object()) is None


def test_a_folder_without_a_store_has_no_answers(tmp_path: object) -> None:
    assert stored_answers(RunFolder(tmp_path).root) == 0  # type: ignore[arg-type]
