"""Ctrl-C as the terminal sends it, to the real command: once ends after what is in flight, twice ends now."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kill_campaign import left_behind, stored
from spectrum.pocket.tiny_clip import build_tiny_clip
from tests.support.commands import Shell

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals"),
    pytest.mark.slow,
]
ROOT = Path(__file__).parent.parent.parent
SLOW = "py:benchmarks.unhurried:Unhurried?delay={}"


def start(arguments: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "spectrum", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def wait_until_stored(name: str, out: Path, process: "subprocess.Popen[str]", least: int = 1) -> None:
    limit = time.monotonic() + 120
    while len(stored(name, out)) < least:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.05)


def attempts(run: Path) -> int:
    from spectrum.runs.store import AnswerStore

    with AnswerStore(run / "answers.sqlite", read_only=True) as store:
        return sum(store.attempts().values())


@pytest.mark.parametrize("name", ["bench", "browse"])
def test_once_finishes_what_is_in_flight_saves_and_says_how_to_go_on(
    name: str, shell: Shell, command: Callable[..., list[str]], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = start(command(name, run, SLOW.format(0.2)))
    wait_until_stored(name, run, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Ctrl-C again stops now" in said and "run the same command again to go on" in said
    assert "Traceback" not in said
    standing = stored(name, run)
    answers = sum(key.startswith("answer") for key in standing)
    assert attempts(run) == answers  # whatever was sent came back and was stored
    shell.ok(*command(name, run, SLOW.format(0)))
    assert attempts(run) == sum(key.startswith("answer") for key in stored(name, run))
    assert all(stored(name, run)[key] == content for key, content in standing.items())
    shell.ok(*command(name, tmp_path / "whole", SLOW.format(0)))
    assert left_behind(name, run) == left_behind(name, tmp_path / "whole")


def test_twice_ends_at_once_and_loses_nothing_that_was_stored(
    shell: Shell, command: Callable[..., list[str]], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    quick = start(command("bench", run, SLOW.format(0.2)))
    wait_until_stored("bench", run, quick)
    quick.send_signal(signal.SIGINT)
    quick.communicate(timeout=60)
    standing = stored("bench", run)
    hanging = start(command("bench", run, SLOW.format(600)))
    while attempts(run) == len(standing):
        assert hanging.poll() is None, hanging.communicate()
        time.sleep(0.05)
    started = time.monotonic()
    hanging.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert hanging.poll() is None
    hanging.send_signal(signal.SIGINT)
    _, said = hanging.communicate(timeout=30)
    assert time.monotonic() - started < 30
    assert hanging.returncode == 130 and "stopped at once" in said and "Traceback" not in said
    assert stored("bench", run) == standing
    shell.ok(*command("bench", run, SLOW.format(0)))


@pytest.mark.parametrize("times", [1, 2])
def test_an_index_is_stopped_and_goes_on(times: int, clips: Path, tmp_path: Path) -> None:
    embedder = build_tiny_clip(tmp_path / "embedder")
    place = tmp_path / "clips.index"
    arguments = ["index", str(clips), "--index", str(place), "--embedder", str(embedder), "--quiet"]
    arguments += ["--workers", "1", "--batch", "1"]
    process = start(arguments)
    wait_until_stored("index", place, process, least=2)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 130, (out, said)
    assert "Traceback" not in said
    if times == 1:
        assert "run the same command again to go on" in out
    held = len(stored("index", place))
    assert 2 <= held < 30
    ended = start(arguments)
    out, _ = ended.communicate(timeout=120)
    assert ended.returncode == 0 and re.search(rf"{30 - held} indexed,.* {held} already there", out)
