from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agents.episode import PAPER_PHASES
from agents.errors import FeedError
from agents.recommenders import RocchioFeed
from agents.run import run_browse
from agents.trace import SlotRecord, read_trace
from spectrum.errors import RespondentError
from spectrum.respondents.base import Group, Reply
from spectrum.respondents.planted import PlantedRespondent
from spectrum.runs.store import AnswerStore
from tests.support.browsing import CODES, make_design, make_walk, make_world, planted, walked

SUITE, SHELF = make_world(160, in_suite=80)
EVERYTHING = "persona,neutral,twin x adaptive,random,yoked"


def of(records: Sequence[SlotRecord], arm: str, pair: int = 0, kind: str = "feed") -> list[SlotRecord]:
    return [r for r in records if r.arm == arm and r.pair == pair and r.kind == kind]


@pytest.fixture(scope="module")
def records() -> list[SlotRecord]:
    return walked(make_walk(make_design(EVERYTHING), SUITE, SHELF, planted(SHELF)))


def test_every_agent_walks_its_slots_and_probes_stand_where_they_should(records: list[SlotRecord]) -> None:
    assert len(records) == 9 * 2 * 20
    for arm in {record.arm for record in records}:
        mine = [record for record in records if record.arm == arm and record.pair == 1]
        assert [r.slot for r in mine] == list(range(20))
        assert [r.kind for r in mine] == ["probe" if slot % 5 == 4 else "feed" for slot in range(20)]
        assert len({r.clip_id for r in mine}) == 20


def test_a_yoked_agent_is_shown_what_its_source_was_shown(records: list[SlotRecord]) -> None:
    for yoked, source in (
        ("bold@yoked:neutral", "neutral@adaptive"),
        ("neutral@yoked:bold", "bold@adaptive"),
        ("twin@yoked:neutral", "neutral@adaptive"),
    ):
        for pair in (0, 1):
            shown = [record.clip_id for record in of(records, yoked, pair)]
            assert shown == [record.clip_id for record in of(records, source, pair)]
    assert of(records, "bold@yoked:neutral")[0].recommender == "yoked to neutral@adaptive/0"
    assert of(records, "bold@yoked:neutral")[0].propensity is None


def test_persona_and_neutral_meet_the_same_probes_and_first_clip_the_twin_others(records: list[SlotRecord]) -> None:
    assert [r.clip_id for r in of(records, "bold@adaptive", kind="probe")] == [
        r.clip_id for r in of(records, "neutral@adaptive", kind="probe")
    ]
    assert of(records, "bold@adaptive")[0].clip_id == of(records, "neutral@random")[0].clip_id
    assert of(records, "twin@adaptive")[0].clip_id != of(records, "neutral@adaptive")[0].clip_id
    items = [[ask.item_id for r in of(records, f"{who}@adaptive", kind="probe") for ask in r.asks]
             for who in ("bold", "neutral", "twin")]  # fmt: skip
    assert items[0] == items[1] != items[2]


def test_probe_clips_never_enter_the_feed_of_their_episode(records: list[SlotRecord]) -> None:
    for arm in {record.arm for record in records}:
        probes = {r.clip_id for r in of(records, arm, kind="probe")}
        assert not probes & {r.clip_id for r in of(records, arm)}


def test_an_arm_without_probes_has_the_same_feed_slots_and_with_memory_off_the_same_feed() -> None:
    design = make_design("persona,neutral x adaptive x probes,no-probes")
    found = walked(make_walk(design, SUITE, SHELF, planted(SHELF)))
    with_probes, without = of(found, "bold@adaptive"), of(found, "bold@adaptive-probes")
    assert len(without) == 16 == len([r for r in found if r.arm == "bold@adaptive-probes" and r.pair == 0])
    # Without probes, nothing keeps probe clips out of the feed: up to the first of them the two are the same.
    probes = {r.clip_id for r in of(found, "bold@adaptive", kind="probe")}
    for one, other in zip(with_probes, without, strict=True):
        if other.clip_id in probes:
            break
        assert (one.clip_id, one.action) == (other.clip_id, other.action)


def test_what_is_liked_comes_again_in_kind() -> None:
    design = make_design("persona x adaptive,random", slots=30, replicates=4)
    found = walked(make_walk(design, SUITE, SHELF, planted(SHELF)))
    place = CODES.index("ST")
    share = {
        arm: sum(SHELF.labels[SHELF.row_of[r.clip_id], place] for r in found if r.arm == arm and r.kind == "feed")
        for arm in ("bold@adaptive", "bold@random")
    }
    assert share["bold@adaptive"] > 1.5 * share["bold@random"]


def test_memory_is_told_in_the_system_turn_and_only_where_it_is_on() -> None:
    design = make_design("neutral x adaptive x memory,no-memory", episode={"memory_words": 40}, replicates=1)
    found = walked(make_walk(design, SUITE, SHELF, planted(SHELF)))
    remembers = [r for r in found if r.arm == "neutral@adaptive+memory"]
    assert remembers[0].system == "" and "you " in remembers[1].system
    assert all(len(r.system.split()) <= 40 for r in remembers)
    assert all(r.system == "" for r in found if r.arm == "neutral@adaptive")
    probe = next(r for r in remembers if r.kind == "probe")
    title = SHELF.titles[SHELF.row_of[of(found, "neutral@adaptive+memory")[3].clip_id]]
    assert f'"{title}"' in probe.system
    # A probe slot is not remembered.
    assert SHELF.titles[SHELF.row_of[probe.clip_id]] not in remembers[5].system.replace('"', " ").split(";")[0]


def test_a_reversed_agent_answers_as_its_opposite_from_half_time_on() -> None:
    found = walked(make_walk(make_design("reversed,persona,neutral x adaptive"), SUITE, SHELF, planted(SHELF)))
    assert {r.condition for r in found if r.arm == "bold-reversed@adaptive" and r.slot < 10} == {"bold"}
    assert {r.condition for r in found if r.arm == "bold-reversed@adaptive" and r.slot >= 10} == {"timid"}
    first = [r.clip_id for r in found if r.arm == "bold-reversed@adaptive" and r.slot < 10 and r.pair == 0]
    assert first == [r.clip_id for r in found if r.arm == "bold@adaptive" and r.slot < 10 and r.pair == 0]


def test_the_papers_phases_feed_and_learn_as_declared() -> None:
    suite, shelf = make_world(320, in_suite=80)
    design = make_design("neutral x adaptive", slots=200, probe_every=0, replicates=1, episode={"phases": PAPER_PHASES})
    found = walked(make_walk(design, suite, shelf, planted(shelf)))
    assert [r.recommender for r in found[:50]] == ["random"] * 50
    assert {r.feed_weight for r in found[:50]} == {0.0} and {r.feed_weight for r in found[150:]} == {0.0}
    assert {r.feed_weight for r in found[50:150]} == {1.0, 0.3, -1.0}


def test_the_feed_can_learn_from_modelled_watch_time() -> None:
    design = make_design("neutral x adaptive", replicates=1, learn_from="watch")
    for r in walked(make_walk(design, SUITE, SHELF, planted(SHELF))):
        if r.kind == "feed":
            assert r.watched_share_modelled is not None and r.feed_weight == pytest.approx(
                2 * r.watched_share_modelled - 1
            )


def test_a_refuser_is_shown_everything_teaches_nothing_and_is_counted(records: list[SlotRecord]) -> None:
    refuser = PlantedRespondent("planted:refuser", {}, refusal=1.0, elsewhere=0.5)
    found = walked(make_walk(make_design("neutral x adaptive", replicates=1), SUITE, SHELF, refuser))
    feed = [r for r in found if r.kind == "feed"]
    assert {r.action for r in feed} == {None} and {r.asks[0].outcome for r in feed} == {"refused"}
    assert [r.clip_id for r in feed] == [r.clip_id for r in of(records, "neutral@random")]


def test_lockstep_gives_what_one_agent_at_a_time_gives(records: list[SlotRecord]) -> None:
    design = make_design(EVERYTHING)
    alone: list[SlotRecord] = []
    for arm in design.arms:
        partners = [other for other in design.arms if other.name in (arm.name, arm.source_arm() if arm.source else "")]
        single = replace(design, arms=tuple(partners))
        found = walked(make_walk(single, SUITE, SHELF, planted(SHELF)))
        alone += [record for record in found if record.arm == arm.name]
    key = lambda record: (record.agent, record.slot)  # noqa: E731
    assert sorted(alone, key=key) == sorted(records, key=key)


def test_an_index_too_small_for_the_design_says_what_is_short_and_how_to_go_on() -> None:
    suite, shelf = make_world(40, in_suite=40)
    design = make_design("neutral x adaptive", slots=45, probe_every=5)
    with pytest.raises(FeedError, match="36 feed slots need as many clips; the index has 40, and 31 beside the probe"):
        make_walk(design, suite, shelf, planted(shelf))
    found = walked(make_walk(design, suite, shelf, planted(shelf), until_exhausted=True))
    assert len([r for r in found if r.pair == 0 and r.kind == "feed"]) == 31


class Dying:
    """A planted respondent that fails for good after a number of groups."""

    def __init__(self, planted: PlantedRespondent, groups: int, raises: bool) -> None:
        self._planted, self._left, self._raises = planted, groups, raises

    def __getattr__(self, name: str) -> object:
        return getattr(self._planted, name)

    def answer(self, group: Group) -> Sequence[Reply]:
        self._left -= 1
        if self._left >= 0:
            return self._planted.answer(group)
        if self._raises:
            raise RespondentError("the server has gone")
        return [Reply(ask.ask_id, error="HTTP 500") for ask in group.asks]


@pytest.mark.parametrize("raises", [True, False])
@pytest.mark.parametrize("groups", [0, 7, 23])
def test_a_respondent_that_dies_loses_nothing_and_the_run_goes_on_to_the_same_end(
    tmp_path: Path, groups: int, raises: bool
) -> None:
    design = make_design("persona,neutral x adaptive", slots=12)
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    with AnswerStore(tmp_path / "whole.sqlite") as store:
        run_browse(make_walk(design, SUITE, SHELF, planted(SHELF)), store, whole, "m")
    dying = Dying(planted(SHELF), groups, raises)
    with AnswerStore(tmp_path / "broken.sqlite") as store:
        with pytest.raises(RespondentError, match="the server has gone" if raises else "HTTP 500"):
            for _ in range(40):
                run_browse(make_walk(design, SUITE, SHELF, dying), store, broken, "m")  # type: ignore[arg-type]
        run_browse(make_walk(design, SUITE, SHELF, planted(SHELF)), store, broken, "m")
    if raises:
        assert broken.read_bytes() == whole.read_bytes()
    assert read_trace(broken).done


def test_a_trace_cut_anywhere_is_walked_to_the_same_bytes(tmp_path: Path) -> None:
    design = make_design("persona,neutral x adaptive,yoked", slots=12)
    whole = tmp_path / "whole.jsonl"
    with AnswerStore(tmp_path / "a.sqlite") as store:
        run_browse(make_walk(design, SUITE, SHELF, planted(SHELF)), store, whole, "m")
        raw = whole.read_bytes()
        attempts = store.attempts()
        for cut in (0, 10, len(raw) // 7, len(raw) // 3, len(raw) // 2, len(raw) - 30, len(raw) - 1, len(raw)):
            again = tmp_path / "again.jsonl"
            again.write_bytes(raw[:cut])
            run_browse(make_walk(design, SUITE, SHELF, planted(SHELF)), store, again, "m")
            assert again.read_bytes() == raw, cut
        assert store.attempts() == attempts


def test_a_choice_can_be_followed_from_its_shortlist(records: list[SlotRecord]) -> None:
    ranked = [r for r in records if r.recommender == RocchioFeed().name and r.shortlist]
    assert ranked
    for r in ranked:
        assert r.shortlist[0] == (r.clip_id, r.score) and r.propensity == 1.0 and r.candidates
