"""How well a map fits the circle of the theory, once turned, mirrored, moved and stretched onto it."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CircleFit:
    """A configuration laid over the theory's circle."""

    congruence: float
    """Correlation of the two sets of coordinates after the fit: 1 for the circle itself (Borg and Groenen 2005)."""
    disparity: float
    """Share of the circle's spread that the configuration leaves: 1 - congruence^2."""
    points: FloatArray
    """(k, 2) the configuration, fitted; both have unit sum of squares."""
    circle: FloatArray
    """(k, 2) the theory's places."""


def equal_angles(count: int) -> FloatArray:
    """Angles of `count` places at equal steps round a circle, (count,) radians from 0."""
    return np.asarray(2 * np.pi * np.arange(count) / count, dtype=np.float64)


def on_circle(angles: FloatArray) -> FloatArray:
    """Points (k, 2) at angles (k,) of a unit circle."""
    return np.column_stack([np.cos(angles), np.sin(angles)])


def fit_to_circle(points: FloatArray, angles: FloatArray | None = None) -> CircleFit:
    """Lay points (k, 2), in the theory's order, over the circle; `angles` (k,) radians, equal steps where None.

    Gower's Procrustes statistic (1975, Psychometrika 40) by scipy.spatial.procrustes. Raises ValueError where the
    points are all one.
    """
    from scipy.spatial import procrustes

    target = on_circle(equal_angles(points.shape[0]) if angles is None else angles)
    circle, fitted, disparity = procrustes(target, points)
    disparity = float(min(max(disparity, 0.0), 1.0))
    return CircleFit(float(np.sqrt(1.0 - disparity)), disparity, fitted, circle)


def circle_p(points: FloatArray, permutations: int = 2000, seed: int = 0) -> float:
    """Share of keyed relabellings of the points that fit the circle at least as well as the order given.

    The points as they are count as one of them, so that p is never 0.
    """
    from video_index.keyed import permutation

    found = fit_to_circle(points).congruence
    better = sum(
        fit_to_circle(points[permutation(points.shape[0], seed, "circle", draw)]).congruence >= found - 1e-12
        for draw in range(permutations)
    )
    return (1 + better) / (1 + permutations)
