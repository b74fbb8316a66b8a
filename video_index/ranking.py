"""One order for every back end: engines add up in their own order, so scores are computed again, here."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DECIMALS = 6
"""Scores that agree in so many decimals are tied."""


def cosines(query: NDArray[np.float32], rows: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Dot products in float64 of a unit vector (d,) with unit rows, each (d,): (n,)."""
    if not rows:
        return np.empty(0)
    products: NDArray[np.float64] = np.stack(rows).astype(np.float64) @ query.astype(np.float64)
    return products


def ranked(clip_ids: Sequence[str], scores: NDArray[np.float64]) -> list[tuple[str, float]]:
    """(clip_id, score rounded to 6 decimals), best score first, ties by clip_id."""
    rounded = [round(float(score), DECIMALS) + 0.0 for score in scores]
    return sorted(zip(clip_ids, rounded, strict=True), key=lambda pair: (-pair[1], pair[0]))
