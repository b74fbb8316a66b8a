from pathlib import Path

import pytest

from tests.support.commands import Shell
from tests.support.run_folders import SimulatedRun, simulated_clips


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


def test_show_prints_what_was_found_and_that_nothing_was_before(shell: Shell, tmp_path: Path) -> None:
    SimulatedRun(simulated_clips(3)).write(tmp_path, None)
    assert "nothing was judged yet" in shell.ok("audit", tmp_path, "--show")
    clip_id = simulated_clips(3)[0].clip_id
    (tmp_path / "audit.jsonl").write_text(f'{{"clip_id": "{clip_id}", "rater": "ann", "values": ["SD"]}}\n')
    told = shell.ok("audit", tmp_path, "--show")
    assert "Self-Direction" in told and "1.00 precise (1 audited by 1 rater)" in " ".join(told.split())
    assert "the regression is uncorrected" in " ".join(told.split())


def test_judging_in_the_terminal_stops_at_quit_and_goes_on_later(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SimulatedRun(simulated_clips(3)).write(tmp_path, None)
    for typed in (["BE", "none", "quit"], ["PO", "quit"]):
        answers = iter(typed)
        monkeypatch.setattr("click.prompt", lambda *_, answers=answers, **__: next(answers))
        shell.ok("audit", tmp_path, "--terminal", "--rater", "ann", "--per-value", 1)
    assert len((tmp_path / "audit.jsonl").read_text().splitlines()) == 3


def test_mistakes_are_one_line(shell: Shell, tmp_path: Path) -> None:
    ran = shell("audit", tmp_path)
    assert ran.status == 2 and ran.err.count("\n") == 1 and "spectrum bench" in ran.err
    SimulatedRun(simulated_clips(1)).write(tmp_path, None)
    (tmp_path / "audit.jsonl").write_text("nonsense\n")
    ran = shell("audit", tmp_path, "--show")
    assert ran.status == 2 and "audit.jsonl, line 1" in ran.err
