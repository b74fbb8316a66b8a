import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.actions import ACTIONS, KNOWN, Action
from agents.catalogue import Catalogue
from agents.episode import (
    PAPER_PHASES,
    EpisodeSpec,
    EpisodeState,
    after_slot,
    next_slot,
    probe_order,
)
from agents.errors import FeedError
from agents.recommenders import RocchioFeed

IDS = tuple(f"clip{index:03d}" for index in range(20))
SHELF = Catalogue(IDS, np.eye(20, dtype=np.float32), np.zeros((20, 10)))
PROBES = tuple(f"probe{index}" for index in range(30))


def walk(spec: EpisodeSpec, actions: list[Action | None], probe_action: Action | None = None) -> list[tuple[str, str]]:
    state, seen, turn = EpisodeState(), [], iter(actions)
    while (slot := next_slot(spec, state, SHELF, RocchioFeed(), 0, PROBES)) is not None:
        seen.append((slot.kind, slot.clip_id))
        state = after_slot(state, slot, probe_action if slot.kind == "probe" else next(turn), SHELF)
    return seen


@given(st.lists(st.sampled_from([*ACTIONS, None]), min_size=30, max_size=30), st.sampled_from([*ACTIONS, None]))
def test_probe_slots_move_nothing_whatever_is_answered_there(actions: list, answered: Action | None) -> None:
    spec = EpisodeSpec(slots=20, probe_every=3, seed=4)
    assert walk(spec, actions, answered) == walk(spec, actions, None)


@given(st.integers(1, 90), st.integers(0, 12))
def test_half_time_lies_before_the_first_feed_slot_of_the_second_half(slots: int, every: int) -> None:
    spec = EpisodeSpec(slots, every, seed=0)
    fed = [slot for slot in range(slots) if not spec.is_probe(slot)]
    assert spec.half_time == sum(2 * slot < slots for slot in fed)


def test_probes_stand_at_every_nth_slot_and_their_number_is_known_before() -> None:
    spec = EpisodeSpec(slots=20, probe_every=3, seed=4)
    kinds = [kind for kind, _ in walk(spec, [ACTIONS[0]] * 30)]
    assert kinds == ["probe" if slot % 3 == 2 else "feed" for slot in range(20)]
    assert spec.probes == kinds.count("probe") == 6
    assert spec.without_probes().slots == spec.feed_slots == 14
    assert EpisodeSpec(slots=20, probe_every=0, seed=4).probes == 0


@given(st.integers(1, 12), st.integers(1, 60))
def test_the_probes_before_a_slot_are_counted_without_walking(every: int, slot: int) -> None:
    spec = EpisodeSpec(slots=100, probe_every=every, seed=0)
    assert spec.probes_before(slot) == sum(spec.is_probe(earlier) for earlier in range(slot))


def test_an_exhausted_catalogue_ends_the_episode() -> None:
    seen = walk(EpisodeSpec(slots=100, probe_every=0, seed=4), [ACTIONS[0]] * 100)
    assert sorted(clip for _, clip in seen) == list(IDS)


def test_a_clip_comes_again_only_where_asked_and_only_after_its_slots() -> None:
    spec = EpisodeSpec(slots=100, probe_every=0, seed=4, again_after=7)
    clips = [clip for _, clip in walk(spec, [ACTIONS[0]] * 100)]
    assert len(clips) == 100
    for place, clip in enumerate(clips):
        assert clip not in clips[max(0, place - 7) : place]
    assert len(set(clips)) < 100


def test_leaving_ends_the_episode() -> None:
    spec = EpisodeSpec(slots=10, probe_every=0, seed=4)
    seen = walk(spec, [ACTIONS[0], ACTIONS[2], KNOWN["leave"], ACTIONS[0]])
    assert len(seen) == 3


def test_an_unreadable_action_is_shown_and_teaches_the_feed_nothing() -> None:
    spec, state = EpisodeSpec(slots=5, probe_every=0, seed=4), EpisodeState()
    slot = next_slot(spec, state, SHELF, RocchioFeed(), 0, PROBES)
    assert slot is not None
    after = after_slot(state, slot, None, SHELF)
    assert after.slot == 1 and after.history[0].weight == 0.0
    assert after_slot(state, slot, ACTIONS[0], SHELF, learns=False).history[0].weight == 0.0
    assert after_slot(state, slot, ACTIONS[0], SHELF, 0.4).history[0].weight == 0.4


def test_the_feed_state_hash_changes_with_clip_weight_and_order() -> None:
    spec = EpisodeSpec(slots=5, probe_every=0, seed=4)
    slot = next_slot(spec, EpisodeState(), SHELF, RocchioFeed(), 0, PROBES)
    assert slot is not None
    hashes = {after_slot(EpisodeState(), slot, action, SHELF).feed_state for action in (ACTIONS[0], ACTIONS[2], None)}
    assert len(hashes) == 3
    one = after_slot(EpisodeState(), slot, ACTIONS[0], SHELF)
    assert (
        after_slot(one, slot, ACTIONS[2], SHELF).feed_state
        != after_slot(after_slot(EpisodeState(), slot, ACTIONS[2], SHELF), slot, ACTIONS[0], SHELF).feed_state
    )


def test_the_papers_preset_learns_in_its_middle_only() -> None:
    spec = EpisodeSpec(slots=200, probe_every=0, seed=0, phases=PAPER_PHASES)
    phases = [spec.phase(fed) for fed in range(210)]
    assert [phase.name for phase in phases[:200]] == ["before"] * 50 + ["training"] * 100 + ["after"] * 50
    assert [phase.learns for phase in phases[49:151]] == [False] + [True] * 100 + [False]
    assert not phases[0].own_feed and phases[200].own_feed


def test_probe_order_takes_one_of_each_stratum_a_round_and_none_twice() -> None:
    strata = [[f"v{value}c{clip}" for clip in range(4)] for value in range(11)]
    strata[1] = [*strata[1], "v0c0"]
    order = probe_order(strata, 44, seed=2, replicate=0)
    assert len(set(order)) == 44
    for start in range(0, 33, 11):
        assert {clip.split("c")[0] for clip in order[start : start + 11]} == {f"v{value}" for value in range(11)}
    assert order == probe_order([list(reversed(stratum)) for stratum in strata], 44, seed=2, replicate=0)
    assert order != probe_order(strata, 44, seed=2, replicate=1)


def test_more_probes_than_clips_is_said_before_anything_is_asked() -> None:
    with pytest.raises(FeedError, match="5 probe slots need as many clips, the value sets hold 3"):
        probe_order([["a", "b"], ["b", "c"]], 5, seed=0, replicate=0)
