import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from spectrum.stats.yes_counts import count_interval, profile_tests, variance_shares


def drawn(seed: int = 0, rate: float = 0.6, models: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).binomial(50, rate, (models, 10)).astype(np.int64)


def test_each_model_has_the_chi_square_of_its_contingency_table() -> None:
    yes = drawn()
    found = profile_tests(yes, 50)
    for place, row in enumerate(yes):
        oracle = stats.chi2_contingency([row, 50 - row], correction=False)
        assert found.chi_square[place] == pytest.approx(oracle.statistic)
        assert found.p[place] == pytest.approx(oracle.pvalue)
    assert found.df == 9


def test_a_design_effect_divides_the_statistic_and_constant_rows_have_no_profile() -> None:
    yes = np.vstack([drawn(), np.full((1, 10), 50), np.zeros((1, 10), dtype=np.int64)])
    plain, clustered = profile_tests(yes, 50), profile_tests(yes, 50, 2.0)
    assert clustered.chi_square == pytest.approx(plain.chi_square / 2)
    assert plain.p[-2:].tolist() == [1.0, 1.0]


def test_one_rate_is_rejected_as_often_as_it_should_be() -> None:
    p = profile_tests(drawn(3, models=4000), 50).p
    assert 0.04 < (p < 0.05).mean() < 0.06


def test_counts_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 50"):
        profile_tests(np.array([[51, 3]]), 50)
    with pytest.raises(ValueError, match="design effect"):
        profile_tests(drawn(), 50, 0.5)


def test_shares_add_up_and_follow_what_was_planted() -> None:
    models, values = np.array([0.3, 0.5, 0.7]), np.array([-0.1, 0.0, 0.1])
    additive = np.rint(1000 * (models[:, None] + values)).astype(np.int64)
    found = variance_shares(additive, 1000)
    assert found.model + found.value + found.rest == pytest.approx(1.0)
    assert found.model == pytest.approx(0.8)
    assert found.value == pytest.approx(0.2)
    assert found.rest == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ValueError, match="equal"):
        variance_shares(np.full((3, 3), 5), 10)


def test_where_nothing_but_noise_is_in_the_rest_the_noise_is_all_of_it() -> None:
    rates = np.linspace(0.2, 0.8, 8)[:, None] * np.ones((8, 10))
    found = [
        variance_shares(np.random.default_rng(seed).binomial(50, rates).astype(np.int64), 50) for seed in range(200)
    ]
    assert np.mean([one.noise for one in found]) == pytest.approx(np.mean([one.rest for one in found]), rel=0.03)


@pytest.mark.parametrize("yes", [0, 1, 25, 50])
def test_the_interval_is_wilsons(yes: int) -> None:
    assert count_interval(yes, 50) == pytest.approx(proportion_confint(yes, 50, method="wilson"), abs=1e-9)
