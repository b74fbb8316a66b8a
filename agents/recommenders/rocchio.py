"""Rocchio's feed: a query that moves towards what was liked and away from what was skipped."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.recommenders.base import SHORTLIST, Choice, Request, Shown
from agents.recommenders.blind import random_choice
from agents.recommenders.ranking import best_rows, exact_dots, top_choice


@dataclass(frozen=True, slots=True)
class RocchioFeed:
    """Moves a query towards what was liked and away from what was skipped (Rocchio, 1971), with decay.

    q = positive * mean_w(liked) - negative * mean_w(skipped), w = |weight| * decay ** age in feed slots. A clip's
    score is its cosine with q. Before any feedback the order is the random feed's of the same key; with skips alone
    the feed shows what is least like them.
    """

    positive: float = 1.0
    negative: float = 0.5
    decay: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.decay <= 1:
            raise FeedError(f"rocchio: decay lies above 0 and at most at 1, not at {self.decay:g}")

    @property
    def name(self) -> str:
        """`rocchio` and its three numbers."""
        return f"rocchio(positive={self.positive:g}, negative={self.negative:g}, decay={self.decay:g})"

    def query(self, catalogue: Catalogue, history: Sequence[Shown]) -> NDArray[np.float64]:
        """The query vector, shape (dimensions,); zeros where nothing was liked or skipped."""
        query = np.zeros(catalogue.vectors.shape[1])
        weights = np.array([shown.weight for shown in history], dtype=np.float64)
        rows = np.array([shown.row for shown in history], dtype=np.int64)
        fading = self.decay ** np.arange(len(history) - 1, -1, -1)
        for sign, gain in ((1.0, self.positive), (-1.0, -self.negative)):
            chosen = np.flatnonzero(weights * sign > 0)
            if chosen.size:
                shares = np.abs(weights[chosen]) * fading[chosen]
                moved = (shares[:, None] * catalogue.vectors[rows[chosen]]).sum(axis=0)
                query += gain * moved / shares.sum()
        return query

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        """The open clip of largest cosine with the query."""
        rankings = self.rankings(catalogue, requests, SHORTLIST)
        return [
            random_choice(catalogue, request) if not ranking else top_choice(ranking, catalogue, request)
            for request, ranking in zip(requests, rankings, strict=True)
        ]

    def rankings(self, catalogue: Catalogue, requests: Sequence[Request], count: int) -> list[list[tuple[int, float]]]:
        """The `count` best open rows with their cosines, a request each; empty where there is no query yet."""
        queries = [self.query(catalogue, request.history) for request in requests]
        lengths = [float(np.linalg.norm(query)) for query in queries]
        units = [query / max(length, 1e-12) for query, length in zip(queries, lengths, strict=True)]
        if not any(length >= 1e-12 for length in lengths):
            return [[] for _ in requests]
        fast = np.array(units, dtype=np.float32) @ catalogue.vectors.T

        def ranking(place: int) -> list[tuple[int, float]]:
            if lengths[place] < 1e-12:
                return []
            unit = units[place]
            return best_rows(fast[place], lambda rows: exact_dots(catalogue, rows, unit), requests[place], count)

        return [ranking(place) for place in range(len(requests))]
