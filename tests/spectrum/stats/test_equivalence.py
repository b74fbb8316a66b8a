import numpy as np
import pytest
from statsmodels.stats.weightstats import DescrStatsW

from spectrum.stats.clustered import Inference
from spectrum.stats.equivalence import equivalence
from spectrum.stats.intervals import Intervals, holm, t_intervals


def intervals(estimate: list[float], se: list[float], df: list[float]) -> Intervals:
    return t_intervals(Inference(np.array(estimate), np.array(se), np.array(df)))


def test_two_one_sided_tests_are_those_of_statsmodels() -> None:
    samples = [np.random.default_rng(seed).normal(0.02 * seed, 0.1, 30) for seed in range(5)]
    oracle = [DescrStatsW(sample).ttost_mean(-0.05, 0.05)[0] for sample in samples]
    errors = [float(sample.std(ddof=1) / np.sqrt(sample.size)) for sample in samples]
    found = equivalence(intervals([float(s.mean()) for s in samples], errors, [29.0] * 5), 0.05)
    assert found.p == pytest.approx(oracle)
    assert found.p_holm == pytest.approx(holm(np.array(oracle)))


def test_a_p_below_five_per_cent_is_a_ninety_per_cent_interval_inside_the_margin() -> None:
    estimate, se, df = [0.0, 0.02, 0.03, 0.049], [0.02, 0.017, 0.013, 0.01], [12.0, 20.0, 40.0, 60.0]
    found = equivalence(intervals(estimate, se, df), 0.05)
    narrow = t_intervals(Inference(np.array(estimate), np.array(se), np.array(df)), confidence=0.9)
    assert ((found.p < 0.05) == ((narrow.low > -0.05) & (narrow.high < 0.05))).all()


def test_identical_answers_are_equivalent_and_a_certain_difference_is_not() -> None:
    found = equivalence(intervals([0.0, 0.06], [0.0, 0.0], [5.0, 5.0]), 0.05)
    assert found.p.tolist() == [0.0, 1.0]
    assert found.shown().tolist() == [True, False]


def test_a_margin_must_be_positive() -> None:
    with pytest.raises(ValueError, match="margin"):
        equivalence(intervals([0.0], [0.1], [9.0]), 0.0)
