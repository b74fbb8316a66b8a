import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.stats.observations import mean_by, occurring


def test_means_are_taken_place_by_place_and_nan_where_there_is_nothing() -> None:
    found = mean_by(np.array([0, 2, 2, 2]), np.array([0.25, 1.0, 0.0, 0.5]), 4)
    assert found.tolist()[:3:2] == [0.25, 0.5]
    assert np.isnan(found[[1, 3]]).all()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_occurring_is_unique_with_its_inverse(numbers: list[int]) -> None:
    given_numbers = np.array(numbers, dtype=np.int64)
    distinct, place = occurring(given_numbers)
    expected, inverse = np.unique(given_numbers, return_inverse=True)
    assert distinct.tolist() == expected.tolist() and place.tolist() == inverse.tolist()
    assert mean_by(place, given_numbers.astype(np.float64), distinct.size) == pytest.approx(distinct)
