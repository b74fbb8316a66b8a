import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from spectrum.bench.tally import tally
from spectrum.runs.folder import RunFolder
from tests.support.commands import Shell
from tests.support.run_folders import Likes, SimulatedRun, simulated_clips


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    likes = Likes({"neutral": tuple({2: 3.0, 4: -3.0}.get(place, 0.0) for place in range(10))})
    run = SimulatedRun(simulated_clips(6), wordings=8).write(tmp_path_factory.mktemp("runs") / "bench", likes)
    tally(run.root)
    return run


def test_it_serves_until_control_c_and_ends_quietly(bench: RunFolder) -> None:
    command = [sys.executable, "-m", "spectrum", "view", str(bench.root.parent), "--no-open"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"})
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("1 result below"), line
        address = re.search(r"http://127\.0\.0\.1:\d+/\S+/", line)
        assert address is not None
        with urllib.request.urlopen(address.group(), timeout=30) as reply:
            assert b"planted:simulated" in reply.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert process.stderr.read().strip() == ""
    finally:
        process.kill()
        process.wait()


def test_what_cannot_be_served_is_said_in_a_line(shell: Shell, tmp_path: Path, bench: RunFolder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port} cannot be used" in shell.fails("view", bench.root, "--no-open", "--port", port)
    assert "give --price-in and --price-out" in shell.fails("view", bench.root, "--no-open", "--price-in", 1)
    ran = shell("view", tmp_path / "nowhere", "--no-open")
    assert ran.status == 2 and "does not exist" in ran.err


def test_figures_are_written_and_listed(shell: Shell, bench: RunFolder, tmp_path: Path) -> None:
    listed = shell.ok("figures", bench.root, "--list")
    name = listed.split()[0]
    out = shell.ok("figures", bench.root, "--out", tmp_path / "paper", "--only", name, "--format", "csv, .MD")
    assert (tmp_path / "paper" / f"{name}.csv").is_file()
    assert str(tmp_path / "paper" / f"{name}.csv") in out
    assert shell.ok("figures", bench.root, "--out", tmp_path / "q", "--format", "csv", "--quiet") == ""
    assert "there is no figure or table nosuch here" in shell.fails("figures", bench.root, "--only", "nosuch")
    assert "is not a folder" in shell.fails("figures", tmp_path / "nowhere")
    assert "bmp is no format" in shell("figures", bench.root, "--format", "png,bmp").err


def test_an_empty_folder_gives_no_figures_and_says_why(shell: Shell, tmp_path: Path) -> None:
    ran = shell("figures", tmp_path)
    assert ran.status == 0 and ran.out == ""
    assert "manifest.json" in ran.err and "there is nothing to draw in this folder yet" in ran.err
    assert list(tmp_path.iterdir()) == []
