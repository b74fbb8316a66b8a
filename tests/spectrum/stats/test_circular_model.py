import numpy as np
import pytest

from spectrum.stats.circular_model import CircularModel, _Likelihood, fit_circular_model
from spectrum.stats.observations import NotEstimableError
from tests.support.reference import golden, golden_correlations

# Browne (1992, Psychometrika 57), Table 2: vocational interests of 175 people, below the diagonal, by column. The fit
# is printed by Grassi, Luccio and Di Blas (2010, Behavior Research Methods 42), Appendix A.
VOCATIONAL = (
    0.654, 0.453, 0.251, 0.122, 0.218, 0.496, 0.644, 0.44, 0.158, 0.21, 0.264, 0.757, 0.551, 0.57, 0.366, 0.493,
    0.463, 0.202, 0.754, 0.471, 0.65,
)  # fmt: skip


def vocational(lower: tuple[float, ...] = VOCATIONAL) -> np.ndarray:
    matrix = np.eye(7)
    columns, rows = np.triu_indices(7, 1)
    matrix[rows, columns] = matrix[columns, rows] = lower
    return matrix


def implied(angles: np.ndarray, weight: float, unique: float) -> np.ndarray:
    """Correlations that the model holds for exactly."""
    common = (1 - weight) + weight * np.cos(angles[:, None] - angles[None, :])
    return (common + unique * np.eye(angles.size)) / (1 + unique)


def check_vocational(found: CircularModel) -> None:
    assert found.discrepancy == pytest.approx(0.089815, abs=5e-7)
    assert (found.df, round(found.chi_square, 2), round(found.p, 3)) == (7, 15.63, 0.029)
    assert (round(found.rmsea, 3), round(found.tli, 3), round(found.cfi, 3)) == (0.084, 0.964, 0.988)
    mirrored = [0, 305.35328, 247.8298, 237.38218, 168.30615, 149.83787, 91.25973]
    # At a slope of zero the angles differ from the printed ones by less than .001 degrees: where the print stopped.
    assert found.angles == pytest.approx([(360 - angle) % 360 for angle in mirrored], abs=1e-3)
    assert found.unique == pytest.approx([0.15438, 0.51654, 0.03945, 0.63153, 0.5455, 0.13449, 0.44771], abs=1e-5)
    assert found.scales == pytest.approx([0.91358, 0.81222, 1.00102, 0.79058, 0.79269, 0.92497, 0.84376], abs=1e-5)
    assert found.weights == pytest.approx([0.6378, 0.3622], abs=5e-5)


def test_the_published_fit_of_browne_s_example_comes_back_to_all_printed_digits() -> None:
    check_vocational(fit_circular_model(vocational(), 175))


def test_the_shared_reference_values_are_the_published_ones() -> None:
    reference = golden("browne_1992_vocational")
    found = fit_circular_model(vocational(tuple(reference["lower_tri_by_column"])), reference["N"])
    check_vocational(found)
    assert found.discrepancy == pytest.approx(reference["F"], abs=5e-7)
    null = -(reference["N"] - 1) * np.linalg.slogdet(vocational())[1]
    assert null == pytest.approx(reference["null_chi2"], abs=5e-4)


def test_the_circle_of_a_sample_of_people_is_recovered_with_its_unequal_steps() -> None:
    reference = golden("PVQ40_sample")["browne_cpm_m1"]
    found = fit_circular_model(golden_correlations("PVQ40_sample"), 151)
    assert (found.df, round(found.rmsea, 4), round(found.cfi, 4)) == (25, 0.0728, 0.9509)
    assert found.chi_square == pytest.approx(reference["chi2"], abs=1e-3)
    assert found.srmr == pytest.approx(reference["srmr"], abs=5e-5)
    codes = ["SD", "ST", "HE", "AC", "PO", "SE", "CO", "TR", "BE", "UN"]
    wanted = [(reference["angles_deg"][code] - reference["angles_deg"]["SD"]) % 360 for code in codes]
    assert np.abs((found.angles - wanted + 180) % 360 - 180).max() < 0.02
    assert found.weights == pytest.approx(reference["beta"], abs=2e-3)


def test_a_planted_circle_comes_back_whatever_its_steps_and_the_sense_it_is_written_in() -> None:
    angles = np.deg2rad([0, 20, 75, 140, 150, 210, 290, 330])
    for sign in (1, -1):
        found = fit_circular_model(implied(sign * angles, 0.7, 0.4), 300)
        assert found.discrepancy == pytest.approx(0, abs=1e-8)
        assert np.abs((found.angles - np.rad2deg(angles) + 180) % 360 - 180).max() < 0.05
        assert found.weights == pytest.approx([0.3, 0.7], abs=1e-3)
        assert found.communalities == pytest.approx(np.full(8, 1 / np.sqrt(1.4)), abs=1e-3)
        assert (found.cfi, found.rmsea) == (1.0, 0.0)


def test_a_matrix_without_a_circle_fits_badly() -> None:
    """Four clusters equally far from one another: no four places of a circle are."""
    clusters = np.kron(np.eye(4), np.ones((3, 3))) * 0.6 + 0.3 + 0.1 * np.eye(12)
    found = fit_circular_model(clusters, 300, starts=3)
    assert found.rmsea > 0.1 and found.p < 1e-6


def test_the_gradient_is_that_of_the_discrepancy() -> None:
    from scipy.optimize import approx_fprime

    likelihood = _Likelihood(vocational(), 2)
    place = likelihood.start(np.arange(7) * 0.8) + np.random.default_rng(0).normal(0, 0.1, 22)
    assert likelihood(place)[1] == pytest.approx(approx_fprime(place, lambda x: likelihood(x)[0], 1e-7), abs=1e-4)


def test_what_cannot_be_fitted_is_said() -> None:
    scores = np.random.default_rng(0).normal(size=(60, 6))
    centred = scores - scores.mean(axis=1, keepdims=True)
    with pytest.raises(NotEstimableError, match="singular"):
        fit_circular_model(np.corrcoef(centred, rowvar=False), 60)
    with pytest.raises(NotEstimableError, match="too few"):
        fit_circular_model(np.eye(7), 7)
    with pytest.raises(NotEstimableError, match="no degree of freedom"):
        fit_circular_model(np.eye(5), 100)
