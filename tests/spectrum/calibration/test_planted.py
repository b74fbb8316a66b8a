"""What is asked, and what planted respondents truly prefer."""

import numpy as np
import pytest

from spectrum.calibration.asked import FRAMINGS, ask_about, kinds_of_clips, one_value_each, several_values
from spectrum.calibration.planted import Planted, plant
from spectrum.calibration.worlds import Rule, Smooth, sigmoid
from spectrum.stats.observations import STEMS, Framing


def test_each_clip_is_asked_sixteen_times_and_all_wordings_alike() -> None:
    asked = ask_about(one_value_each(10), np.random.default_rng(0))
    assert (np.bincount(asked.clip) == 16).all()
    for block in ((Framing.WOULD, Framing.WOULD_NOT), (Framing.FIRST, Framing.SECOND)):
        rows = np.isin(asked.framing, block)
        used = np.bincount(asked.wording[rows], minlength=12)
        assert np.ptp(used) <= 2
        pairs = asked.clip[rows] * 12 + asked.wording[rows]
        assert (np.unique(pairs, return_counts=True)[1] == 2).all()
    stems = ask_about(one_value_each(10), np.random.default_rng(0), framings=STEMS)
    assert set(stems.framing) == set(STEMS)


def test_clips_of_several_values_evoke_two_or_three_and_neighbours_together() -> None:
    labels = several_values(20_000, np.random.default_rng(1))
    kinds, chance = kinds_of_clips()
    assert chance.sum() == pytest.approx(1)
    assert (chance @ kinds).sum() == pytest.approx(2.3)
    assert labels.sum(axis=1).mean() == pytest.approx(2.3, abs=0.05)
    together = chance @ (kinds[:, 0] * kinds[:, 1])
    assert together == pytest.approx(np.mean(labels[:, 0] * labels[:, 1]), abs=0.008)
    assert together > 2 * (chance @ (kinds[:, 0] * kinds[:, 5]))


def test_profiles_have_exactly_the_sd_that_is_planted() -> None:
    rng = np.random.default_rng(2)
    for sd in (0.05, 0.10):
        planted = plant(Smooth(), sd, 20, rng)
        shares = sigmoid(planted.level + planted.theta)
        assert shares.std(axis=0) == pytest.approx(sd, rel=1e-9)
        assert planted.truth(Smooth(), FRAMINGS).std(axis=1) == pytest.approx(sd, rel=1e-9)


def test_truth_is_half_of_yes_to_would_and_no_to_would_not() -> None:
    planted = Planted(np.array([0.2]), np.linspace(-1, 1, 10)[:, None], np.linspace(2, 3, 10)[:, None])
    eta, bias = 0.2 + np.linspace(-1, 1, 10), np.linspace(2, 3, 10)
    yes_would, no_would_not = sigmoid(eta + bias), 1 - sigmoid(-(eta - bias))
    expected = (yes_would + no_would_not) / 2
    assert planted.truth(Smooth(), STEMS)[0] == pytest.approx(expected - expected.mean(), abs=1e-12)
    assert planted.logit_truth()[0] == pytest.approx(np.linspace(-1, 1, 10))


def test_truth_of_several_values_is_the_regression_over_a_census() -> None:
    rng = np.random.default_rng(3)
    planted = plant(Rule(), 0.15, 1, rng, yes_bias=2.0)
    labels = several_values(60_000, rng)
    accepted = Rule().expected(planted.predictors(labels, FRAMINGS)).mean(axis=1)[:, 0]
    columns = np.column_stack([np.ones(labels.shape[0]), labels])
    census = np.linalg.lstsq(columns, accepted, rcond=None)[0][1:]
    assert planted.truth(Rule(), FRAMINGS, several=True)[0] == pytest.approx(census - census.mean(), abs=0.003)


def test_a_clip_of_no_value_has_the_mean_bias() -> None:
    planted = Planted(np.array([0.0]), np.zeros((10, 1)), np.arange(10.0)[:, None])
    t = planted.predictors(np.zeros((1, 10)), STEMS)
    assert t[0, :, 0] == pytest.approx([4.5, -4.5])
