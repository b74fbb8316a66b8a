"""Run `spectrum` commands as a shell would, in this process or beside it: an exit status, and what was printed."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from spectrum.cli import main


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command gave back."""

    status: int
    out: str
    err: str


class Shell:
    """Runs commands; nothing of one stays for the next but what is on disk."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: object) -> Ran:
        """Run `spectrum` with these arguments, whatever comes of it."""
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["spectrum", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = self._capsys.readouterr()
        code = stop.value.code
        return Ran(code if isinstance(code, int) else int(code is not None), printed.out, printed.err)

    def ok(self, *arguments: object) -> str:
        """Run a command that has to succeed; give its output."""
        ran = self(*arguments)
        assert ran.status == 0, ran.err
        return ran.out

    def fails(self, *arguments: object) -> str:
        """Run a command that has to fail with one line and no traceback; give the line."""
        ran = self(*arguments)
        assert ran.status not in (0, 1), ran
        lines = [line for line in ran.err.splitlines() if line.startswith("spectrum: ")]
        assert len(lines) == 1, ran.err
        assert "Traceback" not in ran.err
        return lines[0]


def start(arguments: list[str]) -> "subprocess.Popen[str]":
    """A command in a process of its own, which leads a group of its own, so that a signal meets it and its decoders."""
    return subprocess.Popen(
        [sys.executable, "-m", "spectrum", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
        start_new_session=True,
    )
