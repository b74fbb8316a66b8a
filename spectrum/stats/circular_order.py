"""Is a circular order found in a correlation matrix? Hubert and Arabie's randomisation test.

Each pair of correlations at different circular distances gives one prediction: the nearer pair correlates more
(Hubert and Arabie 1987, Psychological Bulletin 102; Rounds, Tracey and Hubert 1992). The correspondence index is
predictions met minus violated, as a share of all. The test relabels the variables in every way: up to ten of them
all (k - 1)! / 2 circular orders are tried, so that p is exact and nothing is drawn; beyond, keyed relabellings.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from spectrum.stats.observations import FloatArray, IntArray
from video_index.keyed import permutation

MOST_EXHAUSTIVE = 10
DRAWS = 20_000
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class CircularOrder:
    """What the test found."""

    predictions: int
    met: int
    tied: int
    index: float
    """Correspondence index, -1 to 1: (met - violated) / predictions."""
    p: float
    """Share of the relabellings that meet at least as many predictions, this one among them."""
    orders: int
    """Relabellings tried."""
    exact: bool
    """All circular orders were tried."""


def circular_steps(count: int) -> IntArray:
    """Steps round the circle between `count` places in order, (count, count)."""
    apart = np.abs(np.arange(count)[:, None] - np.arange(count)[None, :])
    return np.asarray(np.minimum(apart, count - apart), dtype=np.int64)


def circular_order(correlations: FloatArray, seed: int = 0) -> CircularOrder:
    """Test a (k, k) correlation matrix whose rows stand in the theory's circular order.

    Raises ValueError with fewer than four variables: any order of three is circular.
    """
    count = correlations.shape[0]
    if count < 4 or correlations.shape != (count, count):
        raise ValueError("a circular order takes a square matrix of four or more variables")
    predicted = _predictions(count)
    exact = count <= MOST_EXHAUSTIVE
    orders = _every_order(count) if exact else _drawn_orders(count, seed)
    met = np.concatenate(
        [
            _count_met(correlations, orders[start : start + _AT_ONCE], *predicted)
            for start in range(0, len(orders), _AT_ONCE)
        ]
    )
    identity = np.arange(count)[None, :]
    own = int(_count_met(correlations, identity, *predicted)[0])
    own_tied = int(_count_met(correlations, identity, *predicted, tied=True)[0])
    total = predicted[0].size
    violated = total - own - own_tied
    return CircularOrder(
        predictions=total,
        met=own,
        tied=own_tied,
        index=(own - violated) / total,
        p=float(np.mean(met >= own)),
        orders=len(orders),
        exact=exact,
    )


def _predictions(count: int) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Rows and columns of the cells, and which cell is predicted to exceed which."""
    rows, columns = np.triu_indices(count, 1)
    steps = circular_steps(count)[rows, columns]
    near, far = np.nonzero(steps[:, None] < steps[None, :])
    return near, far, rows, columns


def _count_met(
    correlations: FloatArray,
    orders: IntArray,
    near: IntArray,
    far: IntArray,
    rows: IntArray,
    columns: IntArray,
    *,
    tied: bool = False,
) -> NDArray[np.int64]:
    """Predictions met (or tied) by each order, (orders,)."""
    cells = np.ascontiguousarray(correlations[orders[:, rows], orders[:, columns]].T)
    counted = np.zeros(len(orders), dtype=np.int64)
    for cell in np.unique(near):
        others = cells[far[near == cell]]
        counted += (cells[cell] == others if tied else cells[cell] > others).sum(axis=0)
    return counted


@lru_cache(maxsize=2)
def _every_order(count: int) -> IntArray:
    """Every circular order once: the first variable stays, and of an order and its mirror image one is kept."""
    rest = np.array(list(permutations(range(1, count))), dtype=np.int64)
    rest = rest[rest[:, 0] < rest[:, -1]]
    return np.hstack([np.zeros((len(rest), 1), dtype=np.int64), rest])


def _drawn_orders(count: int, seed: int) -> IntArray:
    drawn = [permutation(count, seed, "order", draw) for draw in range(DRAWS - 1)]
    return np.array([np.arange(count), *drawn], dtype=np.int64)
