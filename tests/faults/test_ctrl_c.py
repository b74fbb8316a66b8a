"""Ctrl-C, SIGTERM and a closed terminal, to the real command and its decoders: once ends after what is in flight,
twice ends now."""

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
from tests.support.commands import Shell, start

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals"),
    pytest.mark.slow,
]
ROOT = Path(__file__).parent.parent.parent
SLOW = "py:tests.support.looking:Looking?delay={}"


def send(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """To the whole group, as a terminal, a scheduler and `timeout` do."""
    os.killpg(process.pid, number)


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


@pytest.mark.parametrize(
    ("name", "number"),
    [("bench", signal.SIGINT), ("browse", signal.SIGINT), ("bench", signal.SIGTERM), ("browse", signal.SIGTERM)],
)
def test_once_finishes_what_is_in_flight_saves_and_says_how_to_go_on(
    name: str, number: signal.Signals, shell: Shell, command: Callable[..., list[str]], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = start(command(name, run, SLOW.format(0.2)))
    wait_until_stored(name, run, process)
    send(process, number)
    if number == signal.SIGTERM:
        send(process, number)  # `timeout` does
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number, said
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


def test_a_closed_terminal_saves_what_is_in_flight(
    shell: Shell, command: Callable[..., list[str]], tmp_path: Path
) -> None:
    """The session's leader gets SIGHUP, and nothing can be written to the terminal any more."""
    import fcntl  # there are none on Windows
    import pty
    import termios

    run = tmp_path / "run"
    spoken = [each for each in command("bench", run, SLOW.format(0.3)) if each != "--quiet"]
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "spectrum", *spoken],
        stdin=its,
        stdout=its,
        stderr=its,
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(its)
    wait_until_stored("bench", run, process)  # type: ignore[arg-type]
    os.close(ours)
    assert process.wait(timeout=60) == 128 + signal.SIGHUP
    answers = len(stored("bench", run))
    assert attempts(run) == answers
    shell.ok(*command("bench", run, SLOW.format(0)))
    assert attempts(run) == len(stored("bench", run))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_viewer_ends_quietly(number: signal.Signals, tmp_path: Path) -> None:
    process = start(["view", str(tmp_path), "--no-open"])
    assert process.stderr is not None
    while "http://" not in process.stderr.readline():
        assert process.poll() is None
    send(process, number)
    out, said = process.communicate(timeout=60)
    assert (process.returncode, out, said.strip()) == (0, "", "")


@pytest.mark.parametrize("name", ["bench", "browse"])
def test_twice_ends_at_once_and_loses_nothing_that_was_stored(
    name: str, shell: Shell, command: Callable[..., list[str]], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    quick = start(command(name, run, SLOW.format(0.2)))
    wait_until_stored(name, run, quick)
    send(quick, signal.SIGINT)
    quick.communicate(timeout=60)
    standing = stored(name, run)
    sent = attempts(run)
    hanging = start(command(name, run, SLOW.format(600)))
    while attempts(run) == sent:
        assert hanging.poll() is None, hanging.communicate()
        time.sleep(0.05)
    started = time.monotonic()
    send(hanging, signal.SIGINT)
    time.sleep(0.5)
    assert hanging.poll() is None
    send(hanging, signal.SIGINT)
    _, said = hanging.communicate(timeout=30)
    assert time.monotonic() - started < 30
    assert hanging.returncode == 130 and "stopped at once" in said and "Traceback" not in said
    assert stored(name, run) == standing
    shell.ok(*command(name, run, SLOW.format(0)))


@pytest.mark.parametrize(("number", "times"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_an_index_is_stopped_and_goes_on(number: signal.Signals, times: int, clips: Path, tmp_path: Path) -> None:
    embedder = build_tiny_clip(tmp_path / "embedder")
    place = tmp_path / "clips.index"
    arguments = ["index", str(clips), "--index", str(place), "--embedder", str(embedder), "--quiet"]
    arguments += ["--workers", "1", "--batch", "1"]
    process = start(arguments)
    wait_until_stored("index", place, process, least=2)
    for _ in range(times):
        send(process, number)
        time.sleep(0.01)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number, (out, said)
    assert "Traceback" not in said
    if times == 1:
        assert "run the same command again to go on" in out
    held = len(stored("index", place))
    assert 2 <= held < 30
    ended = start(arguments)
    out, _ = ended.communicate(timeout=120)
    assert ended.returncode == 0 and re.search(rf"{30 - held} indexed,.* {held} already there", out)
