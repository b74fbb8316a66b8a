"""Folders that may not be written: a line and a status, and what can be read is still told. As a user without rights:
permission bits do not bind root."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.commands import Shell

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX users")
_NOBODY = 65534


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that every user can reach, which pytest's own are not."""
    place = Path(tempfile.mkdtemp(prefix="spectrum-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def as_nobody(*arguments: object) -> "subprocess.CompletedProcess[str]":
    given = [sys.executable, "-m", "spectrum", *map(str, arguments)]
    user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
    return subprocess.run(given, capture_output=True, text=True, cwd="/", env={**os.environ, "HOME": "/"}, **user)  # type: ignore[call-overload, no-any-return]


def close(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


@pytest.mark.slow
def test_a_read_only_run_is_told_and_not_resumed(
    shell: Shell, command: Callable[..., list[str]], index: Path, open_to_all: Path
) -> None:
    run = open_to_all / "run"
    shell.ok(*command("bench", run))
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    place = shutil.copytree(index, open_to_all / "clips.index")
    for path in (place, *place.rglob("*")):
        os.chown(path, _NOBODY, _NOBODY) if os.getuid() == 0 else None
    arguments = command("bench", run)
    arguments[arguments.index("--index") + 1] = str(place)
    close(run)
    again = as_nobody(*arguments)
    assert again.returncode == 2 and "Traceback" not in again.stderr
    assert f"spectrum: {run} cannot be written (Permission denied); choose another folder" in again.stderr
    told = as_nobody("report", run)
    assert "1,504 of 1,504 asks answered" in told.stdout
    assert "cannot be written (Permission denied)" in told.stderr and "Traceback" not in told.stderr
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_a_read_only_index_says_what_to_do(index: Path, command: Callable[..., list[str]], open_to_all: Path) -> None:
    place = shutil.copytree(index, open_to_all / "clips.index")
    close(place)
    arguments = command("bench", open_to_all / "run")
    arguments[arguments.index("--index") + 1] = str(place)
    told = as_nobody(*arguments)
    assert told.returncode == 2 and "Traceback" not in told.stderr
    assert "cannot be locked (Permission denied)" in told.stderr and "copy it to where you may write" in told.stderr
