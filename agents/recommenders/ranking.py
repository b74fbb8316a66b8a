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

Exact = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Rows -> their scores, each a function of its row alone."""


def best_rows(
    approximate: NDArray[np.float32] | NDArray[np.float64], exact: Exact, request: Request, count: int = SHORTLIST
) -> list[tuple[int, float]]:
    """The `count` best open rows with their exact scores (6 decimals), ties by row, which is by clip id.

    `approximate` (clips,) may be too high by any amount, and too low by at most MARGIN.
    """
    scores = np.where(request.closed, -np.inf, approximate)
    wanted = min(count, request.candidates)
    while True:
        reach = min(wanted, request.candidates)
        edge = float(np.partition(scores, scores.size - reach)[scores.size - reach])
        rows = np.flatnonzero((scores >= edge - 2 * MARGIN) & ~request.closed)
        values = np.round(exact(rows), DECIMALS) + 0.0
        order = np.lexsort((rows, -values))[: min(count, rows.size)]
        # Whatever was left out scores below edge - MARGIN: enough is known once the last one kept lies above.
        if reach == request.candidates or values[order[-1]] >= edge - MARGIN:
            return [(int(rows[place]), float(values[place])) for place in order]
        wanted *= 8


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
