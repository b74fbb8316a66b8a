import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from spectrum.stats.rank_agreement import concordance, rank_correlation


@given(arrays(np.int64, (5, 6), elements=st.integers(0, 4)))
def test_concordance_is_friedmans_test_ties_and_all(ratings: np.ndarray) -> None:
    table = ratings.astype(np.float64)
    if (np.ptp(table, axis=1) == 0).all():
        with pytest.raises(ValueError, match="ties"):
            concordance(table)
        return
    found = concordance(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        oracle = stats.friedmanchisquare(*table.T)
    assert found.chi_square == pytest.approx(oracle.statistic)
    assert found.p == pytest.approx(oracle.pvalue)
    assert -1e-12 <= found.w <= 1 + 1e-12


def test_one_order_is_full_agreement_and_opposite_orders_are_none() -> None:
    order = np.arange(7.0)
    assert concordance(np.stack([order, 2 * order, order**3])).w == pytest.approx(1.0)
    assert concordance(np.stack([order, -order])).w == pytest.approx(0.0)


def test_what_has_no_order_is_refused() -> None:
    with pytest.raises(ValueError, match="two raters"):
        concordance(np.ones((1, 5)))
    with pytest.raises(ValueError, match="ties"):
        rank_correlation(np.ones(4), np.arange(4.0))
    with pytest.raises(ValueError, match="one length"):
        rank_correlation(np.arange(3.0), np.arange(4.0))
