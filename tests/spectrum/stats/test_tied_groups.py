import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from spectrum.calibration.batches import batches
from spectrum.calibration.false_positives import Cell, _estimated
from spectrum.stats.clustered import ClusteredEstimate, Keys
from spectrum.stats.tied_groups import simultaneous_intervals, tied_groups


def independent(estimate: list[float], se: float, clusters: int = 400) -> ClusteredEstimate:
    """Estimates with equal, independent errors and as many degrees of freedom as clusters."""
    count = len(estimate)
    covariance = np.eye(count) * se**2
    keys = np.arange(clusters)
    weights = np.zeros((clusters, count))
    weights[keys, keys % count] = 1.0
    return ClusteredEstimate(np.array(estimate), covariance, covariance, None, weights, Keys(keys, keys))


def test_one_liked_value_and_nine_equal_ones_make_two_groups() -> None:
    found = tied_groups(independent([0.3] + [-0.033] * 9, se=0.02))
    assert found.groups == ((0,), tuple(range(1, 10)))
    assert found.letters == ("a",) + ("b",) * 9


def test_a_chain_gives_overlapping_groups() -> None:
    found = tied_groups(independent([0.2, 0.1, 0.0], se=0.05))
    assert found.groups == ((0, 1), (1, 2))
    assert found.letters == ("a", "ab", "b")


def test_the_critical_value_is_tukeys() -> None:
    """q(.95; 3, 120) = 3.36 in the printed tables; the difference's half-width is q x se."""
    found = tied_groups(independent([0.0, 0.0, 0.0], se=1.0, clusters=183))
    assert found.high[0, 1] == pytest.approx(3.356, abs=0.005)


def test_few_clips_take_the_wider_intervals_of_sidak() -> None:
    """Three pairs at once: t at 1 - (1 - .95^(1/3)) / 2, of each pair's own degrees of freedom."""
    few = independent([0.0, 0.0, 0.0], se=1.0, clusters=18)
    wide, plain = tied_groups(few, few_clips=True), tied_groups(few)
    df = few.combine(np.array([[1.0, -1.0, 0.0]])).df[0]
    expected = stats.t.isf((1 - 0.95 ** (1 / 3)) / 2, df) * np.sqrt(2.0)
    assert wide.high[0, 1] == pytest.approx(expected) and wide.high[0, 1] > plain.high[0, 1]


def test_nothing_is_told_apart_too_often_at_six_clips_a_value() -> None:
    cell, wide, plain = Cell("six", clips_a_value=6), [], []
    for batch in batches(1000, np.random.default_rng(176), cell.ask):
        _, clustered = _estimated(cell, batch)
        for found, few in ((wide, True), (plain, False)):
            low, _ = simultaneous_intervals(clustered, few_clips=few)
            found.append((low > 0).any(axis=(-1, -2)))
    # 5% and three standard errors of 1,000 runs; without the wider intervals it is more.
    assert np.concatenate(wide).mean() < 0.05 + 3 * 0.0069 < np.concatenate(plain).mean()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1, 1).map(lambda x: round(x, 3)), min_size=2, max_size=10),
    st.sampled_from([0.01, 0.1, 0.5]),
)
def test_two_values_share_a_letter_exactly_where_no_interval_separates_them(estimate: list[float], se: float) -> None:
    found = tied_groups(independent(estimate, se, clusters=200))
    for i in range(len(estimate)):
        for j in range(len(estimate)):
            shared = bool(set(found.letters[i]) & set(found.letters[j]))
            assert shared == (not found.separated[i, j])
    for group in found.groups:
        assert not any(set(group) < set(other) for other in found.groups)
    assert np.array_equal(found.separated, found.separated.T)
    assert found.low == pytest.approx(-found.high.T)
