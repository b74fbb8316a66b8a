import numpy as np
import pytest

from spectrum.stats.clustered import Inference
from spectrum.stats.null_profile import NullProfile, estimate_null_profile
from spectrum.stats.observations import Framing, Observations
from tests.support.simulated import Planted


def by_question(observations: Observations) -> Observations:
    """The same asks of somebody who answers the question and never looks: some questions always yes."""
    yes = (observations.wording * 7 + observations.framing * 3) % 5 < 2
    return Observations(
        yes.astype(np.float64), observations.clip, observations.wording, observations.framing, observations.labels,
        observations.cluster, observations.covariates,
    )  # fmt: skip


def profile(estimate: list[float], se: float) -> NullProfile:
    numbers = np.array(estimate) - np.mean(estimate)
    return NullProfile(Inference(numbers, np.full(10, se), np.full(10, 100.0)), 100, 1600)


def test_answers_to_the_question_alone_leave_exactly_nothing() -> None:
    observations, _ = Planted(clips_a_value=8).draw(np.random.default_rng(0))
    found = estimate_null_profile(by_question(observations))
    assert found.sd == 0.0 and found.sd_beyond_noise == 0.0 and found.widest == 0.0
    assert found.gate(0.1) == "passed"
    assert found.gate(0.0) == "passed"


def test_it_is_least_squares_with_a_mean_for_every_question() -> None:
    observations, _ = Planted(clips_a_value=8, theta=np.linspace(-1, 1, 10)).draw(np.random.default_rng(1))
    question = observations.wording * len(Framing) + observations.framing
    indicators = (question[:, None] == np.unique(question)).astype(float)
    matrix = np.hstack([observations.labels[observations.clip], indicators])
    coefficients = np.linalg.lstsq(matrix, observations.response, rcond=None)[0][:10]
    found = estimate_null_profile(observations)
    np.testing.assert_allclose(found.inference.estimate, coefficients - coefficients.mean(), atol=1e-9)


def test_gates_pass_fail_or_withhold_by_size_and_by_evidence() -> None:
    flat = [0.0] * 10
    one = [0.1, *flat[1:]]
    assert profile(flat, 0.005).gate(0.1) == "passed"
    assert profile(flat, 0.03).gate(0.1) == "undecided"  # intervals reach beyond five points
    assert profile(one, 0.01).gate(0.1) == "failed"
    assert profile(one, 0.05).gate(0.1) == "undecided"  # may be chance
    assert profile(one, 0.01).gate(1.0) == "undecided"  # small beside a large profile, but not within five points


def test_noise_is_taken_out_of_the_spread() -> None:
    rng = np.random.default_rng(2)
    draws = [profile(list(rng.normal(0, 0.02, 10)), 0.02 * np.sqrt(0.9)) for _ in range(200)]
    assert np.mean([each.sd for each in draws]) == pytest.approx(0.02, rel=0.1)
    assert np.median([each.sd_beyond_noise for each in draws]) < 0.01


def test_simultaneous_intervals_are_wider_than_single_ones_and_hold_all_ten() -> None:
    """400 profiles of noise: all ten inside in at least 90% of runs (fewer than 340 has probability below 1e-3)."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        low, high = profile(list(rng.normal(0, 0.02, 10)), 0.02 * np.sqrt(0.9)).simultaneous()
        held += bool(((low <= 0) & (high >= 0)).all())
    assert held >= 340
