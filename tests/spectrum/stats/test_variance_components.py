import numpy as np
import pytest

from spectrum.stats.generalizability import generalizability
from spectrum.stats.observations import NotEstimableError
from spectrum.stats.reliability import intraclass
from spectrum.stats.variance_components import RESIDUAL, crossed, variance_components
from tests.spectrum.stats.test_reliability import JUDGES
from tests.support.simulated import Planted

PLANTED = {"value": 0.09, "clip": 1.0, "wording": 0.25, "value x wording": 0.09, RESIDUAL: 0.49}


def test_a_balanced_design_gives_the_analysis_of_variance() -> None:
    """Shrout and Fleiss's judges: ICC(2,1) is the targets' share of the three components."""
    rows, columns = np.indices(JUDGES.shape)
    found = variance_components(JUDGES.ravel(), {"target": rows.ravel(), "judge": columns.ravel()})
    assert found.share("target") == pytest.approx(intraclass(JUDGES).icc2)
    assert found.levels == {"target": 6, "judge": 4, RESIDUAL: 24}


def draw(rng: np.random.Generator, per_value: int = 30) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Ten values, twelve wordings, four of them a clip: unbalanced, as a bench is."""
    value = np.repeat(np.arange(10), per_value)
    asked = np.argsort(rng.random((value.size, 12)), axis=1)[:, :4].ravel()
    clip = np.repeat(np.arange(value.size), 4)
    sd = {name: np.sqrt(variance) for name, variance in PLANTED.items()}
    response = (
        rng.normal(0, sd["value"], 10)[value[clip]]
        + rng.normal(0, sd["clip"], value.size)[clip]
        + rng.normal(0, sd["wording"], 12)[asked]
        + rng.normal(0, sd["value x wording"], (10, 12))[value[clip], asked]
        + rng.normal(0, sd[RESIDUAL], clip.size)
    )
    factors = {"value": value[clip], "clip": clip, "wording": asked, "value x wording": crossed(value[clip], asked)}
    return response, factors


def test_planted_components_come_back_without_bias_from_an_unbalanced_design() -> None:
    rng = np.random.default_rng(5)
    found = [variance_components(*draw(rng)).estimates for _ in range(60)]
    for name, planted in PLANTED.items():
        drawn = np.array([estimates[name] for estimates in found])
        assert abs(drawn.mean() - planted) < 4 * drawn.std() / np.sqrt(60), name


def test_what_is_fixed_is_taken_out_and_no_component_moves() -> None:
    response, factors = draw(np.random.default_rng(6))
    form = np.arange(response.size) % 2
    plain = variance_components(response, factors, form[:, None].astype(float))
    shifted = variance_components(response + 5.0 * form, factors, form[:, None].astype(float))
    for name in PLANTED:
        assert shifted.estimates[name] == pytest.approx(plain.estimates[name], abs=1e-9)


def test_components_scale_with_the_square_and_the_order_of_answers_is_nothing() -> None:
    response, factors = draw(np.random.default_rng(7))
    found = variance_components(response, factors).estimates
    order = np.random.default_rng(0).permutation(response.size)
    other = variance_components(3 * response[order], {name: code[order] for name, code in factors.items()}).estimates
    for name in PLANTED:
        assert other[name] == pytest.approx(9 * found[name])


def test_a_design_that_cannot_tell_two_factors_apart_is_refused() -> None:
    code = np.repeat(np.arange(5), 4)
    with pytest.raises(NotEstimableError, match="cannot tell apart"):
        variance_components(np.arange(20.0), {"clip": code, "value": code + 7})


def test_crossed_numbers_each_combination_once() -> None:
    first, second = np.array([0, 0, 1, 1, 0]), np.array([5, 9, 5, 9, 9])
    assert crossed(first, second).tolist() == [0, 1, 2, 3, 1]


def of(planted: Planted, seed: int) -> object:
    observations, _ = planted.draw(np.random.default_rng(seed))
    value = observations.labels.argmax(axis=1)[observations.clip]
    return generalizability(observations.response, value, observations.clip, observations.wording, observations.framing)


def test_the_coefficient_is_the_squared_correlation_of_estimates_with_the_truth() -> None:
    """Cronbach's definition: over respondents, G is the share of observed variance that is true variance."""
    found, truth, estimate = [], [], []
    rng = np.random.default_rng(8)
    for _ in range(40):
        planted = Planted(theta=rng.normal(0, 0.6, 10), clips_a_value=40)
        observations, _ = planted.draw(rng)
        value = observations.labels.argmax(axis=1)[observations.clip]
        found.append(
            generalizability(
                observations.response, value, observations.clip, observations.wording, observations.framing
            ).coefficient
        )
        means = np.bincount(value, weights=observations.response) / np.bincount(value)
        truth.append(planted.truth()[0])
        estimate.append(means - means.mean())
    squared = np.corrcoef(np.ravel(truth), np.ravel(estimate))[0, 1] ** 2
    assert np.mean(found) == pytest.approx(squared, abs=0.06)


def test_more_clips_and_wordings_generalise_better_and_an_indifferent_respondent_hardly() -> None:
    theta = np.linspace(-0.5, 0.5, 10)
    small, large = (of(Planted(theta=theta, clips_a_value=count), 3) for count in (15, 150))
    assert small.coefficient < large.coefficient  # type: ignore[attr-defined]
    indifferent = [of(Planted(clips_a_value=40), seed).coefficient for seed in range(10)]  # type: ignore[attr-defined]
    assert np.mean(indifferent) < 0.4


def test_the_clips_it_takes_are_about_those_that_reach_the_coefficient() -> None:
    theta = np.linspace(-0.5, 0.5, 10)
    found = of(Planted(theta=theta, clips_a_value=60), 4)
    needed = found.clips_needed  # type: ignore[attr-defined]
    assert needed is not None
    reached = np.mean([of(Planted(theta=theta, clips_a_value=needed), seed).coefficient for seed in range(8)])  # type: ignore[attr-defined]
    assert reached == pytest.approx(0.8, abs=0.08)


def test_one_value_has_no_profile() -> None:
    n = 40
    with pytest.raises(NotEstimableError):
        generalizability(
            np.random.default_rng(0).random(n), np.zeros(n, int), np.repeat(np.arange(10), 4), np.arange(n) % 4,
            np.zeros(n, int),
        )  # fmt: skip
