import numpy as np
import pytest

from spectrum.stats.design import level_design, profile_design
from spectrum.stats.intervals import t_intervals
from spectrum.stats.observations import BoolArray, FloatArray, Observations
from spectrum.stats.prediction_powered import correction_of, prediction_powered
from spectrum.stats.profile import estimate_level, estimate_profile
from tests.support.simulated import Planted

PLANTED = Planted(clips_a_value=20, clip_sd=0.7)


def scored(rng: np.random.Generator, bias: FloatArray | None = None) -> tuple[Observations, Observations]:
    """Written answers, and probabilities of the same asks, off by `bias` a value."""
    written, _ = PLANTED.draw(rng)
    value = written.labels.argmax(axis=1)[written.clip]
    lean = 0.25 + 0.5 * written.response + rng.normal(0, 0.05, written.response.size)
    off = np.zeros(10) if bias is None else bias
    probability = np.clip(lean + off[value], 0.0, 1.0)
    return written, with_response(written, probability)


def with_response(observations: Observations, response: FloatArray, rows: BoolArray | None = None) -> Observations:
    kept = np.ones(response.size, dtype=bool) if rows is None else rows
    return Observations(
        response[kept], observations.clip[kept], observations.wording[kept], observations.framing[kept],
        observations.labels, observations.cluster, observations.covariates,
    )  # fmt: skip


def test_with_every_answer_written_the_combined_estimate_is_the_written_one_with_its_errors() -> None:
    written, probability = scored(np.random.default_rng(1))
    difference = with_response(written, written.response - probability.response)
    for design, plain in (
        (profile_design, estimate_profile(written).theta),
        (level_design, estimate_level(written).level),
    ):
        combined = t_intervals(prediction_powered(probability, difference, design).clustered.all())
        np.testing.assert_allclose(combined.estimate, plain.estimate, atol=1e-12)
        np.testing.assert_allclose(combined.se, plain.se, atol=1e-12)
        np.testing.assert_allclose(combined.df, plain.df, rtol=1e-9)


def test_the_correction_is_what_probabilities_are_off_by() -> None:
    bias = np.zeros(10)
    bias[4] = 0.1
    rng = np.random.default_rng(2)
    written, probability = scored(rng, bias)
    clips = rng.permutation(200)[:100]
    some = np.isin(written.clip, clips)
    difference = with_response(written, written.response - probability.response, some)
    found = prediction_powered(probability, difference, profile_design)
    assert np.abs(found.correction.estimate).max() == pytest.approx(0.1, abs=0.03)
    assert np.argmin(found.correction.estimate) == 4
    np.testing.assert_allclose(found.correction.estimate, correction_of(difference).estimate)


def test_a_difference_of_differences_comes_in_halves() -> None:
    written, probability = scored(np.random.default_rng(3))
    difference = written.response - probability.response
    whole = prediction_powered(probability, with_response(written, difference), profile_design)
    halved = prediction_powered(probability, with_response(written, difference / 2), profile_design, 2.0)
    np.testing.assert_allclose(whole.clustered.estimate, halved.clustered.estimate, atol=1e-12)
    np.testing.assert_allclose(whole.clustered.covariance, halved.clustered.covariance, atol=1e-12)
    np.testing.assert_allclose(whole.correction.se, halved.correction.se, atol=1e-12)


def test_a_fifth_written_gives_intervals_that_hold_the_truth_though_probabilities_are_off() -> None:
    """60 runs x 10 values: with coverage .95 fewer than 540 of 600 inside has probability below 1e-6."""
    truth, _ = PLANTED.truth()
    bias = np.linspace(-0.1, 0.1, 10)
    rng = np.random.default_rng(4)
    inside = naive = 0
    for _ in range(60):
        written, probability = scored(rng, bias)
        some = np.isin(written.clip, rng.permutation(200)[:60])
        difference = with_response(written, written.response - probability.response, some)
        found = t_intervals(prediction_powered(probability, difference, profile_design).clustered.all())
        inside += int(((found.low <= truth) & (truth <= found.high)).sum())
        alone = estimate_profile(probability).theta
        naive += int(((alone.low <= truth) & (truth <= alone.high)).sum())
    assert inside >= 540
    assert naive < 450


def test_probabilities_that_know_the_answer_narrow_the_interval() -> None:
    rng = np.random.default_rng(5)
    written, _ = scored(rng)
    good = np.clip(0.05 + 0.9 * written.response, 0, 1)
    some = np.isin(written.clip, rng.permutation(200)[:60])
    difference = with_response(written, written.response - good, some)
    combined = t_intervals(prediction_powered(with_response(written, good), difference, profile_design).clustered.all())
    alone = estimate_profile(with_response(written, written.response, some)).theta
    assert combined.se.mean() < 0.7 * alone.se.mean()
