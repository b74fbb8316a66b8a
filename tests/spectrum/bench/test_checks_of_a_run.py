"""Matched controls, keywords left out, effects and bounds of a tallied run, against what was planted."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spectrum.bench.tally import tally
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import StoredAnswer
from spectrum.runs.tables import CLIPS
from spectrum.values import SCHWARTZ
from tests.support.run_folders import Likes, SimulatedAsk, SimulatedRun, simulated_clips
from video_index.keyed import uniform

FLAT = (0.0,) * 10
HEDONIST = tuple(3.0 if place == 2 else 0.0 for place in range(10))


def rows(run: RunFolder, table: str, **wanted: str) -> list[dict[str, Any]]:
    every = pq.read_table(run.tables / f"{table}.parquet").to_pylist()
    return [row for row in every if all(row[key] == value for key, value in wanted.items())]


def change_clips(run: RunFolder, **columns: Any) -> None:
    """Replace columns of clips.parquet by functions of its rows."""
    table = pq.read_table(run.clips).to_pylist()
    changed = [{**row, **{name: of(row) for name, of in columns.items()}} for row in table]
    pq.write_table(pa.Table.from_pylist(changed, schema=CLIPS), run.clips)


@pytest.fixture(scope="module")
def hedonist(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """30 clips a value, found by three keywords each, 60 controls that serve every value."""
    likes = Likes({"neutral": HEDONIST}, yes_bias=0.3)
    run = SimulatedRun(simulated_clips(30, controls=60), wordings=8).write(tmp_path_factory.mktemp("run"), likes)
    change_clips(
        run,
        control_for=lambda row: [] if row["value_sets"] else list(SCHWARTZ.codes),
        sharpness=lambda row: row["sharpness"] + (1.0 if row["value_sets"] == ["HE"] else 0.0),
        keywords=lambda row: [f"word {int(3 * uniform(row['clip_id']))}"] if row["value_sets"] else [],
    )
    tally(run.root)
    return run


def test_a_liked_set_stands_above_its_controls_and_the_others_do_not(hedonist: RunFolder) -> None:
    found = {row["value"]: row for row in rows(hedonist, "control_contrast")}
    assert set(found) == set(SCHWARTZ.codes)
    assert found["HE"]["low"] > 0.1 and found["HE"]["p_holm"] < 0.01
    assert (found["HE"]["set_clips"], found["HE"]["control_clips"]) == (30, 60)
    assert all(abs(row["estimate"]) < 0.25 for code, row in found.items() if code != "HE")


def test_covariates_that_stay_apart_are_flagged(hedonist: RunFolder) -> None:
    sharp = {row["value"]: row for row in rows(hedonist, "covariate_balance", covariate="sharpness")}
    assert sharp["HE"]["flagged"] and sharp["HE"]["matched"] and sharp["HE"]["difference"] > 0.5
    assert not any(row["flagged"] for row in rows(hedonist, "covariate_balance", covariate="brightness"))
    for row in rows(hedonist, "covariate_balance"):
        assert row["flagged"] == (row["difference"] is None or abs(row["difference"]) > 0.1)
    unbalanced = rows(hedonist, "control_contrast", value="HE")[0]["unbalanced"]
    assert unbalanced == sum(row["flagged"] for row in rows(hedonist, "covariate_balance", value="HE"))


def test_each_keyword_is_left_out_once_and_the_largest_change_comes_first(hedonist: RunFolder) -> None:
    found = rows(hedonist, "leave_keyword_out")
    assert len(found) == 30
    sizes = [abs(row["change"]) for row in found]
    assert sizes == sorted(sizes, reverse=True)
    assert all(row["change"] == pytest.approx(row["without"] - row["estimate"], abs=1e-8) for row in found)
    assert sum(row["clips"] for row in found if row["keyword_value"] == "HE") == 30
    summary = json.loads(hedonist.summary.read_text())
    assert summary["checks"]["keyword"].startswith(f'Without the {found[0]["clips"]} clips that "')


def test_one_keyword_that_carries_a_value_is_found(tmp_path: Path) -> None:
    """Hedonism is liked only in the clips of one keyword: without them nothing is left of it."""
    clips = simulated_clips(30, liking_sd=0.3)
    lucky = {clip.clip_id for clip in clips if clip.value == 2 and uniform(clip.clip_id) < 0.5}
    clips = tuple(replace(clip, liking=clip.liking + (4.0 if clip.clip_id in lucky else 0.0)) for clip in clips)
    run = SimulatedRun(clips, wordings=8).write(tmp_path, Likes({"neutral": FLAT}))

    def found_by(row: dict[str, Any]) -> list[str]:
        return ["champagne" if row["clip_id"] in lucky else f"sofa {int(5 * uniform('sofa', row['clip_id']))}"]

    change_clips(run, keywords=found_by)
    tally(run.root)
    first = rows(run, "leave_keyword_out")[0]
    assert (first["keyword"], first["keyword_value"], first["value"]) == ("champagne", "HE", "HE")
    assert first["estimate"] > 0.05 and first["change"] < -0.05


def test_a_keyword_whose_clips_are_all_that_a_value_has_tells_nothing(tmp_path: Path) -> None:
    run = SimulatedRun(simulated_clips(12), wordings=8).write(tmp_path, Likes({"neutral": HEDONIST}))
    change_clips(
        run,
        keywords=lambda row: ["only"],
        labels=lambda row: [float(code == row["value_sets"][0]) for code in SCHWARTZ.codes],
    )
    tally(run.root)
    assert {row["value"] for row in rows(run, "leave_keyword_out")} == {None}


def test_effects_tell_the_planted_yes_bias_by_wording_too(hedonist: RunFolder) -> None:
    overall = rows(hedonist, "effects", effect="yes_bias", wording="all")[0]
    assert overall["low"] < 0.3 < overall["high"]
    each = [row for row in rows(hedonist, "effects", effect="yes_bias") if row["wording"] != "all"]
    assert [row["wording"] for row in each] == [f"w{number}" for number in range(8)]
    order = rows(hedonist, "effects", effect="order", wording="all")[0]
    assert order["low"] <= 0 <= order["high"]
    wordings = rows(hedonist, "effects", effect="wording")
    assert sum(row["estimate"] for row in wordings) == pytest.approx(0, abs=1e-6)


def test_refusals_give_every_value_a_worst_and_a_best_case(tmp_path: Path) -> None:
    likes = Likes({"neutral": HEDONIST})

    def refuses_some(ask: SimulatedAsk) -> StoredAnswer:
        if ask.clip.value == 4 and uniform("refuse", ask.ask_id) < 0.4:
            return StoredAnswer(ask.ask_id, "refused", text="I'd rather not.")
        return likes(ask)

    run = SimulatedRun(simulated_clips(26), wordings=8).write(tmp_path, refuses_some)
    tally(run.root)
    found = {row["value"]: row for row in rows(run, "profile", measure="written", scale="probability")}
    widths = {code: row["bound_high"] - row["bound_low"] for code, row in found.items()}
    assert widths["PO"] == max(widths.values()) and widths["PO"] > 0.3
    assert all(width < 0.08 for code, width in widths.items() if code != "PO")
    for measure, scale in (("written", "logit"), ("probability", "probability")):
        assert {row["bound_low"] for row in rows(run, "profile", measure=measure, scale=scale)} == {None}


def test_a_run_of_an_earlier_release_is_read_as_intact_and_written(hedonist: RunFolder, tmp_path: Path) -> None:
    likes = Likes({"neutral": HEDONIST})
    run = SimulatedRun(simulated_clips(4)).write(tmp_path / "old", likes)
    before = tally(run.root)
    pq.write_table(pq.read_table(run.plan).drop_columns(["arm", "shown_clip_id", "written"]), run.plan)
    assert tally(run.root) == before
