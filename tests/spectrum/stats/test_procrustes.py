import numpy as np
import pytest

from spectrum.stats.procrustes import circle_p, equal_angles, fit_to_circle, on_circle


def test_a_circle_turned_mirrored_moved_and_stretched_fits_perfectly() -> None:
    circle = on_circle(equal_angles(10))
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    for mirror in (1, -1):
        fit = fit_to_circle(7 * circle * [1, mirror] @ turn + [3, -2])
        assert (fit.congruence, fit.disparity) == (pytest.approx(1), pytest.approx(0, abs=1e-12))
        assert fit.points == pytest.approx(fit.circle, abs=1e-9)


def test_a_wrong_order_fits_worse_and_its_p_says_so() -> None:
    circle = on_circle(equal_angles(10))
    swapped = circle[[0, 5, 2, 7, 4, 1, 6, 3, 8, 9]]
    assert fit_to_circle(swapped).congruence < 0.7
    assert circle_p(swapped, permutations=200) > 0.05
    assert circle_p(circle, permutations=200) == pytest.approx(1 / 201)


def test_congruence_and_disparity_are_two_names_of_one_thing() -> None:
    fit = fit_to_circle(np.random.default_rng(0).normal(size=(10, 2)))
    assert fit.congruence**2 == pytest.approx(1 - fit.disparity)


def test_random_maps_have_the_published_mean_congruence() -> None:
    """About .42 for ten values (reference note on psychometrics, 4.5)."""
    rng = np.random.default_rng(1)
    found = np.mean([fit_to_circle(rng.normal(size=(10, 2))).congruence for _ in range(300)])
    assert found == pytest.approx(0.42, abs=0.04)


def test_unequal_angles_may_be_the_theory() -> None:
    angles = np.deg2rad([0, 10, 100, 180, 260])
    assert fit_to_circle(3 * on_circle(angles), angles).congruence == pytest.approx(1)
