from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from spectrum.errors import ConfigError
from spectrum.pairs.design import DrawnPair, draw_pairs
from spectrum.pairs.questions import load_pair_bank
from spectrum.suite import Suite
from tests.support.benches import make_suite

BANK = load_pair_bank()
SUITE = make_suite(per_value=12, controls=20)


def value_of(suite: Suite) -> dict[str, str]:
    return {clip.clip.clip_id: clip.value_sets[0] for clip in suite.clips if clip.value_sets}


def triads(pairs: tuple[DrawnPair, ...]) -> dict[int, list[DrawnPair]]:
    found: dict[int, list[DrawnPair]] = {}
    for pair in pairs:
        if pair.triad is not None:
            found.setdefault(pair.triad, []).append(pair)
    return found


def test_a_triad_s_pairs_go_round_its_three_clips() -> None:
    pairs = draw_pairs(SUITE.clips, BANK, 300)
    assert [pair.number for pair in pairs] == list(range(300))
    assert len(triads(pairs)) == 100
    for one, two, three in triads(pairs).values():
        assert (one.second, two.second, three.second) == (two.first, three.first, one.first)
        assert len({one.first, two.first, three.first}) == 3


def test_any_two_values_meet_equally_often_and_a_share_is_within_one_value() -> None:
    value = value_of(SUITE)
    pairs = draw_pairs(SUITE.clips, BANK, 900, within=0.2)
    across = Counter(frozenset((value[p.first], value[p.second])) for p in pairs if p.kind == "across")
    assert set(across) == {frozenset(two) for two in combinations(SUITE.codes, 2)}
    assert max(across.values()) - min(across.values()) <= 2
    within = Counter(value[p.first] for p in pairs if p.kind == "within")
    assert all(value[p.first] == value[p.second] for p in pairs if p.kind == "within")
    assert sum(within.values()) == 180 and len(within) == 10
    assert max(within.values()) - min(within.values()) <= 3
    assert not [p for p in draw_pairs(SUITE.clips, BANK, 90, within=0.0) if p.kind == "within"]


def test_clips_and_wordings_are_used_evenly_and_controls_not_at_all() -> None:
    pairs = draw_pairs(SUITE.clips, BANK, 600)
    clips = Counter(clip for pair in pairs for clip in (pair.first, pair.second))
    assert set(clips) == set(value_of(SUITE))
    assert max(clips.values()) <= 2 * min(clips.values())
    words = Counter((pair.wording, pair.named_first) for pair in pairs)
    assert len(words) == 2 * len(BANK.wordings) and max(words.values()) - min(words.values()) <= 1


def test_a_longer_draw_begins_with_a_shorter_one_and_the_order_of_clips_is_nothing() -> None:
    short, long = draw_pairs(SUITE.clips, BANK, 60), draw_pairs(SUITE.clips, BANK, 300)
    assert long[:60] == short
    assert draw_pairs(tuple(reversed(SUITE.clips)), BANK, 60) == short
    assert draw_pairs(SUITE.clips, BANK, 60, seed=1) != short
    odd = draw_pairs(SUITE.clips, BANK, 62)
    assert [pair.triad for pair in odd[60:]] == [None, None]


def test_no_pair_is_asked_twice_in_the_same_words() -> None:
    small = make_suite(per_value=1, controls=0)
    pairs = draw_pairs(small.clips, BANK, 300, within=0.0)
    assert len({(frozenset((p.first, p.second)), p.wording, p.named_first) for p in pairs}) == 300
    with pytest.raises(ConfigError, match="too few clips for so many pairs"):
        draw_pairs(small.clips, BANK, 45 * 20 + 1, within=0.0)


def test_clips_of_one_cluster_are_kept_apart() -> None:
    clips = [
        replace(clip, cluster="one maker" if number % 2 else f"maker {number}")
        for number, clip in enumerate(SUITE.clips)
    ]
    cluster = {clip.clip.clip_id: clip.cluster for clip in clips}
    pairs = draw_pairs(clips, BANK, 150)
    assert not [pair for pair in pairs if cluster[pair.first] == cluster[pair.second]]


def test_a_clip_of_two_values_is_never_compared_with_itself() -> None:
    clips = [replace(clip, value_sets=("SD", "ST", "HE")) for clip in make_suite(per_value=1, controls=0).clips[:3]]
    assert all(pair.first != pair.second for pair in draw_pairs(clips, BANK, 30))


def test_what_cannot_be_drawn_is_one_line() -> None:
    with pytest.raises(ConfigError, match="three values or more, and 2"):
        draw_pairs(make_suite(per_value=3, controls=0, codes=("SD", "ST")).clips, BANK, 10)
    with pytest.raises(ConfigError, match="1 or more"):
        draw_pairs(SUITE.clips, BANK, 0)
