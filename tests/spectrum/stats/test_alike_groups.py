from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.stats.alike_groups import alike_groups
from spectrum.stats.contrast import estimate_contrast
from spectrum.stats.observations import Observations
from spectrum.stats.tied_groups import maximal_sets
from tests.support.simulated import Planted


def respondents(
    count: int, seed: int = 0, moved: dict[int, tuple[int, float]] | None = None
) -> tuple[np.ndarray, Observations]:
    """Columns of answers to the same items; `moved` turns a share of a value's answers to acceptance."""
    planted = Planted(clips_a_value=25, wordings=8)
    items, _ = planted.draw(np.random.default_rng(seed))
    value = items.labels.argmax(axis=1)[items.clip]
    rng = np.random.default_rng((seed, 1))
    liking = rng.normal(0, 1, items.labels.shape[0])[items.clip]
    columns = []
    for number in range(count):
        answers = (rng.random(value.size) < 1 / (1 + np.exp(-liking))).astype(np.float64)
        if moved and number in moved:
            which, share = moved[number]
            answers = np.where((value == which) & (rng.random(value.size) < share), 1.0, answers)
        columns.append(answers)
    return np.column_stack(columns), items


def test_who_differs_in_one_value_is_apart_there_and_over_all() -> None:
    responses, items = respondents(4, moved={2: (3, 0.9)})
    found = alike_groups(responses, items)
    assert found.by_value[3] == ((2,), (0, 1, 3))
    assert set(found.overall) == {(0, 1, 3), (2,)}
    assert found.by_value[7] == ((0, 1, 2, 3),)
    assert found.estimate.sum(axis=0) == pytest.approx(np.zeros(10), abs=1e-12)
    assert found.level.sum() == pytest.approx(0.0, abs=1e-12)
    assert found.estimate[2, 3] > 0.2


def test_differences_are_those_of_the_paired_contrast() -> None:
    responses, items = respondents(3, moved={1: (0, 0.5)})
    found = alike_groups(responses, items)
    pair = estimate_contrast(replace(items, response=responses[:, 1] - responses[:, 2]))
    assert found.estimate[1] - found.estimate[2] == pytest.approx(pair.theta.estimate)
    assert found.level[1] - found.level[2] == pytest.approx(pair.level.estimate[0])


def test_equal_respondents_are_separated_in_few_runs() -> None:
    apart = 0
    for seed in range(30):
        responses, items = respondents(5, seed=seed + 10)
        apart += len(alike_groups(responses, items).overall) > 1
    assert apart <= 4


def test_maximal_sets_of_known_separations() -> None:
    apart = np.zeros((4, 4), dtype=bool)
    assert maximal_sets(apart) == ((0, 1, 2, 3),)
    apart[0, 3] = apart[3, 0] = True
    assert maximal_sets(apart) == ((0, 1, 2), (1, 2, 3))
    assert maximal_sets(~np.eye(3, dtype=bool)) == ((0,), (1,), (2,))


@given(
    st.integers(1, 7).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))
    )
)
def test_sets_hold_no_separated_pair_cannot_grow_and_cover_every_tie(drawn: tuple[int, set[tuple[int, int]]]) -> None:
    count, pairs = drawn
    apart = np.zeros((count, count), dtype=bool)
    for a, b in pairs:
        if a != b:
            apart[a, b] = apart[b, a] = True
    found = maximal_sets(apart)
    for group in found:
        assert not apart[np.ix_(group, group)].any()
        for other in set(range(count)) - set(group):
            assert apart[other, list(group)].any()
    for a in range(count):
        for b in range(count):
            assert apart[a, b] or any(a in group and b in group for group in found)
