"""Which clips look almost the same as another one: marks that depend on the set of clips and nothing else."""

import numpy as np
from numpy.typing import NDArray

COSINE = 0.95
"""Two clips whose mean vectors have a larger cosine than this are near-duplicates."""
_BLOCK = 2048


def near_duplicate_marks(clip_ids: list[str], vectors: NDArray[np.float32], cosine: float = COSINE) -> dict[str, str]:
    """clip_id of each near-duplicate -> clip_id of the clip that stands for it.

    `clip_ids` in ascending order, `vectors` their unit rows, (n, d). Going through the clips in that order,
    one is marked where an earlier clip that bears no mark has a cosine above `cosine` with it, and the first
    of those stands for it; so a mark never points to a marked clip, and the order in which clips were
    indexed plays no part. n^2 d / 2 multiplications, in blocks of 2,048 rows.
    """
    marks: dict[str, str] = {}
    leaders: list[int] = []
    for start in range(0, len(clip_ids), _BLOCK):
        block = vectors[start : start + _BLOCK]
        first = _first_leader(block, vectors, leaders, cosine)
        inside = block @ block.T > cosine
        here: list[int] = []
        for row in range(len(block)):
            leader = int(first[row])
            if leader < 0:
                leader = next((start + other for other in here if inside[row, other]), -1)
            if leader < 0:
                here.append(row)
            else:
                marks[clip_ids[start + row]] = clip_ids[leader]
        leaders.extend(start + row for row in here)
    return marks


def _first_leader(
    block: NDArray[np.float32], vectors: NDArray[np.float32], leaders: list[int], cosine: float
) -> NDArray[np.int64]:
    """Row number of the first leader near each row of the block, or -1: (b,) int64."""
    first = np.full(len(block), -1, dtype=np.int64)
    for start in range(0, len(leaders), _BLOCK):
        columns = np.asarray(leaders[start : start + _BLOCK])
        near = block @ vectors[columns].T > cosine
        found = near.any(axis=1) & (first < 0)
        first[found] = columns[near.argmax(axis=1)[found]]
    return first
