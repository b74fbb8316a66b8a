"""Two real commands at once: on one index, and on one run folder."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kill_campaign import left_behind, stored
from spectrum.pocket.tiny_clip import build_tiny_clip
from tests.support.commands import start

pytestmark = pytest.mark.slow
LOOKING = "py:tests.support.looking:Looking?delay=0.05"


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Status and all that was said."""
    out, said = process.communicate(timeout=300)
    assert "Traceback" not in said, said
    return process.returncode, out + said


def refused(status: int, said: str, *names: str) -> bool:
    """Whether it left with one line that names what is in use, and by whom; otherwise it ended well."""
    if status == 0:
        return False
    (line,) = [line for line in said.splitlines() if line.startswith("spectrum: ")]
    assert status == 2 and any(name in line for name in names), said
    return True


@pytest.fixture
def indexing(clips: Path, tmp_path: Path) -> Callable[[], list[str]]:
    embedder = build_tiny_clip(tmp_path / "embedder")
    place = tmp_path / "new.index"
    options = ["--embedder", str(embedder), "--workers", "1", "--batch", "2", "--cache-limit", "0", "--quiet"]
    return lambda: ["index", str(clips), "--index", str(place), *options]


def test_two_that_index_into_one_place(indexing: Callable[[], list[str]], tmp_path: Path) -> None:
    both = [start(indexing()) for _ in range(2)]
    lines = [ended(process) for process in both]
    assert sum(refused(*line, "in use by process", "already") for line in lines) <= 1
    assert len(stored("index", tmp_path / "new.index")) == 30
    status, said = ended(start(indexing()))
    assert status == 0 and "30 already there" in said


def test_a_bench_beside_one_that_indexes(indexing: Callable[[], list[str]], tmp_path: Path) -> None:
    """The bench waits for the index, or says who holds it; the index is whole in the end."""
    place = tmp_path / "new.index"
    writer = start(indexing())
    while not (place / "holder.json").exists():
        assert writer.poll() is None, writer.communicate()
    bench = ["bench", LOOKING, "--index", str(place), "--out", str(tmp_path / "run"), "--per-clip", "1", "--quiet"]
    bench += ["--no-null-ladder", "--frames", "1", "--long-side", "64", "--per-value", "1", "--controls", "1"]
    reader = start(bench)
    refused(*ended(reader), f"process {writer.pid}", "holds no", "no clip", "no labelled")
    assert ended(writer)[0] == 0
    assert len(stored("index", place)) == 30


def test_two_benches_on_one_index_end_as_each_alone(command: Callable[..., list[str]], tmp_path: Path) -> None:
    runs = [tmp_path / "one", tmp_path / "other"]
    for process in [start(command("bench", run, LOOKING)) for run in runs]:
        status, said = ended(process)
        assert status == 0, said
    assert left_behind("bench", runs[0]) == left_behind("bench", runs[1])


@pytest.mark.parametrize("name", ["bench", "browse"])
def test_two_on_one_run_folder_one_runs_and_the_other_is_told(
    name: str, command: Callable[..., list[str]], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    lines = [ended(process) for process in [start(command(name, run, LOOKING)) for _ in range(2)]]
    assert sum(refused(*line, "process") for line in lines) <= 1
    alone = tmp_path / "alone"
    assert ended(start(command(name, alone, LOOKING)))[0] == 0
    assert left_behind(name, run) == left_behind(name, alone)
