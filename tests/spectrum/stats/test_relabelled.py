import numpy as np
import pytest

from spectrum.stats.observations import Observations
from spectrum.stats.profile import estimate_profile
from spectrum.stats.relabelled import ClipSums, leave_out, shuffle_labels
from tests.support.simulated import Planted

THETA = np.array([1.5, 0, 0, 0, -1.5, 0, 0, 0, 0, 0])


def drawn(theta: np.ndarray, seed: int = 0, clips: int = 12, covariates: int = 0) -> Observations:
    rng = np.random.default_rng(seed)
    found, _ = Planted(theta=theta, clips_a_value=clips).draw(rng)
    return Observations(
        found.response, found.clip, found.wording, found.framing, found.labels, found.cluster,
        rng.normal(size=(found.labels.shape[0], covariates)),
    )  # fmt: skip


def orders(count: int, times: int, seed: int = 9) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.permutation(count) for _ in range(times)]


@pytest.mark.parametrize("covariates", [0, 2])
def test_sums_over_clips_give_the_same_profile_as_the_regression_on_all_answers(covariates: int) -> None:
    observations = drawn(THETA, covariates=covariates)
    sums = ClipSums.of(observations)
    np.testing.assert_allclose(sums.profile(), estimate_profile(observations).theta.estimate, atol=1e-10)


def test_another_labelling_is_that_of_relabelled_answers() -> None:
    observations = drawn(THETA)
    order = orders(120, 1)[0]
    relabelled = Observations(
        observations.response, observations.clip, observations.wording, observations.framing,
        observations.labels[order], observations.cluster, observations.covariates,
    )  # fmt: skip
    found = ClipSums.of(observations).profile(observations.labels[order])
    np.testing.assert_allclose(found, estimate_profile(relabelled).theta.estimate, atol=1e-10)


def test_without_some_clips_it_is_the_profile_of_the_others() -> None:
    observations = drawn(THETA, covariates=1)
    dropped = np.arange(120) % 5 == 0
    rest = observations.keep(~dropped[observations.clip])
    found = leave_out(ClipSums.of(observations), [dropped])
    np.testing.assert_allclose(found[0], estimate_profile(rest).theta.estimate, atol=1e-9)


def test_a_value_without_clips_leaves_nothing_to_tell() -> None:
    observations = drawn(THETA)
    found = leave_out(ClipSums.of(observations), [observations.labels[:, 3] > 0.5])
    assert np.isnan(found[0]).all()


def test_a_planted_profile_is_larger_than_any_that_dealing_the_labels_gives() -> None:
    sums = ClipSums.of(drawn(THETA, clips=20))
    found = shuffle_labels(sums, orders(200, 99))
    assert found.p == pytest.approx(1 / 100)
    assert found.mean_profile_sd < 0.1 * found.sd


def test_of_an_indifferent_respondent_the_p_value_is_spread_evenly() -> None:
    """60 runs: p below .2 is binomial(60, .2); 24 or more has probability below 1e-3."""
    found = [shuffle_labels(ClipSums.of(drawn(np.zeros(10), seed)), orders(120, 19, seed)).p for seed in range(60)]
    assert 2 <= sum(p <= 0.2 for p in found) < 24
