from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.bench.choose import in_keyed_order
from spectrum.errors import ConfigError
from tests.support.benches import make_suite

SUITE = make_suite(per_value=6, controls=30)


def clip_ids(limit: int | None = None, seed: int = 0, clips: object = SUITE.clips) -> list[str]:
    return [clip.clip.clip_id for clip in in_keyed_order(clips, seed, limit)]  # type: ignore[arg-type]


def test_without_a_limit_every_clip_comes_once() -> None:
    assert sorted(clip_ids()) == [clip.clip.clip_id for clip in SUITE.clips]


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 90), st.integers(0, 5))
def test_a_longer_limit_begins_with_a_shorter_one(limit: int, seed: int) -> None:
    assert clip_ids(seed=seed)[:limit] == clip_ids(limit, seed)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 60))
def test_value_sets_are_served_evenly(limit: int) -> None:
    chosen = in_keyed_order(SUITE.clips, 0, limit)
    counts = Counter(code for clip in chosen for code in clip.value_sets)
    served = [counts[code] for code in SUITE.codes]
    assert max(served) - min(served) <= 1


def test_controls_have_their_share() -> None:
    chosen = in_keyed_order(SUITE.clips, 0, 22)
    assert sum(bool(clip.control_for) for clip in chosen) == 2


def test_the_order_is_by_key_and_not_by_rank_or_arrival() -> None:
    assert clip_ids(clips=SUITE.clips[::-1]) == clip_ids()
    assert clip_ids(seed=1) != clip_ids()
    assert clip_ids() != sorted(clip_ids())


def test_a_clip_of_two_sets_counts_for_both() -> None:
    both = replace(SUITE.clips[0], value_sets=("SD", "ST"), control_for=())
    others = [
        replace(clip, value_sets=(code,), control_for=())
        for clip, code in zip(SUITE.clips[1:7], ["SD", "ST"] * 3, strict=True)
    ]
    chosen = in_keyed_order([both, *others], 0, 7)
    for end in range(1, 8):
        counts = Counter(code for clip in chosen[:end] for code in clip.value_sets)
        assert abs(counts["SD"] - counts["ST"]) <= 1


@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_that_leaves_nothing_is_told(limit: int) -> None:
    with pytest.raises(ConfigError, match="1 or more"):
        in_keyed_order(SUITE.clips, 0, limit)
