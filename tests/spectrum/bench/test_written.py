"""Written answers beside option probabilities: all, a subset, none; with respondents whose probabilities are off."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from spectrum.bench.plan import plan_bench
from spectrum.bench.run import run_bench
from spectrum.prompts import NEUTRAL
from spectrum.questions import load_bank
from spectrum.respondents.base import Group, Reply
from spectrum.respondents.planted import PlantedRespondent
from spectrum.values import SCHWARTZ
from tests.support.benches import BOLD, make_suite, make_view
from video_index.keyed import uniform

SUITE = make_suite(per_value=22, controls=22)
HEDONISM, POWER = SCHWARTZ.index("Hedonism"), SCHWARTZ.index("Power")
VALUE = {member.clip.clip_id: member.value_sets[0] if member.value_sets else "" for member in SUITE.clips}


def table(liked: int) -> dict[str, float]:
    """Sure of most clips, so that what is written and what is probable agree; more of the liked value's."""
    found = {}
    for member in SUITE.clips:
        share = 0.95 if member.labels[liked] > 0.5 else 0.35
        found[member.clip.clip_id] = 0.99 if uniform("liked", member.clip.clip_id) < share else 0.01
    return found


@dataclass
class Scored:
    """A planted respondent whose probabilities for Power clips are off by `off`; `agree` False: they say nothing."""

    off: float = 0.0
    agree: bool = True
    concurrency: int = 1

    def __post_init__(self) -> None:
        self.planted = PlantedRespondent(
            "planted:scored", {"neutral": table(HEDONISM), "bold": table(POWER)}, sample=False
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self.planted, name)

    def answer(self, group: Group) -> Sequence[Reply]:
        off = self.off if VALUE[group.media[0].clip_id] == "PO" else 0.0
        return [self._shifted(group, reply, off) for reply in self.planted.answer(group)]

    def _shifted(self, group: Group, reply: Reply, off: float) -> Reply:
        assert reply.probabilities is not None
        ask = next(ask for ask in group.asks if ask.ask_id == reply.ask_id)
        accepting = ask.answer_spec.acceptance.index(1.0)  # type: ignore[union-attr]
        mass = float(np.clip(reply.probabilities[accepting] + off, 0.01, 0.99))
        if not self.agree:
            mass = uniform("noise", reply.ask_id)
        return replace(reply, probabilities=(mass, 1 - mass) if accepting == 0 else (1 - mass, mass))


def run(folder: Path, respondent: Any, conditions: Sequence[Any] = (NEUTRAL,), **options: Any) -> dict[str, Any]:
    plan = plan_bench(SUITE, load_bank(), conditions, respondent.fingerprint, respondent.settings, **options)
    run_bench(plan, respondent, folder, view_factory=make_view, config={}, thumbnails_a_set=0)
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return found


def rows(folder: Path, name: str, **wanted: str) -> list[dict[str, Any]]:
    every = pq.read_table(folder / "tables" / f"{name}.parquet").to_pylist()
    return [row for row in every if all(row[key] == value for key, value in wanted.items())]


def profile(folder: Path, measure: str) -> list[float]:
    return [
        row["estimate"] for row in rows(folder, "profile", measure=measure, scale="probability", condition="neutral")
    ]


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("all") / "run"
    run(folder, Scored())
    return folder


@pytest.fixture(scope="module")
def subset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("subset") / "run"
    run(folder, Scored(), (NEUTRAL, BOLD), write_a_value=20)
    return folder


def test_with_all_written_the_written_share_is_reported_and_the_correction_told(every: Path) -> None:
    summary = json.loads((every / "summary.json").read_text())
    reported = [note["measure"] for note in summary["estimates"] if note["reported"]]
    assert reported == ["written"]
    assert {row["measure"] for row in rows(every, "profile")} == {"written", "probability"}
    found = rows(every, "written_correction")
    together = [row["probability"] + row["correction"] for row in found]
    np.testing.assert_allclose(together, profile(every, "written"), atol=1e-6)


def test_a_subset_gives_the_corrected_profile_close_to_that_of_all_answers(every: Path, subset: Path) -> None:
    summary = json.loads((subset / "summary.json").read_text())
    reported = {note["condition"]: note["measure"] for note in summary["estimates"] if note["reported"]}
    assert reported == {"neutral": "combined", "bold": "combined"}
    assert summary["checks"]["written"] == "some"
    assert "Probabilities corrected by " in summary["headline"] and "Hedonism" in summary["headline"]
    measures = {row["measure"] for row in rows(subset, "profile")}
    assert measures == {"written", "probability", "combined"}
    np.testing.assert_allclose(profile(subset, "combined"), profile(every, "written"), atol=0.02)
    assert rows(subset, "outcomes", value="all", condition="neutral")[0]["planned"] < 242 * 16
    told = rows(subset, "lights", light="written")[0]
    assert told["state"] == "green" and "corrected by" in told["text"]


def test_a_persona_is_compared_by_the_corrected_measure(subset: Path) -> None:
    summary = json.loads((subset / "summary.json").read_text())
    assert len(summary["personas"]) == 1
    assert "Power clips" in summary["personas"][0]["sentence"]
    found = rows(subset, "contrast", measure="combined")
    assert max(found[:-1], key=lambda row: row["estimate"])["value"] == "PO"
    assert min(found[:-1], key=lambda row: row["estimate"])["value"] == "HE"


@pytest.mark.slow
def test_probabilities_that_are_off_are_said_to_be_and_not_used(tmp_path: Path) -> None:
    summary = run(tmp_path, Scored(off=0.3), write_a_value=20)
    assert [note["measure"] for note in summary["estimates"] if note["reported"]] == ["written"]
    assert "have all written with --written all" in summary["headline"]
    assert "Power (" in summary["checks"]["written_note"]
    flagged = [row["value"] for row in rows(tmp_path, "written_correction") if row["too_large"]]
    assert "PO" in flagged
    assert rows(tmp_path, "lights", light="written")[0]["state"] == "amber"


@pytest.mark.slow
def test_probabilities_that_do_not_agree_are_not_used_whatever_the_correction(tmp_path: Path) -> None:
    summary = run(tmp_path, Scored(agree=False), write_a_value=20)
    assert [note["measure"] for note in summary["estimates"] if note["reported"]] == ["written"]
    assert "probabilities unused" in rows(tmp_path, "lights", light="written")[0]["text"]


@pytest.mark.slow
def test_nothing_written_is_said_and_outcomes_count_nothing(tmp_path: Path) -> None:
    summary = run(tmp_path, Scored(), write_a_value=0)
    assert summary["status"] == "done"
    assert "Option probabilities only: nothing was written." in summary["headline"]
    assert [note["measure"] for note in summary["estimates"] if note["reported"]] == ["probability"]
    assert rows(tmp_path, "outcomes", value="all")[0]["planned"] == 0
    assert rows(tmp_path, "lights", light="written")[0]["text"].startswith("nothing was written")
