import numpy as np
import pytest
from scipy.optimize import approx_fprime

from spectrum.stats.observations import NotEstimableError
from spectrum.stats.ordinal import OrdinalFit, _codes, _Mixed, fit_mixed_ordinal, fit_ordinal
from tests.support.reference import golden

# Randall (1989): nine judges rate the bitterness (1 to 5) of eight bottles; cold or warm, without or with contact of
# juice and skins. R's package ordinal prints the fit: warm 2.5031 (.5287), contact 1.5278 (.4766), logLik -86.49192.
WINE = np.array(
    [
        [2, 1, 2, 3, 2, 3, 1, 2, 1], [3, 2, 3, 2, 3, 2, 1, 2, 2],
        [3, 1, 3, 3, 4, 3, 2, 2, 3], [4, 3, 2, 2, 3, 2, 2, 3, 2],
        [4, 2, 5, 3, 3, 2, 2, 3, 3], [4, 3, 5, 2, 3, 4, 3, 3, 2],
        [5, 5, 4, 5, 3, 5, 2, 3, 4], [5, 4, 4, 3, 3, 4, 3, 4, 4],
    ]
)  # fmt: skip
WARM_CONTACT = np.column_stack([np.repeat([0, 1], 36), np.tile(np.repeat([0, 1], 18), 2)]).astype(float)
JUDGE = np.tile(np.arange(9), 8)


def wine() -> OrdinalFit:
    return fit_ordinal(WINE.ravel(), WARM_CONTACT)


def mixed_wine() -> OrdinalFit:
    return fit_mixed_ordinal(WINE.ravel(), WARM_CONTACT, JUDGE)


def test_the_published_fit_comes_back() -> None:
    found = wine()
    assert found.effects == pytest.approx([2.5031, 1.5278], abs=5e-5)
    assert found.se == pytest.approx([0.5287, 0.4766], abs=5e-5)
    assert found.thresholds == pytest.approx([-1.3444, 1.2508, 3.4669, 5.0064], abs=5e-5)
    assert found.log_likelihood == pytest.approx(-86.49192, abs=5e-6)


def test_the_shared_reference_agrees_with_and_without_judges() -> None:
    reference = golden("ordinal_wine")
    plain, mixed = wine(), mixed_wine()
    assert plain.effects[0] == pytest.approx(reference["clm"]["tempwarm"], abs=5e-5)
    assert plain.log_likelihood == pytest.approx(reference["clm"]["logLik"], abs=5e-5)
    quadrature = reference["clmm_judge_nAGQ10"]
    assert mixed.effects == pytest.approx([quadrature["tempwarm"], quadrature["contactyes"]], abs=2e-5)
    assert mixed.intercept_variance == pytest.approx(quadrature["var_judge"], abs=5e-5)
    assert mixed.log_likelihood == pytest.approx(quadrature["logLik"], abs=5e-5)
    assert mixed.thresholds == pytest.approx(reference["clmm_judge_laplace"]["thresholds"], abs=3e-3)


def test_judges_that_differ_make_the_effects_larger_and_the_likelihood_higher() -> None:
    """Published by the same package: 3.063 and 1.835 with a random judge (Laplace), variance 1.279."""
    found = mixed_wine()
    assert found.effects == pytest.approx([3.063, 1.8349], abs=3e-3)
    assert found.intercept_variance == pytest.approx(1.279, abs=0.02)
    assert found.log_likelihood > wine().log_likelihood


def test_planted_effects_come_back() -> None:
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(300), 8)
    column = rng.integers(2, size=unit.size).astype(float)
    latent = 0.8 * column + rng.normal(0, 1.0, 300)[unit] + rng.logistic(size=unit.size)
    answers = np.digitize(latent, [-1.5, 0.0, 1.0, 2.5])
    found = fit_mixed_ordinal(answers, column[:, None], unit)
    assert found.effects[0] == pytest.approx(0.8, abs=4 * found.se[0])
    assert found.se[0] == pytest.approx(0.08, abs=0.02)
    assert found.intercept_variance == pytest.approx(1.0, abs=0.3)
    assert found.thresholds == pytest.approx([-1.5, 0.0, 1.0, 2.5], abs=0.3)


def test_the_gradient_is_that_of_the_likelihood() -> None:
    likelihood = _Mixed(_codes(WINE.ravel())[0], WARM_CONTACT, JUDGE, 20)
    place = np.array([2.0, 1.0, -1.0, 0.5, 0.6, 0.7, 0.1])
    assert likelihood(place)[1] == pytest.approx(approx_fprime(place, lambda x: likelihood(x)[0], 1e-7), abs=1e-4)


def test_what_cannot_be_fitted_is_said() -> None:
    with pytest.raises(NotEstimableError, match="the same"):
        fit_ordinal(np.full(10, 4), np.arange(10.0)[:, None])
    with pytest.raises(NotEstimableError, match="separates"):
        fit_ordinal(np.repeat([1, 2], 10), np.repeat([0.0, 1.0], 10)[:, None])
