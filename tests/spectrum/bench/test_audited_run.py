"""A run whose labels people have judged: from the judgements to the profile, the table and the light."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from spectrum.audit.audited_run import audited_run
from spectrum.audit.judgements import Judgement, append_judgement
from spectrum.bench.tally import tally
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import StoredAnswer
from spectrum.values import SCHWARTZ
from tests.support.run_folders import Likes, SimulatedAsk, SimulatedRun, simulated_clips

THETA = (2.0, -2.0, 1.0, 0.0, 0.0, -1.0, 0.0, 1.0, -1.0, 0.0)


def profile(folder: Path) -> dict[str, dict[str, float]]:
    rows = pq.read_table(folder / "tables" / "profile.parquet").to_pylist()
    return {r["value"]: r for r in rows if r["measure"] == "written" and r["scale"] == "probability"}


def labels_light(folder: Path) -> dict[str, str]:
    rows = pq.read_table(folder / "tables" / "lights.parquet").to_pylist()
    return next(row for row in rows if row["light"] == "labels")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A third of each set shows nothing of its value, which the labels do not know."""
    clips = simulated_clips(36, liking_sd=0.5)
    wrong = {clip.clip_id for place, clip in enumerate(clips) if place // 10 % 3 == 0}
    likes = Likes({"neutral": THETA}, level=0.0)

    def answers(ask: SimulatedAsk) -> StoredAnswer:
        shown = (0.0,) * 10 if ask.clip.clip_id in wrong else ask.clip.labels
        return likes(replace(ask, clip=replace(ask.clip, labels=shown)))

    SimulatedRun(clips).write(tmp_path, answers)
    return tmp_path


def judge(folder: Path, a_value: int) -> None:
    run = audited_run(folder)
    told = dict.fromkeys(SCHWARTZ.codes, 0)
    for place, clip in enumerate(simulated_clips(36, liking_sd=0.5)):
        code = SCHWARTZ.codes[place % 10]
        if told[code] < a_value:
            told[code] += 1
            values = () if place // 10 % 3 == 0 else (code,)
            append_judgement(run.file, Judgement(clip.clip_id, "ann", values))


def test_thirty_judged_clips_a_value_move_the_profile_towards_the_truth_and_widen_it(run: Path) -> None:
    tally(run)
    before = profile(run)
    assert labels_light(run)["state"] == "amber"
    judge(run, 30)
    tally(run)
    after = profile(run)
    light = labels_light(run)
    assert light["state"] == "green" and light["text"].startswith(".67 precise (300 audited); corrected")
    spread = [np.std([row["estimate"] for row in rows.values()]) for rows in (before, after)]
    assert 1.3 < spread[1] / spread[0] < 1.7  # two in three clips show their value: by 3/2, but for a clip's ceiling
    assert all(after[code]["se"] > before[code]["se"] for code in SCHWARTZ.codes)
    table = pq.read_table(run / "tables" / "audit.parquet").to_pylist()
    assert {row["audited"] for row in table} == {30}
    assert [row["precision"] for row in table] == pytest.approx([2 / 3] * 10)


def test_too_few_judgements_change_nothing_but_what_the_light_says(run: Path) -> None:
    tally(run)
    before = profile(run)
    judge(run, 12)
    tally(run)
    assert profile(run) == before
    light = labels_light(run)
    assert light["state"] == "amber"
    assert "uncorrected: for 10 values neither 30 clips nor the whole set was audited" in light["text"]


def test_the_same_judgements_give_the_same_bytes(run: Path) -> None:
    judge(run, 30)
    tally(run)
    first = RunFolder(run).summary.read_bytes(), (run / "tables" / "profile.csv").read_bytes()
    tally(run)
    assert first == (RunFolder(run).summary.read_bytes(), (run / "tables" / "profile.csv").read_bytes())
