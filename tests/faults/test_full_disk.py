"""A disk that is full at each write in turn: one line, a status, nothing damaged; the same command ends the run."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kill_campaign import left_behind
from tests.faults.conftest import fill
from tests.support.commands import Shell
from video_index.errors import IndexStorageError

Command = Callable[..., list[str]]

# KiB left at the start; what is written last is named. The log of answers takes about 1.5 MB before it is folded in.
ASKING = {
    "bench": {0: ".writer", 4: "manifest.json", 12: "plan.parquet", 100: "answers", 300: "answers", 900: "answers"},
    "browse": {0: ".writer", 4: "manifest.json", 20: "plan.parquet", 120: "answers", 240: "answers"},
}
# With every answer there: KiB left for pictures, tables, summary and report.
TELLING = {
    "bench": (0, 40, 100, 160, 200, 240, 270, 320),
    "browse": (0, 30, 60, 100, 160, 220, 280, 320, 360),
}


def ends_equal(shell: Shell, arguments: list[str], run: Path, whole: Path) -> None:
    shell.ok(*arguments)
    assert left_behind(arguments[0], run) == left_behind(arguments[0], whole)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bench", "browse"])
def test_whatever_is_written_when_the_disk_is_full_the_run_ends_as_it_would_have(
    name: str, shell: Shell, command: Command, small_disk: Path, tmp_path: Path
) -> None:
    shell.ok(*command(name, tmp_path / "whole"))
    run = small_disk / "run"
    arguments = command(name, run)
    for left in ASKING[name]:
        filler = fill(small_disk, left)
        line = shell.fails(*arguments)
        assert str(small_disk) in line and ("free some space" in line or "space left" in line)
        filler.unlink()
        ends_equal(shell, arguments, run, tmp_path / "whole")
        shutil.rmtree(run)
    for left in TELLING[name]:
        shutil.copytree(tmp_path / "whole", run)
        for made in ("tables", "thumbnails"):
            shutil.rmtree(run / made, ignore_errors=True)
        (run / "summary.json").unlink()
        (run / "report.html").unlink()
        filler = fill(small_disk, left)
        line = shell.fails(*arguments)
        assert str(small_disk) in line
        filler.unlink()
        ends_equal(shell, arguments, run, tmp_path / "whole")
        shutil.rmtree(run)


def test_a_full_disk_stops_a_bench_in_one_line_and_room_ends_it(
    shell: Shell, command: Command, small_disk: Path, tmp_path: Path
) -> None:
    arguments = command("bench", small_disk / "run")
    for left in (4, 700):
        filler = fill(small_disk, left)
        line = shell.fails(*arguments)
        assert ASKING["bench"].get(left, "answers") in line
        filler.unlink()
    shell.ok(*command("bench", tmp_path / "whole"))
    ends_equal(shell, arguments, small_disk / "run", tmp_path / "whole")


def test_an_index_is_not_begun_where_its_engine_would_die_of_a_full_disk(small_disk: Path, clips: Path) -> None:
    from tests.support.indexes import ColourEmbedder
    from video_index.ingest import ingest

    with pytest.raises(IndexStorageError, match=r"is full .* make room and run again"):
        ingest(clips, small_disk / "clips.index", ColourEmbedder())
