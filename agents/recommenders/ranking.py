"""Ranking with stable ties: a fast pass in single precision finds the few that can win, an exact one decides.

The fast pass is one matrix product for all agents, whose last digits depend on how many there are. The exact pass is
not: it adds up each row by itself in double precision and rounds to 1e-6. So the order never depends on batching.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.recommenders.base import SHORTLIST, Choice, Request

MARGIN = 1e-4
"""More than a fast score can be off: single-precision dot products of unit vectors are good to about 3e-5."""
DECIMALS = 6
_BLOCK, _FEW = 64, 16

Exact = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Rows -> their scores, each a function of its row alone."""


def best_rows(
    approximate: NDArray[np.float32] | NDArray[np.float64], exact: Exact, request: Request, count: int = SHORTLIST
) -> list[tuple[int, float]]:
    """The best open rows with their exact scores (6 decimals), ties by row, which is by clip id: 1 to `count` of them.

    `approximate` (clips,) may be too high by any amount, and too low by at most MARGIN. All `count` come (as far as
    rows are open) where it is never too high by more than that.
    """
    scores = np.where(request.closed, -np.inf, approximate)
    wanted = count
    while True:
        edge = _edge(scores, wanted)
        rows = np.flatnonzero(scores >= edge - 2 * MARGIN if edge > -np.inf else ~request.closed)
        values = np.round(exact(rows), DECIMALS) + 0.0
        order = np.lexsort((rows, -values))[:count]
        # Whatever was left out scores below edge - MARGIN: what lies above is known to be the best.
        known = [(int(rows[place]), float(values[place])) for place in order if values[place] >= edge - MARGIN]
        if known or edge == -np.inf:
            return known
        wanted *= 8


def _edge(scores: NDArray[np.float32] | NDArray[np.float64], count: int) -> float:
    """A number that at least `count` scores reach, and not many more; -inf where there are not so many."""
    if count > _FEW:
        return float(np.partition(scores, scores.size - count)[scores.size - count]) if count < scores.size else -np.inf
    # The count-th largest of the blocks' maxima is reached by that many scores at least, and found in one pass.
    whole = scores.size // _BLOCK * _BLOCK
    maxima = scores[:whole].reshape(-1, _BLOCK).max(axis=1) if whole else scores[:0]
    return float(np.sort(maxima)[-count]) if maxima.size >= count else -np.inf


def top_choice(ranking: list[tuple[int, float]], catalogue: Catalogue, request: Request) -> Choice:
    """The first of a ranking, shown for certain."""
    row, score = ranking[0]
    return Choice(catalogue.clip_ids[row], score, 1.0, request.candidates, named(ranking, catalogue))


def named(ranking: list[tuple[int, float]], catalogue: Catalogue) -> tuple[tuple[str, float], ...]:
    """A ranking by clip id."""
    return tuple((catalogue.clip_ids[row], score) for row, score in ranking)


def exact_dots(catalogue: Catalogue, rows: NDArray[np.int64], query: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dot products of rows with a query (d,), each added up by itself in double precision."""
    products: NDArray[np.float64] = (catalogue.vectors[rows].astype(np.float64) * query).sum(axis=1)
    return products
