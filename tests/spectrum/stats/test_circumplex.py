import numpy as np
import pytest

from spectrum.stats.circumplex import cosine_pattern, estimate_circumplex
from spectrum.stats.observations import NotEstimableError
from spectrum.values import SCHWARTZ
from tests.support.reference import golden, golden_correlations, people


def planted(count: int, seed: int = 0, noise: float = 0.6) -> np.ndarray:
    """Respondents who each prefer a direction of the circle, more or less strongly, with errors of their own."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(10) / 10
    towards = rng.uniform(0, 2 * np.pi, (count, 1))
    return rng.gamma(4, 0.25, (count, 1)) * np.cos(angle - towards) + rng.normal(0, noise, (count, 10))


def centred(scores: np.ndarray) -> np.ndarray:
    return scores - scores.mean(axis=1, keepdims=True)


def test_a_planted_circle_is_found() -> None:
    scores = planted(120)
    found = estimate_circumplex(centred(scores), scores)
    assert found.found and found.order.p < 1e-4 and found.order.index > 0.8
    assert found.cosine.amplitude > 0.3 and found.cosine.fit > 0.8
    assert found.circle.congruence > 0.95 and found.circle_p < 0.001
    assert found.found_order == tuple(range(10))
    assert (np.diff(found.cosine.mean_by_step) < 0).all()
    assert found.model is not None and found.no_model is None
    assert np.abs((found.model.angles - 36 * np.arange(10) + 180) % 360 - 180).max() < 25


def test_a_circle_in_another_order_is_not_schwartz_s() -> None:
    order = [0, 4, 8, 2, 6, 1, 5, 9, 3, 7]
    found = estimate_circumplex(centred(planted(120))[:, order])
    assert not found.found and found.order.index < 0.3
    assert found.circle.congruence < 0.8


def test_profiles_without_any_structure_find_no_circle() -> None:
    found = estimate_circumplex(centred(np.random.default_rng(5).normal(size=(40, 10))))
    assert not found.found and abs(found.order.index) < 0.3
    assert found.cosine.fit < 0.2


@pytest.mark.parametrize("count", [1, 2, 29])
def test_one_model_or_a_few_are_refused_in_a_clear_sentence(count: int) -> None:
    with pytest.raises(NotEstimableError, match=f"30 or more respondents or personas, and there are {count}"):
        estimate_circumplex(planted(29)[:count])


def test_browne_s_model_is_refused_on_centred_scores_and_the_rest_stands() -> None:
    found = estimate_circumplex(centred(planted(60)))
    assert found.model is None and found.no_model is not None and "singular" in found.no_model
    assert found.found


def test_a_value_that_never_varies_is_named() -> None:
    scores = planted(40)
    scores[:, 3] = 0.5
    with pytest.raises(NotEstimableError) as caught:
        estimate_circumplex(scores)
    assert caught.value.values == (3,)


@pytest.mark.parametrize("sample", ["PVQ40_sample", "SVS_sample_indvalues"])
def test_the_cosine_pattern_of_two_samples_of_people_is_the_reference_s(sample: str) -> None:
    reference = golden(sample)
    found = cosine_pattern(golden_correlations(sample))
    assert found.mean_by_step == pytest.approx(reference["mean_r_by_circular_distance"], abs=6e-5)
    if "cosine_fit_r_eq_a_plus_b_cos" in reference:
        cosine = reference["cosine_fit_r_eq_a_plus_b_cos"]
        assert found.level == pytest.approx(cosine["a"], abs=6e-5)
        assert found.amplitude == pytest.approx(cosine["b"], abs=6e-5)
        assert found.fit == pytest.approx(cosine["R2"], abs=6e-5)


def test_schwartz_s_circle_is_found_in_569_people() -> None:
    """Value Portrait's participants (PVQ-21, centred): the exact test meets 690 of 800 predictions."""
    scores = people()
    found = estimate_circumplex(scores)
    assert (found.profiles, found.order.met, found.order.predictions) == (569, 690, 800)
    assert found.order.index == pytest.approx(0.725)
    assert found.order.p == pytest.approx(11 / 181_440)
    assert found.found and found.circle_p < 0.001
    assert found.circle.congruence == pytest.approx(0.903, abs=0.005)
    assert found.cosine.fit == pytest.approx(0.61, abs=0.01)
    assert found.no_model is not None and "singular" in found.no_model
    # On the map only Security stands elsewhere: past Conformity and Tradition, its neighbours.
    assert [SCHWARTZ.codes[place] for place in found.found_order] == [
        "SD", "ST", "HE", "AC", "PO", "CO", "TR", "SE", "BE", "UN",
    ]  # fmt: skip
