"""Folders that may not be written: a line and a status, and what can be read is still told."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.commands import Shell

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX users")
Sealed = tuple[Path, Callable[[], None]]


@pytest.fixture
def sealed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sealed]:
    """A place, and what makes it read-only: mode bits, or for root, whom they do not bind, a read-only mount."""
    if os.getuid() == 0:
        place: Path = request.getfixturevalue("small_disk")
        yield place, lambda: subprocess.run(["mount", "-o", "remount,ro", place], check=True) and None
        return
    place = tmp_path / "place"
    place.mkdir()

    def set_modes(folder: int, file: int) -> None:
        for path in (place, *place.rglob("*")):
            path.chmod(folder if path.is_dir() else file)

    yield place, lambda: set_modes(0o555, 0o444)
    place.chmod(0o755)
    set_modes(0o755, 0o644)


def test_a_read_only_run_is_not_resumed_and_its_result_is_shown(
    shell: Shell, command: Callable[..., list[str]], sealed: Sealed
) -> None:
    place, seal = sealed
    arguments = [*command("bench", place / "run"), "--limit", "10", "--no-null-ladder"]
    shell.ok(*arguments)
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    seal()
    line = shell.fails(*arguments)
    assert str(place / "run") in line and "cannot be written" in line and "choose another folder" in line
    told = shell("report", place / "run")
    assert told.status == 2 and "asks answered" in told.out
    assert "copy the run to where you may write" in told.err and "Traceback" not in told.err
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_a_read_only_index_says_what_to_do(
    shell: Shell, index: Path, command: Callable[..., list[str]], sealed: Sealed, tmp_path: Path
) -> None:
    place, seal = sealed
    if shutil.which("cp") is None:
        pytest.skip("copies a sparse folder with cp")
    subprocess.run(["cp", "-r", "--sparse=always", index, place / "clips.index"], check=True)
    seal()
    arguments = command("bench", tmp_path / "run")
    arguments[arguments.index("--index") + 1] = str(place / "clips.index")
    line = shell.fails(*arguments)
    assert "clips.index cannot be locked" in line and "copy it to where you may write" in line
