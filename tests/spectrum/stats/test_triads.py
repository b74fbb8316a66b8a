import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.stats.triads import circular_triads

TRANSITIVE, CIRCLE, OTHER_CIRCLE, UNDECIDED = [1, 1, -1], [1, 1, 1], [-1, -1, -1], [1, 0, -1]


def test_circles_are_counted_among_the_decided() -> None:
    found = circular_triads(np.array([TRANSITIVE] * 5 + [CIRCLE, OTHER_CIRCLE] + [UNDECIDED] * 3))
    assert (found.triads, found.decided, found.circular) == (10, 7, 2)
    assert found.share == pytest.approx(2 / 7)
    assert found.low is not None and found.high is not None and found.low < 2 / 7 < found.high


@given(st.permutations([0, 1, 2]))
def test_a_ranking_is_never_a_circle(rank: list[int]) -> None:
    winners = [1 if rank[a] < rank[b] else -1 for a, b in ((0, 1), (1, 2), (2, 0))]
    assert circular_triads(np.array([winners])).circular == 0


def test_choices_at_random_go_round_in_a_quarter_of_triads() -> None:
    winners = np.random.default_rng(0).choice([-1, 1], (4000, 3))
    found = circular_triads(winners)
    assert found.share == pytest.approx(0.25, abs=0.03)
    assert found.p is not None and found.p > 0.01


def test_choices_with_a_ranking_are_more_transitive_than_chance() -> None:
    found = circular_triads(np.array([TRANSITIVE] * 30))
    assert found.p is not None and found.p < 0.001
    assert found.low == 0.0


def test_nothing_decided_gives_no_share() -> None:
    found = circular_triads(np.array([UNDECIDED]))
    assert (found.triads, found.decided, found.share, found.p) == (1, 0, None, None)
    assert circular_triads(np.zeros((0, 3), dtype=np.int64)).triads == 0
