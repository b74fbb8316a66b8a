"""Ctrl-C, SIGTERM and SIGHUP in the middle of every command: no traceback, its status, and the next one does it all.

A signal is raised at a keyed call of one of the project's own functions, so that it meets the same place each time.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from tests.support.commands import Shell
from tests.support.many_runs import write_runs
from video_index.keyed import integer

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals"),
    pytest.mark.slow,
]
ROOT = Path(__file__).parent.parent.parent
OURS = tuple(f"{ROOT / room}{os.sep}" for room in ("spectrum", "personas", "agents", "video_index"))
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOMENTS = 5
COMMANDS = ("adhere", "pairs", "compare", "calibrate", "power", "report", "figures")
_NEVER_THE_SAME = re.compile(r'"(created_at|seconds|date)": *[^,}\n]*')


@contextmanager
def counted(at: int = 0, number: int = signal.SIGINT) -> Iterator[list[int]]:
    """Counts calls of the project's functions, from the first below the command on, and raises a signal in one."""
    calls = [0]

    def look(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            calls[0] += 1
            if calls[0] == at:
                sys.setprofile(None)
                signal.raise_signal(number)

    sys.setprofile(look)
    try:
        yield calls
    finally:
        sys.setprofile(None)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    liking = np.zeros((2, 10))
    liking[1, 2] = 3.0
    return write_runs(tmp_path_factory.mktemp("runs"), liking, clips_a_value=30, wordings=8, names=("a", "b"))


@pytest.fixture
def arguments(runs: list[Path], index: Path) -> Callable[[str, Path], list[object]]:
    def of(name: str, out: Path) -> list[object]:
        small = ["--index", index, "--frames", 1, "--long-side", 64, "--quiet", "--out", out]
        return {
            "adhere": ["adhere", "planted:follower?strength=2", "--first", 6, "--strategies", "simple", "--arms",
                       "none", "--per-clip", 1, *small],
            "pairs": ["pairs", index, "planted:stimulation", "--pairs", 30, *small[2:]],
            "compare": ["compare", *runs, "--out", out],
            "calibrate": ["calibrate", "--gate", "permuted", "--runs", 10, "--out", out, "--quiet"],
            "power": ["power", "--clips", 10, "--effect", 0.3, "--runs", 20, "--quiet"],
            "report": ["report", runs[0]],
            "figures": ["figures", runs[0], "--out", out, "--format", "csv"],
        }[name]  # fmt: skip

    return of


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a result but stores and locks, without its time stamps."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith((".", "answers")) and name != "report.html":
            found[name] = path.read_bytes()
            if path.suffix == ".json":
                found[name] = _NEVER_THE_SAME.sub("", json.dumps(json.loads(found[name]))).encode()
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_a_signal_anywhere_ends_in_order_and_the_next_run_of_the_command_is_whole(
    name: str, arguments: Callable[[str, Path], list[object]], shell: Shell, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    shell.ok(*arguments(name, whole))
    with counted() as calls:
        told = shell.ok(*arguments(name, tmp_path / "counted"))
    for moment in range(MOMENTS):
        out = tmp_path / str(moment)
        number = SIGNALS[moment % len(SIGNALS)]
        with counted(1 + integer(calls[0], name, "moment", moment), number):
            ran = shell(*arguments(name, out))
        assert "Traceback" not in ran.err, ran.err
        assert ran.status in (0, 128 + number), (moment, ran)
        if ran.status:
            assert [line for line in ran.err.splitlines() if line.startswith("spectrum: stopped")], ran.err
        again = shell.ok(*arguments(name, out))
        assert name in ("report", "figures") or len(again.splitlines()) == len(told.splitlines())
        if whole.exists():
            assert content(out) == content(whole), moment
