"""Clips deleted, replaced, touched or moved between `spectrum index` and the commands that show them.

The indexed bytes are what a run is about: whatever else is found under a clip's name is never shown, the clip's asks
fail with the reason, the rest of the run finishes, and with the file back the same command asks what is missing.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.trace import read_trace
from spectrum.pocket.clips import write_clips
from spectrum.runs.store import AnswerStore
from tests.support.commands import Shell
from tests.support.indexes import ColourEmbedder
from tests.support.looking import Looking
from video_index.clips import Locator
from video_index.ingest import ingest
from video_index.media import clip_id_of

LOOKING = "py:tests.support.looking:Looking"
GONE, CHANGED = "the file is gone", "the file changed since it was indexed"
SMALL = ("--frames", 1, "--long-side", 64, "--quiet")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    write_clips(folder, per_value=1, controls=4, seconds=0.3)
    return folder


@pytest.fixture
def library(made: Path, tmp_path: Path) -> Iterator["Library"]:
    Looking.shown.clear()
    Looking.after_groups.clear()
    yield Library(made, tmp_path)
    Looking.after_groups.clear()


class Library:
    """Fourteen clips of one's own in a folder, and their index."""

    def __init__(self, made: Path, place: Path) -> None:
        self.place = place
        self.clips = shutil.copytree(made, place / "clips")
        self.index = place / "clips.index"
        ingest(self.clips, self.index, ColourEmbedder())
        self.files = sorted(self.clips.glob("*.mp4"))
        self.ids = {path: clip_id_of(Locator(str(path))) for path in self.files}

    def command(self, name: str) -> tuple[object, ...]:
        """The arguments of a small run of each kind, which shows every clip of the index (browse: most of them)."""
        out = ("--out", self.place / name, *SMALL)
        if name == "bench":
            return ("bench", LOOKING, "--index", self.index, "--per-clip", 1, "--no-null-ladder", *out)
        if name == "pairs":
            return ("pairs", self.index, LOOKING, "--pairs", 20, *out)
        if name == "adhere":
            return ("adhere", LOOKING, "--index", self.index, "--first", 3, "--strategies", "simple", "--arms", "none",
                    "--per-clip", 1, *out)  # fmt: skip
        return ("browse", LOOKING, "--index", self.index, "--persona", "adventurer", "--slots", 8, "--probe-every", 3,
                "--replicates", 2, *out)  # fmt: skip

    def summary(self, name: str) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.place / name / "summary.json").read_text())
        return found

    def answers(self, name: str) -> dict[str, object]:
        """Everything stored, by ask."""
        with AnswerStore(self.place / name / "answers.sqlite", read_only=True) as store:
            return {row["ask_id"]: row for row in store.table().to_pylist() if not row["error"]}

    def reasons(self, name: str) -> set[str]:
        """Why asks failed."""
        with AnswerStore(self.place / name / "answers.sqlite", read_only=True) as store:
            return {str(row["error"]) for row in store.table().to_pylist() if row["error"]}

    def seen(self, path: Path) -> int:
        return sum(clip_id == self.ids[path] for clip_id, _ in Looking.shown)


def replaced(path: Path, other: Path) -> None:
    """Another clip's bytes under a clip's name, with the time stamps that it had."""
    before = path.stat()
    shutil.copyfile(other, path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def goes_on(library: Library, shell: Shell, name: str) -> None:
    """With the clips back, the same command asks what failed and nothing else, and the report is complete."""
    before = library.answers(name)
    shell.ok(*library.command(name))
    after = library.answers(name)
    summary = library.summary(name)
    assert summary["failed"] == 0 and len(after) == summary["planned"] == summary["answered"]
    assert all(after[ask_id] == row for ask_id, row in before.items())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bench", "pairs", "adhere"])
@pytest.mark.parametrize("what", ["deleted", "replaced", "moved"])
def test_what_is_not_there_fails_alone_and_is_asked_once_it_is_back(
    what: str, name: str, library: Library, shell: Shell
) -> None:
    one, other = library.files[:2]
    kept = library.place / "kept.mp4"
    shutil.copy2(one, kept)
    if what == "deleted":
        one.unlink()
    elif what == "moved":
        one.rename(library.clips / "elsewhere.mp4")
    else:
        replaced(one, other)
    shell.ok(*library.command(name))
    summary = library.summary(name)
    assert summary["failed"] and summary["status"] == "done"
    assert summary["answered"] + summary["failed"] == summary["planned"]  # type: ignore[operator]
    assert library.seen(one) == 0
    assert all((CHANGED if what == "replaced" else GONE) in reason for reason in library.reasons(name))
    told = shell("report", library.place / name)
    assert told.status == 0
    report = (library.place / name / "report.html").read_text()
    assert f"{summary['failed']} failed" in report
    if what == "moved":
        shutil.move(library.clips / "elsewhere.mp4", one)
    else:
        shutil.copy2(kept, one)
    goes_on(library, shell, name)
    assert library.seen(one) > 0


def test_a_clip_deleted_while_a_bench_asks_fails_alone_and_the_answers_before_stay(
    library: Library, shell: Shell
) -> None:
    gone = library.place / "gone"

    def delete() -> None:
        gone.mkdir()
        for path in library.files[:6]:
            path.rename(gone / path.name)

    Looking.after_groups[1] = delete
    shell.ok(*library.command("bench"))
    lost = {library.ids[path] for path in library.files[:6]}
    first = Looking.shown[0][0]
    assert not {clip_id for clip_id, _ in Looking.shown[2:]} & (lost - {first})  # one group was made ready before
    summary = library.summary("bench")
    assert 0 < summary["failed"] < summary["planned"]  # type: ignore[operator]
    assert all(GONE in reason for reason in library.reasons("bench"))
    for path in library.files[:6]:
        (gone / path.name).rename(path)
    goes_on(library, shell, "bench")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pairs", "adhere"])
def test_a_clip_replaced_while_a_run_asks_is_not_shown_again(name: str, library: Library, shell: Shell) -> None:
    Looking.after_groups[1] = lambda: [replaced(path, library.files[-1]) for path in library.files[:8]] and None
    shell.ok(*library.command(name))
    assert library.reasons(name) and all(CHANGED in reason for reason in library.reasons(name))
    shown: dict[str, set[float]] = {}
    for clip_id, bright in Looking.shown:
        shown.setdefault(clip_id, set()).add(bright)
    assert all(len(brightness) == 1 for brightness in shown.values())  # never other pixels under one identity


def test_a_touched_clip_is_the_same_clip(library: Library, shell: Shell) -> None:
    for path in library.files:
        os.utime(path, (1, 1))
    shell.ok(*library.command("bench"))
    assert library.summary("bench")["failed"] == 0
    assert all(library.seen(path) for path in library.files)


@pytest.mark.slow
def test_after_clips_moved_and_were_indexed_again_the_same_run_goes_on(library: Library, shell: Shell) -> None:
    """Identity is the bytes: the run knows the clips under their new names."""
    (library.clips / "new").mkdir()
    for path in library.files[:5]:
        for each in library.clips.glob(f"{path.stem}.*"):
            each.rename(library.clips / "new" / each.name)
    shell.ok(*library.command("bench"))
    assert library.summary("bench")["failed"]
    ingest(library.clips, library.index, ColourEmbedder())
    goes_on(library, shell, "bench")


@pytest.mark.slow
def test_a_clip_that_is_gone_is_a_slot_without_an_action_and_the_episode_goes_on(
    library: Library, shell: Shell
) -> None:
    """What an agent is shown next depends on the slot: a walked episode stays as it was, also with the clip back."""
    kept = library.place / "kept"
    kept.mkdir()
    for path in library.files[:7]:
        path.rename(kept / path.name)
    shell.ok(*library.command("browse"))
    summary = library.summary("browse")
    assert summary["status"] == "done" and summary["failed"]
    assert all(GONE in reason for reason in library.reasons("browse"))
    lost = {library.ids[path] for path in library.files[:7]}
    fed = [slot for slot in read_trace(library.place / "browse" / "trace.jsonl").records if slot.kind == "feed"]
    assert {slot.action is None for slot in fed if slot.clip_id in lost} == {True}
    assert {slot.action is None for slot in fed if slot.clip_id not in lost} == {False}
    for path in library.files[:7]:
        (kept / path.name).rename(path)
    before = library.answers("browse")
    shell.ok(*library.command("browse"))
    assert library.answers("browse") == before and library.summary("browse") == summary
    assert shell.ok("replay", library.place / "browse", "--verify-only")
