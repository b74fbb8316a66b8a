"""The null ladder from plan to headline, with respondents whose reason for answering is known."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from spectrum.answers import TextSpec
from spectrum.bench.arms import Arm, Ladder
from spectrum.bench.plan import Plan, plan_bench
from spectrum.bench.run import run_bench
from spectrum.prompts import NEUTRAL
from spectrum.questions import load_bank
from spectrum.respondents.base import Group, Reply
from spectrum.respondents.planted import PlantedRespondent
from spectrum.runs.store import AnswerStore
from spectrum.suite import Suite
from spectrum.values import SCHWARTZ
from tests.support.benches import make_suite, make_view
from video_index.keyed import uniform

SUITE = make_suite(per_value=12, controls=20)
HEDONISM = SCHWARTZ.index("Hedonism")
LADDER = Ladder((Arm.BLANK, Arm.PERMUTED), 12)


def hedonist(suite: Suite = SUITE, sample: bool = False) -> PlantedRespondent:
    """Accepts hedonist clips with about .9 and others with about .4, each clip in its own measure."""
    table = {
        member.clip.clip_id: min(
            max(0.4 + 0.5 * (member.labels[HEDONISM] > 0.5) + 0.6 * (uniform("own", member.clip.clip_id) - 0.5), 0.02),
            0.98,
        )
        for member in suite.clips
    }
    return PlantedRespondent("planted:hedonist", {"neutral": table}, wording_sd=0.3, sample=sample)


@dataclass
class Changed:
    """A planted respondent that sees other groups than it is shown, or whose replies are changed."""

    planted: PlantedRespondent
    seen: Callable[[Group], Group] = lambda group: group
    reply: Callable[[Group, Reply], Reply] = lambda group, reply: reply
    concurrency: int = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.planted, name)

    def answer(self, group: Group) -> Sequence[Reply]:
        return [self.reply(group, reply) for reply in self.planted.answer(self.seen(group))]


def with_views(group: Group, **changes: str) -> Group:
    return replace(group, media=tuple(replace(view, **changes) for view in group.media))


def sees_through_grey(group: Group) -> Group:
    """Knows the clip whatever is shown: by a cache that ignores the pictures, say."""
    return with_views(group, treatment="") if group.media and group.media[0].treatment == "blank" else group


def answers_for_the_clip_asked_about(group: Group) -> Group:
    named = re.fullmatch("for (.*)", group.media[0].treatment) if group.media else None
    return group if named is None else with_views(group, clip_id=named.group(1))


def planned(respondent: Any, suite: Suite = SUITE, **options: Any) -> Plan:
    return plan_bench(suite, load_bank(), [NEUTRAL], respondent.fingerprint, respondent.settings, **options)


def run(folder: Path, respondent: Any, suite: Suite = SUITE, **options: Any) -> dict[str, Any]:
    """Ask and tally; the summary."""
    plan = planned(respondent, suite, **{"ladder": LADDER, **options})
    run_bench(plan, respondent, folder, view_factory=make_view, config={}, thumbnails_a_set=0)
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return found


def rows(folder: Path, table: str, **wanted: str) -> list[dict[str, Any]]:
    every = pq.read_table(folder / "tables" / f"{table}.parquet").to_pylist()
    return [row for row in every if all(row[key] == value for key, value in wanted.items())]


def light(folder: Path, name: str) -> dict[str, Any]:
    return rows(folder, "lights", light=name)[0]


def rung(folder: Path, name: str) -> dict[str, Any]:
    return rows(folder, "null_ladder", rung=name)[0]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "run"
    run(folder, hedonist())
    return folder


def test_who_looks_at_the_pictures_passes_and_the_headline_says_so(sound: Path) -> None:
    summary = json.loads((sound / "summary.json").read_text())
    assert summary["kind"] == "bench" and summary["status"] == "done"
    assert "accepted Hedonism clips" in summary["headline"]
    assert "Blank-picture check: passed." in summary["headline"]
    assert summary["checks"]["blank_check"] == "passed"
    assert summary["checks"]["rungs"] == ["blank", "permuted"]
    assert summary["checks"]["shuffled_p"] == pytest.approx(1 / 201, abs=1e-6)
    assert light(sound, "picture")["state"] == "green"


def test_every_rung_is_told_with_its_numbers(sound: Path) -> None:
    found = {row["rung"]: row for row in rows(sound, "null_ladder")}
    assert list(found) == ["intact", "chance", "always_yes", "shuffled_labels", "blank", "permuted"]
    assert found["chance"]["level"] == found["always_yes"]["level"] == 0.5
    assert found["shuffled_labels"]["gate"] == found["blank"]["gate"] == "passed"
    assert found["shuffled_labels"]["share"] < 0.1
    assert found["blank"]["sd"] == 0.0 and found["blank"]["asked"] == 120 * 16
    assert found["permuted"]["follows_shown"] > 0.9 > 0.5 > abs(found["permuted"]["follows_planned"])
    assert 0.2 < found["permuted"]["changed"] < 0.8
    values = rows(sound, "null_profile", rung="blank")
    assert [row["value"] for row in values] == list(SCHWARTZ.codes)
    assert all(row["low"] <= row["estimate"] <= row["high"] for row in values)


def test_a_profile_that_stays_on_blank_frames_is_not_reported(tmp_path: Path) -> None:
    summary = run(tmp_path, Changed(hedonist(), sees_through_grey))
    assert summary["headline"].startswith("No profile can be reported, because with blank frames a profile stays (")
    assert not any(name in summary["headline"] for name in SCHWARTZ.names)
    assert rows(tmp_path, "profile") == []
    assert (light(tmp_path, "picture")["state"], rung(tmp_path, "blank")["gate"]) == ("red", "failed")
    assert summary["checks"]["blank_check"] == "failed"
    assert summary["estimates"][0]["reason"].startswith("with blank frames")


def test_answers_that_go_with_the_clip_asked_about_and_not_with_its_picture_are_found_out(tmp_path: Path) -> None:
    summary = run(tmp_path, Changed(hedonist(), answers_for_the_clip_asked_about))
    assert rung(tmp_path, "permuted")["gate"] == "failed"
    assert rung(tmp_path, "permuted")["follows_planned"] > 0.9
    assert summary["headline"].startswith(
        "No profile can be reported, because with other clips' pictures answers still go with the clip asked about (r "
    )


def test_too_few_coin_tosses_on_blank_frames_decide_nothing_and_the_profile_stands(tmp_path: Path) -> None:
    summary = run(tmp_path, hedonist(sample=True))
    assert "Blank-picture check: undecided." in summary["headline"]
    assert "Hedonism" in summary["headline"]
    found = light(tmp_path, "picture")
    assert found["state"] == "amber" and "blank frames undecided on 120 clips" in found["text"]


def test_blank_frames_that_are_refused_are_no_profile(tmp_path: Path) -> None:
    def refuses(group: Group, reply: Reply) -> Reply:
        grey = bool(group.media) and group.media[0].treatment == "blank"
        return replace(reply, text="I'm sorry, I can't assist with that.", probabilities=None) if grey else reply

    summary = run(tmp_path, Changed(hedonist(), reply=refuses))
    assert summary["checks"]["blank_check"] == "passed"
    assert rung(tmp_path, "blank")["text"] == "hardly judged: 0% of the asks got a choice"


def test_without_a_ladder_it_says_not_run(tmp_path: Path) -> None:
    summary = run(tmp_path, hedonist(), ladder=None)
    assert "Blank-picture check: not run." in summary["headline"]
    found = light(tmp_path, "picture")
    assert (found["state"], found["text"][:8]) == ("off", "not run:")
    assert rung(tmp_path, "shuffled_labels")["p"] < 0.05


def test_the_rungs_change_nothing_about_the_clips_as_they_are(sound: Path, tmp_path: Path) -> None:
    run(tmp_path, hedonist(), ladder=None)
    for table in ("profile", "level", "outcomes", "clip_acceptance", "effects", "reliability"):
        assert rows(tmp_path, table) == rows(sound, table), table


@dataclass
class Describer:
    """Sees hedonism, says so when asked to describe, and answers from either; `blind` clips it fails to describe."""

    suite: Suite
    blind: frozenset[str] = frozenset()
    name: str = "describer"
    fingerprint: str = "d" * 32
    concurrency: int = 1

    def __post_init__(self) -> None:
        self.without_pictures: list[Group] = []
        self.likes = {
            member.clip.clip_id: member.labels[HEDONISM] > 0.5 or uniform("own", member.clip.clip_id) < 0.3
            for member in self.suite.clips
        }

    @property
    def settings(self) -> dict[str, str]:
        return {}

    def answer(self, group: Group) -> Sequence[Reply]:
        if not group.media:
            self.without_pictures.append(group)
        return [self._reply(group, ask) for ask in group.asks]

    def _reply(self, group: Group, ask: Any) -> Reply:
        if isinstance(ask.answer_spec, TextSpec):
            clip = group.media[0].clip_id
            if clip in self.blind:
                return Reply(ask.ask_id, error="no words")
            return Reply(ask.ask_id, text="A feast." if self.likes[clip] else "A plain wall.")
        accepts = self.likes[group.media[0].clip_id] if group.media else "A feast." in ask.after_media
        wanted = max(ask.answer_spec.acceptance) if accepts else min(ask.answer_spec.acceptance)
        return Reply(ask.ask_id, text=ask.answer_spec.options[ask.answer_spec.acceptance.index(wanted)])

    def close(self) -> None:
        """Nothing is held."""


def test_its_own_descriptions_carry_the_profile_where_the_words_do(tmp_path: Path) -> None:
    respondent = Describer(SUITE)
    summary = run(tmp_path, respondent, ladder=Ladder((Arm.CAPTION,), 24))
    assert summary["status"] == "done"
    assert len(respondent.without_pictures) == 120
    asked = respondent.without_pictures[0].asks[0]
    assert asked.after_media.startswith('Here is a short video, described in words: "A ')
    found = rung(tmp_path, "caption")
    assert found["gate"] == "" and found["changed"] == 0.0
    assert found["correlation"] > 0.9
    again = Describer(SUITE)
    run(tmp_path, again, ladder=Ladder((Arm.CAPTION,), 24))
    assert again.without_pictures == []


def test_a_clip_that_cannot_be_described_waits_for_nothing(tmp_path: Path) -> None:
    plan = planned(Describer(SUITE), ladder=Ladder((Arm.CAPTION,), 24))
    blind = plan.members[next(iter(plan.described_by))].clip.clip_id
    respondent = Describer(SUITE, frozenset({blind}))
    summary = run(tmp_path, respondent, ladder=Ladder((Arm.CAPTION,), 24))
    assert (summary["status"], summary["missing"], summary["failed"]) == ("done", 0, 17)
    run(tmp_path, Describer(SUITE), ladder=Ladder((Arm.CAPTION,), 24))
    with AnswerStore(tmp_path / "answers.sqlite", read_only=True) as store:
        assert len(store) == len(plan)
