"""How varied a feed is: distance within the list, entropy of what it evokes, coverage of the catalogue."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def intra_list_distance(vectors: NDArray[np.float32] | FloatArray) -> float:
    """ILD = 2 / (n (n - 1)) sum_{i<j} (1 - e_i . e_j) of unit rows (n, d): 0 for equal clips, 1 for orthogonal ones.

    NaN with fewer than two clips.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    count = len(rows)
    if count < 2:
        return float("nan")
    total = rows.sum(axis=0)
    pairs = (float(total @ total) - float((rows * rows).sum())) / (count * (count - 1))
    return 1.0 - pairs


def entropy(shares: FloatArray) -> float:
    """Entropy of exposure shares over its largest, H(E) / ln K: 1 for equal shares, 0 for one value alone."""
    if np.isnan(shares).any() or shares.size < 2:
        return float("nan")
    inside = shares[shares > 0]
    return float(-(inside * np.log(inside)).sum() / np.log(shares.size)) + 0.0


def coverage(clips_shown: int, clips_available: int) -> float:
    """Share of the catalogue that was shown at least once."""
    return clips_shown / clips_available if clips_available else float("nan")
