import numpy as np
import pytest

from spectrum.stats.mds import correlation_dissimilarity, scale
from spectrum.stats.procrustes import circle_p, equal_angles, fit_to_circle, on_circle
from tests.support.reference import golden, golden_correlations


def distances(points: np.ndarray) -> np.ndarray:
    return np.sqrt(((points[:, None] - points[None, :]) ** 2).sum(axis=2))


@pytest.mark.parametrize("scaling", ["ratio", "interval", "ordinal"])
def test_points_of_a_plane_come_back_up_to_turning_and_size(scaling: str) -> None:
    points = np.random.default_rng(2).normal(size=(9, 2))
    found = scale(distances(points), scaling)  # type: ignore[arg-type]
    assert found.stress < 2e-3
    assert np.corrcoef(distances(found.points).ravel(), distances(points).ravel())[0, 1] > 0.995
    assert found.points.mean(axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_an_interval_scale_forgives_an_added_constant_and_a_ratio_scale_does_not() -> None:
    points = on_circle(equal_angles(8))
    moved = distances(points) + 1.0 - np.eye(8)
    assert scale(moved, "interval").stress < 1e-3 < 0.1 < scale(moved, "ratio").stress


def test_an_ordinal_scale_forgives_any_rising_transformation() -> None:
    points = on_circle(equal_angles(8))
    bent = distances(points) ** 4
    assert scale(bent, "ordinal").stress < 1e-3 < scale(bent, "interval").stress


def test_the_same_key_gives_the_same_map() -> None:
    rough = np.abs(np.random.default_rng(3).normal(size=(7, 7)))
    rough = rough + rough.T
    np.fill_diagonal(rough, 0)
    assert (scale(rough, seed=5).points == scale(rough, seed=5).points).all()
    assert scale(rough, random_starts=20).stress <= scale(rough, random_starts=0).stress


def test_mistakes_are_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        scale(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="symmetric"):
        scale(np.triu(np.ones((4, 4))))


@pytest.mark.parametrize("sample", ["PVQ40_sample", "SVS_sample_indvalues"])
def test_two_samples_of_people_give_the_reference_stress(sample: str) -> None:
    """The references are smacof's own local minima: ours may lie a little below, and nowhere above."""
    reference = golden(sample)["mds_smacof_stress1"]
    dissimilarity = correlation_dissimilarity(golden_correlations(sample))
    for scaling in {"ratio", "interval", "ordinal"} & set(reference):
        found = scale(dissimilarity, scaling, random_starts=50)  # type: ignore[arg-type]
        assert found.stress <= reference[scaling] + 5e-5
        assert found.stress == pytest.approx(reference[scaling], rel=2e-3)


@pytest.mark.parametrize("sample", ["PVQ40_sample", "SVS_sample_indvalues"])
def test_two_samples_of_people_fit_the_circle_as_the_reference_does(sample: str) -> None:
    reference = golden(sample)["procrustes_vs_equal36deg"]
    found = scale(correlation_dissimilarity(golden_correlations(sample)), "interval")
    fit = fit_to_circle(found.points)
    assert fit.congruence == pytest.approx(reference["congruence"], abs=1e-3)
    assert fit.disparity == pytest.approx(reference["disparity"], abs=1.2e-3)
    assert circle_p(found.points, permutations=200) == pytest.approx(1 / 201)
