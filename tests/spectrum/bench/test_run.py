import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from spectrum.bench.run import run_bench
from spectrum.errors import BudgetReached, ConfigError, RunBusyError, RunFolderError, RunMismatchError
from spectrum.respondents.base import Group, Reply
from spectrum.respondents.planted import PlantedRespondent
from spectrum.runs.folder import RunFolder
from spectrum.runs.lock import hold
from spectrum.runs.manifest import read_manifest
from spectrum.runs.store import AnswerStore
from spectrum.runs.tables import CLIPS, PLAN
from spectrum.views import ClipView
from tests.support.benches import Slowed, make_plan, make_suite, make_view, planted
from video_index.clips import Clip, Frame
from video_index.errors import UnreadableClipError

SUITE = make_suite()
CONFIG = {"protocol": "balanced", "limit": 4}


class Spy:
    """A respondent that counts, and may give up."""

    def __init__(self, planted: PlantedRespondent, gives_up_after: int | None = None) -> None:
        self.planted = planted
        self.asked: list[str] = []
        self.gives_up_after = gives_up_after

    def __getattr__(self, name: str) -> object:
        return getattr(self.planted, name)

    def answer(self, group: Group) -> list[Reply]:
        if self.gives_up_after is not None and len(self.asked) >= self.gives_up_after:
            raise BudgetReached("the budget is spent")
        self.asked += [ask.ask_id for ask in group.asks]
        return list(self.planted.answer(group))


def run(folder: Path, respondent: object = None, **options: object) -> object:
    respondent = respondent or planted(SUITE)
    settings = {"view_factory": make_view, "config": CONFIG, "tally": lambda folder: None, "thumbnails_a_set": 0}
    plan = options.pop("plan", None) or make_plan(SUITE, planted(SUITE), limit=4)
    return run_bench(plan, respondent, folder, **{**settings, **options})  # type: ignore[arg-type]


def answered(folder: Path) -> set[str]:
    with AnswerStore(RunFolder(folder).answers, read_only=True) as store:
        return store.answered()


def test_a_run_leaves_what_the_architecture_promises(tmp_path: Path) -> None:
    tallied: list[Path] = []
    summary = run(tmp_path / "deep" / "run", tally=tallied.append)
    folder = RunFolder(tmp_path / "deep" / "run")
    plan = make_plan(SUITE, planted(SUITE), limit=4)
    assert pq.read_table(folder.plan) == plan.table
    assert pq.read_schema(folder.plan).equals(PLAN)
    assert pq.read_table(folder.clips) == plan.clips
    assert pq.read_schema(folder.clips).equals(CLIPS)
    assert answered(folder.root) == set(plan.table["ask_id"].to_pylist())
    manifest = read_manifest(folder.manifest)
    assert manifest.plan == plan.fingerprint
    assert manifest.config == CONFIG
    assert [condition.name for condition in manifest.conditions] == ["neutral", "bold"]
    assert manifest.fingerprints.suite == SUITE.fingerprint
    assert tallied == [folder.root]
    assert summary.planned == summary.asking.answered == 128  # type: ignore[attr-defined]


def test_the_manifest_is_on_disk_before_the_first_question(tmp_path: Path) -> None:
    class Looks(Spy):
        def answer(self, group: Group) -> list[Reply]:
            assert read_manifest(tmp_path / "run" / "manifest.json").plan
            assert (tmp_path / "run" / "plan.parquet").exists()
            return super().answer(group)

    run(tmp_path / "run", Looks(planted(SUITE)))


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    first = Spy(planted(SUITE), gives_up_after=40)
    with pytest.raises(BudgetReached):
        run(tmp_path / "run", first)
    assert answered(tmp_path / "run") == set(first.asked)
    second = Spy(planted(SUITE))
    summary = run(tmp_path / "run", second)
    assert not set(first.asked) & set(second.asked)
    assert summary.stored_before == len(first.asked)  # type: ignore[attr-defined]
    third = Spy(planted(SUITE))
    run(tmp_path / "run", third)
    assert third.asked == []


def test_other_settings_do_not_go_into_the_same_folder(tmp_path: Path) -> None:
    run(tmp_path / "run")
    with pytest.raises(RunMismatchError, match=r"config.limit: 4 -> 5") as caught:
        run(tmp_path / "run", config={**CONFIG, "limit": 5})
    assert "\n" not in str(caught.value)
    other = planted(SUITE, seed=1)
    with pytest.raises(RunMismatchError, match="plan"):
        run(tmp_path / "run", other, plan=make_plan(SUITE, other, limit=4))


def test_after_an_upgrade_a_run_goes_on_only_where_no_answer_can_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"python": "3.11.7", "torch": "2.13.0", "scipy": "1.16.0"}
    monkeypatch.setattr("spectrum.runs.manifest.package_versions", lambda: versions)
    run(tmp_path / "run")
    versions = {"python": "3.11.9", "torch": "2.13.0", "scipy": "1.17.1"}
    run(tmp_path / "run")
    versions = {"python": "3.11.9", "torch": "2.14.0", "scipy": "1.17.1"}
    with pytest.raises(RunMismatchError, match=r"other packages \(torch 2\.13\.0 -> 2\.14\.0\)") as caught:
        run(tmp_path / "run")
    assert "\n" not in str(caught.value)


def test_a_plan_for_another_respondent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="another respondent"):
        run(tmp_path / "run", planted(SUITE, seed=1))
    assert not (tmp_path / "run").exists()


def test_answers_without_a_manifest_are_not_taken_for_a_run(tmp_path: Path) -> None:
    run(tmp_path / "run")
    (tmp_path / "run" / "manifest.json").unlink()
    with pytest.raises(RunFolderError, match="no manifest"):
        run(tmp_path / "run")


def test_a_tables_lost_half_is_written_again(tmp_path: Path) -> None:
    run(tmp_path / "run")
    before = (tmp_path / "run" / "plan.parquet").read_bytes()
    (tmp_path / "run" / "plan.parquet").unlink()
    (tmp_path / "run" / "plan.parquet.part").write_bytes(b"half")
    run(tmp_path / "run")
    assert (tmp_path / "run" / "plan.parquet").read_bytes() == before


def test_two_on_one_folder_the_second_says_so(tmp_path: Path) -> None:
    spy = Spy(planted(SUITE))
    with hold(tmp_path / "run"), pytest.raises(RunBusyError, match="process"):
        run(tmp_path / "run", spy)
    assert spy.asked == []


def test_two_processes_on_one_folder_the_second_leaves(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.support.benches import run_slowly; "
        "run_slowly(Path(sys.argv[1]), 0.05, 1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "run")])
    try:
        while not RunFolder(tmp_path / "run").answers.exists():
            assert process.poll() is None
        with pytest.raises(RunBusyError, match=f"process {process.pid} "):
            run(tmp_path / "run")
    finally:
        process.kill()
        process.wait()


def test_reuse_takes_the_same_asks_from_another_run(tmp_path: Path) -> None:
    run(tmp_path / "short")
    spy = Spy(planted(SUITE))
    longer = make_plan(SUITE, planted(SUITE), limit=6)
    summary = run(tmp_path / "long", spy, plan=longer, reuse=tmp_path / "short")
    assert summary.asking.reused == 128  # type: ignore[attr-defined]
    assert len(spy.asked) == 64
    assert not set(spy.asked) & answered(tmp_path / "short")
    with pytest.raises(RunFolderError, match="not a run folder"):
        run(tmp_path / "third", reuse=tmp_path / "nowhere")


def test_a_failed_clip_is_an_error_in_the_answers_and_the_run_goes_on(tmp_path: Path) -> None:
    class NeedsFrames(Slowed):
        pass

    gone = make_plan(SUITE, planted(SUITE), limit=4).members[1].clip.clip_id

    def factory(clip: Clip) -> ClipView:
        def unreadable() -> tuple[Frame, ...]:
            raise UnreadableClipError("the file is gone")

        view = make_view(clip)
        return replace(view, load=unreadable) if clip.clip_id == gone else view

    summary = run(tmp_path / "run", NeedsFrames(planted(SUITE), 0.0), view_factory=factory)
    assert summary.asking.failed == 32 and summary.asking.answered == 96  # type: ignore[attr-defined]
    with AnswerStore(RunFolder(tmp_path / "run").answers, read_only=True) as store:
        outcomes = store.table()["outcome"].to_pylist()
    assert outcomes.count("error") == 32


def test_thumbnails_are_small_pictures_of_what_was_shown(tmp_path: Path) -> None:
    run(tmp_path / "run", Slowed(planted(SUITE), 0.0))
    pictures = list((tmp_path / "run" / "thumbnails").glob("*.webp"))
    plan = make_plan(SUITE, planted(SUITE), limit=4)
    assert {path.stem for path in pictures} == set(plan.clips["clip_id"].to_pylist())


def test_clips_nobody_looked_at_get_thumbnails_up_to_the_bound(tmp_path: Path) -> None:
    loads: list[str] = []
    suite = make_suite(per_value=3)
    respondent = planted(suite)
    unreadable = make_plan(suite, respondent).members[0].clip.clip_id

    def factory(clip: Clip) -> ClipView:
        def load() -> tuple[Frame, ...]:
            loads.append(clip.clip_id)
            if clip.clip_id == unreadable:
                raise UnreadableClipError("gone")
            import numpy as np

            return tuple(Frame(np.full((448, 252, 3), shade, np.uint8), 0.0) for shade in (10, 20, 30, 40))

        return replace(make_view(clip), load=load)

    options = {"plan": make_plan(suite, respondent), "view_factory": factory, "thumbnails_a_set": 2}
    run(tmp_path / "run", respondent, **options)
    folder = tmp_path / "run" / "thumbnails"
    kept = {path.stem for path in folder.iterdir()}
    assert all(path.suffix == ".webp" for path in folder.iterdir())
    for code in suite.codes:
        assert len({clip.clip.clip_id for clip in suite.clips if code in clip.value_sets} & kept) == 2
    assert len({clip.clip.clip_id for clip in suite.clips if clip.control_for} & kept) == 2
    with Image.open(io.BytesIO(next(folder.iterdir()).read_bytes())) as picture:
        assert (picture.format, picture.size) == ("WEBP", (90, 160))
        assert abs(picture.convert("L").getpixel((45, 80)) - 30) <= 3
    before = len(loads)
    run(tmp_path / "run", respondent, **options)
    assert set(loads[before:]) <= {unreadable}


def test_a_planted_bench_end_to_end_finds_what_was_planted(tmp_path: Path) -> None:
    """The real tally reads what the real run wrote."""
    tally = pytest.importorskip("spectrum.bench.tally").tally
    ids = {clip.clip.clip_id: clip for clip in SUITE.clips}
    liked = {each: 0.95 if "HE" in clip.value_sets else 0.3 for each, clip in ids.items()}
    respondent = PlantedRespondent("planted:hedonist", {"neutral": liked})
    run(tmp_path / "run", respondent, plan=make_plan(SUITE, respondent), tally=tally)
    assert json.loads(RunFolder(tmp_path / "run").summary.read_text())
    profile = pq.read_table(RunFolder(tmp_path / "run").tables / "profile.parquet").to_pylist()
    best = max((row for row in profile if row["condition"] == "neutral"), key=lambda row: row["estimate"])
    assert best["value"] == "HE"
