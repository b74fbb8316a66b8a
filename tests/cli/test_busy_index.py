"""Two commands on one index folder: the second gets one line, and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from video_index.store import open_index

HOLDER = """
import sys, time
from video_index.store import open_index
with open_index(sys.argv[1]):
    print("open", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def held(clip_index: Path):
    """The index, while another process has it open."""
    root = Path(__file__).parents[2]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(clip_index)], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    yield holder.pid
    holder.kill()
    holder.communicate()


def test_a_held_index_is_one_line_that_names_the_process(shell, held, clip_index, monkeypatch):
    real = open_index
    monkeypatch.setattr("video_index.store.open_index", lambda url, *a, **o: real(url, *a, **{**o, "wait_s": 0.2}))
    ran = shell("search", "a family", "--index", clip_index)
    assert ran.status == 2
    assert f"is in use by process {held}" in ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err.strip().splitlines()) == 1
