"""A map of objects from their dissimilarities: multidimensional scaling in two dimensions by majorization.

SMACOF (de Leeuw 1977; Borg and Groenen 2005, chapters 8 and 9) with ratio, interval or ordinal disparities. Ours,
because scikit-learn has no interval scaling, which is what circles of values are published with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spectrum.stats.observations import FloatArray
from video_index.keyed import uniforms

Scaling = Literal["ratio", "interval", "ordinal"]
STEPS = 2000
FLAT = 1e-9
"""A fit is done when normalised stress falls by less than this in a step."""
RANDOM_STARTS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """Points whose distances follow the dissimilarities as well as may be."""

    points: FloatArray
    """(k, 2), centred."""
    stress: float
    """Kruskal's stress-1 (1964): 0 for a perfect map."""


def correlation_dissimilarity(correlations: FloatArray) -> FloatArray:
    """sqrt(1 - r), which is proportional to the distance of standardised columns; (k, k) to (k, k)."""
    return np.sqrt(np.maximum(1.0 - correlations, 0.0))


def scale(
    dissimilarity: FloatArray,
    scaling: Scaling = "interval",
    *,
    starts: Sequence[FloatArray] = (),
    random_starts: int = RANDOM_STARTS,
    seed: int = 0,
) -> Map:
    """The best map of a symmetric (k, k) matrix over the classical solution, `starts` (k, 2) and keyed random ones.

    Majorization finds a local minimum only, hence the starts. Raises ValueError where the matrix is not square,
    symmetric and finite with three or more rows.
    """
    count = dissimilarity.shape[0]
    if dissimilarity.shape != (count, count) or count < 3 or not np.isfinite(dissimilarity).all():
        raise ValueError("dissimilarities must be a finite square matrix of three or more objects")
    if not np.allclose(dissimilarity, dissimilarity.T, atol=1e-9):
        raise ValueError("dissimilarities must be symmetric")
    drawn = [
        uniforms(2 * count, seed, "map", start).reshape(count, 2) - 0.5 for start in range(random_starts)
    ]  # fmt: skip
    return min(
        (_descend(dissimilarity, scaling, start) for start in (_classical(dissimilarity), *starts, *drawn)),
        key=lambda found: found.stress,
    )


def _classical(dissimilarity: FloatArray) -> FloatArray:
    """Torgerson's solution (1952): principal axes of the doubly centred squared dissimilarities."""
    squared = dissimilarity**2
    centred = -0.5 * (squared - squared.mean(0) - squared.mean(1)[:, None] + squared.mean())
    values, vectors = np.linalg.eigh(centred)
    return np.asarray(vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 1e-12)), dtype=np.float64)


def _descend(dissimilarity: FloatArray, scaling: Scaling, start: FloatArray) -> Map:
    count = dissimilarity.shape[0]
    rows, columns = np.triu_indices(count, 1)
    given = dissimilarity[rows, columns]
    points = np.asarray(start, dtype=np.float64)
    before = np.inf
    for _ in range(STEPS):
        distances = _distances(points, rows, columns)
        wanted = _disparities(given, distances, scaling)
        stress = float(((wanted - distances) ** 2).sum() / (wanted @ wanted))
        if before - stress < FLAT:
            break
        before = stress
        transform = np.zeros((count, count))
        transform[rows, columns] = -wanted / np.maximum(distances, 1e-12)
        transform += transform.T
        np.fill_diagonal(transform, -transform.sum(axis=1))
        points = transform @ points / count
    distances = _distances(points, rows, columns)
    wanted = _disparities(given, distances, scaling)
    fitted = wanted * (wanted @ distances) / (wanted @ wanted)
    stress_1 = float(np.sqrt(((distances - fitted) ** 2).sum() / (distances @ distances)))
    return Map(points - points.mean(axis=0), stress_1)


def _distances(points: FloatArray, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> FloatArray:
    return np.asarray(np.sqrt(((points[rows] - points[columns]) ** 2).sum(axis=1)), dtype=np.float64)


def _disparities(given: FloatArray, distances: FloatArray, scaling: Scaling) -> FloatArray:
    """The dissimilarities as far as the scaling lets them move towards the distances, of unit mean square."""
    from scipy.optimize import isotonic_regression

    if scaling == "ratio":
        wanted = given
    elif scaling == "interval":
        columns = np.column_stack([np.ones_like(given), given])
        intercept, slope = np.linalg.lstsq(columns, distances, rcond=None)[0]
        wanted = np.maximum(intercept + slope * given, 0.0) if slope > 0 else np.full_like(given, distances.mean())
    else:
        order = np.lexsort((distances, given))
        wanted = np.empty_like(given)
        wanted[order] = isotonic_regression(distances[order]).x
    return np.asarray(wanted * np.sqrt(given.size / (wanted @ wanted)), dtype=np.float64)
