"""Which wordings a clip is asked in: balanced, keyed, the same for everybody."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.errors import ConfigError
from spectrum.questions import BLOCKS, load_bank
from spectrum.wordings import keyed_wordings

BANK = load_bank()
CLIPS = [f"clip{number}" for number in range(60)]

KNOWN = {
    "aa": ("like-04", "like-05", "like-09", "like-10"),
    "bb": ("like-02", "like-06", "like-08", "like-11"),
    "cc": ("like-01", "like-03", "like-07", "like-12"),
}


@settings(max_examples=60, deadline=None)
@given(
    clips=st.sets(st.text("abcdef0123456789", min_size=1, max_size=6), max_size=40),
    per_clip=st.integers(1, 14),
    seed=st.integers(0, 5),
    construct=st.sampled_from(BANK.constructs),
    block=st.sampled_from(BLOCKS),
)
def test_each_clip_gets_its_number_of_distinct_wordings_and_counts_differ_by_one_at_most(
    clips: set[str], per_clip: int, seed: int, construct: str, block: str
) -> None:
    drawn = keyed_wordings(BANK, construct, clips, per_clip, seed, block)
    wordings = BANK.wordings(construct)
    assert set(drawn) == clips
    for chosen in drawn.values():
        assert len(set(chosen)) == len(chosen) == min(per_clip, len(wordings)) and set(chosen) <= set(wordings)
    counts = Counter(wording for chosen in drawn.values() for wording in chosen)
    if clips:
        assert max(counts[wording] for wording in wordings) - min(counts[wording] for wording in wordings) <= 1


@given(order=st.permutations(CLIPS))
@settings(max_examples=20, deadline=None)
def test_the_order_in_which_clips_were_found_changes_nothing(order: list[str]) -> None:
    drawn = keyed_wordings(BANK, "like", order, 4, 7, "stem")
    expected = keyed_wordings(BANK, "like", CLIPS, 4, 7, "stem")
    assert list(drawn.items()) == list(expected.items())


def test_seed_construct_and_block_each_change_the_draw() -> None:
    drawn = keyed_wordings(BANK, "like", CLIPS, 4, 0, "stem")
    assert drawn != keyed_wordings(BANK, "like", CLIPS, 4, 1, "stem")
    assert drawn != keyed_wordings(BANK, "like", CLIPS, 4, 0, "named")


def test_wordings_meet_in_many_combinations() -> None:
    drawn = keyed_wordings(BANK, "like", [f"c{number}" for number in range(300)], 4, 0, "stem")
    pairs = {(a, b) for chosen in drawn.values() for a in chosen for b in chosen if a < b}
    assert len(pairs) == 66  # all pairs of twelve: no fixed blocks of wordings that always go together


def test_crossed_asks_all_wordings_of_every_clip() -> None:
    drawn = keyed_wordings(BANK, "watch", CLIPS, None, 0, "named")
    assert set(drawn.values()) == {BANK.wordings("watch")}


def test_the_draw_is_the_same_on_every_machine() -> None:
    drawn = keyed_wordings(BANK, "like", ["aa", "bb", "cc"], 4, 0, "stem")
    assert drawn == KNOWN


def test_no_wordings_is_an_error() -> None:
    with pytest.raises(ConfigError, match="at least 1"):
        keyed_wordings(BANK, "like", CLIPS, 0, 0, "stem")
