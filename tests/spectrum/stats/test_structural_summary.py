import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.stats.structural_summary import structural_summary
from tests.support.reference import golden

# The eight scores of the package test of jmgirard/circumplex, test-ssm_analysis.R.
ANGLES = np.array([90, 135, 180, 225, 270, 315, 360, 45], dtype=float)
SCORES = np.array([0.374, -0.572, -0.52, 0.016, 0.688, 1.142, 1.578, 0.678])


def test_a_published_profile_has_its_published_summary() -> None:
    found = structural_summary(SCORES, ANGLES)
    assert round(found.elevation, 3) == 0.423 and round(found.amplitude, 3) == 0.981
    assert round(found.displacement, 1) == 344.4 and round(found.fit, 3) == 0.954
    assert found.x == pytest.approx(0.945, abs=6e-4) and found.y == pytest.approx(-0.264, abs=6e-4)


def test_the_shared_reference_is_the_published_profile() -> None:
    reference = golden("ssm_aw2009")
    found = structural_summary(np.array(reference["scores"]), np.array(reference["angles_deg"], dtype=float))
    for name in ("elevation", "x", "y", "amplitude", "fit"):
        assert getattr(found, name) == pytest.approx(reference[name], abs=6e-4)
    assert found.displacement == pytest.approx(reference["displacement_deg"], abs=0.05)


@given(
    st.floats(-3, 3), st.floats(0.1, 3), st.floats(0, 359), st.integers(5, 12), st.integers(0, 11)
)  # fmt: skip
def test_a_cosine_comes_back(elevation: float, amplitude: float, peak: float, count: int, turn: int) -> None:
    angles = np.roll(np.arange(count) * 360 / count, turn)
    found = structural_summary(elevation + amplitude * np.cos(np.deg2rad(angles - peak)), angles)
    assert found.elevation == pytest.approx(elevation, abs=1e-9)
    assert found.amplitude == pytest.approx(amplitude)
    assert abs((found.displacement - peak + 180) % 360 - 180) < 1e-6
    assert found.fit == pytest.approx(1)


def test_a_flat_profile_points_nowhere() -> None:
    found = structural_summary(np.full(8, 2.0), ANGLES)
    assert found.elevation == 2.0 and found.amplitude == 0.0
    assert np.isnan(found.displacement) and np.isnan(found.fit)


def test_angles_that_are_not_even_are_refused() -> None:
    with pytest.raises(ValueError, match="evenly"):
        structural_summary(np.arange(3.0), np.array([0.0, 90.0, 180.0]))
    with pytest.raises(ValueError, match="angle for each"):
        structural_summary(np.arange(3.0), np.array([0.0, 120.0]))
