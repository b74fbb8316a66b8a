import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from spectrum.errors import RunBusyError, RunFolderError
from spectrum.runs.lock import hold

HOLDER = """
import sys, time
from pathlib import Path
from spectrum.runs.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that holds `tmp_path / "run"`."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_the_second_writer_is_told_who_writes(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    with pytest.raises(RunBusyError) as caught, hold(tmp_path / "run"):
        pass
    line = str(caught.value)
    assert f"process {other.pid} on {socket.gethostname()} since 2" in line
    assert "\n" not in line


def test_a_killed_writer_leaves_the_folder_free(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    again = pytest.raises(RunBusyError, match=f"process {os.getpid()} ")
    with hold(tmp_path / "run"), again, hold(tmp_path / "run"):
        pass
    with hold(tmp_path / "run"):
        pass


def test_a_place_that_cannot_be_a_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match="cannot be written"), hold(tmp_path / "file" / "run"):
        pass
