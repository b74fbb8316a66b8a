"""A clock that runs backwards: stamps are kept, and nothing is ordered, resumed or judged by them."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from benchmarks.kill_campaign import left_behind, stored
from spectrum.runs.store import AnswerStore
from tests.support.commands import Shell
from tests.support.indexes import ColourEmbedder
from video_index.ingest import ingest


class Backwards(datetime):
    """Loses an hour whenever it is asked."""

    asked = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        cls.asked += 1
        return datetime(2030, 1, 1, tzinfo=tz) - timedelta(hours=cls.asked)


@pytest.fixture
def backwards(monkeypatch: pytest.MonkeyPatch) -> type[Backwards]:
    for module in ("spectrum.runs.manifest", "spectrum.runs.lock", "spectrum.runs.replies", "video_index.folder_lock"):
        monkeypatch.setattr(f"{module}.datetime", Backwards)
    monkeypatch.setattr(time, "time", lambda: Backwards.now(UTC).timestamp())
    Backwards.asked = 0
    return Backwards


@pytest.mark.parametrize("name", ["bench", pytest.param("browse", marks=pytest.mark.slow)])
def test_a_run_under_a_clock_that_runs_backwards_is_the_same_run(
    name: str, shell: Shell, command: Callable[..., list[str]], tmp_path: Path, backwards: type[Backwards]
) -> None:
    fewer = ("--limit", 10, "--no-null-ladder") if name == "bench" else ()
    with pytest.MonkeyPatch.context() as sound:
        for module in ("manifest", "lock", "replies"):
            sound.setattr(f"spectrum.runs.{module}.datetime", datetime)
        shell.ok(*command(name, tmp_path / "whole"), *fewer)
    whole = left_behind(name, tmp_path / "whole")
    shell.ok(*command(name, tmp_path / "run"), *fewer)
    assert backwards.asked > 10
    assert left_behind(name, tmp_path / "run") == whole
    # Resumed at a time before it began, its files dated in the future.
    standing = stored(name, tmp_path / "run")
    for path in (tmp_path / "run").rglob("*"):
        os.utime(path, (4e9, 4e9))
    shell.ok(*command(name, tmp_path / "run"), *fewer)
    assert stored(name, tmp_path / "run") == standing
    assert left_behind(name, tmp_path / "run") == whole


def test_answers_stored_in_falling_order_of_time_all_stay(
    shell: Shell, command: Callable[..., list[str]], tmp_path: Path, backwards: type[Backwards]
) -> None:
    shell.ok(*command("bench", tmp_path / "run"), "--limit", 10, "--no-null-ladder")
    with AnswerStore(tmp_path / "run" / "answers.sqlite", read_only=True) as store:
        stamps = set(store.table()["answered_at"].to_pylist())
        assert len(store) == len(store.answered()) and len(stamps) > 10


def test_files_dated_in_the_future_or_before_1970_are_indexed_once(clips: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    for number, source in enumerate(sorted(clips.glob("*.mp4"))[:4]):
        (folder / source.name).write_bytes(source.read_bytes())
        os.utime(folder / source.name, ((4e9, 4e9), (-86_400, -86_400), (0, 0), (1e9, 1e9))[number])
    first = ingest(folder, tmp_path / "clips.index", ColourEmbedder())
    again = ingest(folder, tmp_path / "clips.index", ColourEmbedder())
    assert (first.indexed, again.indexed, again.already) == (4, 0, 4)
