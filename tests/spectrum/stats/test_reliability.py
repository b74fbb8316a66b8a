import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.stats.observations import NotEstimableError
from spectrum.stats.reliability import (
    SAME_REPEATS,
    cronbach_alpha,
    intraclass,
    retest_agreement,
    spearman_brown,
    standardised_alpha,
)
from tests.support.reference import golden

# Shrout and Fleiss (1979, Psychological Bulletin 86), Table 2: six targets, four judges; their six coefficients.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
PUBLISHED = (0.17, 0.29, 0.71, 0.44, 0.62, 0.91)
# R's data set "attitude" (Chatterjee and Price 1977): 30 departments, 7 questions; psych::alpha gives raw .84314.
ATTITUDE = np.array(
    [
        [43, 51, 30, 39, 61, 92, 45], [63, 64, 51, 54, 63, 73, 47], [71, 70, 68, 69, 76, 86, 48],
        [61, 63, 45, 47, 54, 84, 35], [81, 78, 56, 66, 71, 83, 47], [43, 55, 49, 44, 54, 49, 34],
        [58, 67, 42, 56, 66, 68, 35], [71, 75, 50, 55, 70, 66, 41], [72, 82, 72, 67, 71, 83, 31],
        [67, 61, 45, 47, 62, 80, 41], [64, 53, 53, 58, 58, 67, 34], [67, 60, 47, 39, 59, 74, 41],
        [69, 62, 57, 42, 55, 63, 25], [68, 83, 83, 45, 59, 77, 35], [77, 77, 54, 72, 79, 77, 46],
        [81, 90, 50, 72, 60, 54, 36], [74, 85, 64, 69, 79, 79, 63], [65, 60, 65, 75, 55, 80, 60],
        [65, 70, 46, 57, 75, 85, 46], [50, 58, 68, 54, 64, 78, 52], [50, 40, 33, 34, 43, 64, 33],
        [64, 61, 52, 62, 66, 80, 41], [53, 66, 52, 50, 63, 80, 37], [40, 37, 42, 58, 50, 57, 49],
        [63, 54, 42, 48, 66, 75, 33], [66, 77, 66, 63, 88, 76, 72], [78, 75, 58, 74, 80, 78, 49],
        [48, 57, 44, 45, 51, 83, 38], [85, 85, 71, 71, 77, 74, 55], [82, 82, 39, 59, 64, 78, 39],
    ],
    dtype=float,
)  # fmt: skip


def test_the_six_published_intraclass_correlations_come_back() -> None:
    found = intraclass(JUDGES)
    six = (found.icc1, found.icc2, found.icc3, found.icc1k, found.icc2k, found.icc3k)
    assert tuple(round(value, 2) for value in six) == PUBLISHED


def test_the_reference_implementation_agrees_to_six_digits() -> None:
    reference = golden("shrout_fleiss_1979")
    found = intraclass(np.array(reference["data_6x4"], dtype=float))
    for name in ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"):
        assert getattr(found, name.lower()) == pytest.approx(reference[name], abs=1e-6)


def test_absolute_agreement_minds_a_strict_judge_and_consistency_does_not() -> None:
    ratings = np.arange(8.0)[:, None] + [0, 3, -2]
    found = intraclass(ratings)
    assert found.icc3 == pytest.approx(1) and found.icc2 < 0.6


def test_identical_repeats_are_copies_and_have_no_retest_reliability() -> None:
    """A respondent that decodes greedily repeats itself whatever its reliability: not 1.0, but not estimable."""
    once = np.random.default_rng(0).random(50)
    with pytest.raises(NotEstimableError, match=SAME_REPEATS):
        retest_agreement(np.column_stack([once, once]))
    with pytest.raises(NotEstimableError, match="same number"):
        intraclass(np.ones((5, 2)))


def test_real_repeats_agree_as_much_as_was_planted() -> None:
    rng = np.random.default_rng(1)
    ratings = rng.normal(size=(4000, 1)) + rng.normal(size=(4000, 2))
    assert retest_agreement(ratings) == pytest.approx(0.5, abs=0.03)


def test_alpha_of_a_published_data_set() -> None:
    assert cronbach_alpha(ATTITUDE) == pytest.approx(0.8431428, abs=5e-8)
    assert standardised_alpha(ATTITUDE) == pytest.approx(0.8390838, abs=5e-8)


def test_alpha_agrees_with_the_shared_reference() -> None:
    reference = golden("attitude")
    assert cronbach_alpha(ATTITUDE) == pytest.approx(reference["raw_alpha"], abs=1e-6)
    assert standardised_alpha(ATTITUDE) == pytest.approx(reference["std_alpha"], abs=1e-6)


def test_alpha_takes_pairwise_complete_answers() -> None:
    holes = ATTITUDE.copy()
    holes[[3, 9], [1, 4]] = np.nan
    assert cronbach_alpha(holes) == pytest.approx(cronbach_alpha(ATTITUDE), abs=0.02)
    with pytest.raises(NotEstimableError, match="answered together"):
        cronbach_alpha(np.array([[1.0, np.nan], [np.nan, 2.0], [3.0, np.nan]]))


def test_without_respondents_that_differ_there_is_no_alpha() -> None:
    with pytest.raises(ValueError, match="two or more respondents"):
        cronbach_alpha(ATTITUDE[:1])
    with pytest.raises(NotEstimableError, match="do not differ"):
        cronbach_alpha(np.tile([1.0, 4.0, 2.0], (5, 1)))
    with pytest.raises(NotEstimableError, match="the same score"):
        standardised_alpha(np.column_stack([np.arange(4.0), np.ones(4)]))


@given(st.floats(0.01, 0.99), st.floats(0.1, 10))
def test_lengthening_and_shortening_undo_each_other(reliability: float, times: float) -> None:
    assert spearman_brown(spearman_brown(reliability, times), 1 / times) == pytest.approx(reliability)


def test_spearman_brown_by_hand() -> None:
    assert spearman_brown(0.5) == pytest.approx(2 / 3)
    assert spearman_brown(0.0) == 0.0
    assert np.isnan(spearman_brown(-1.0))
