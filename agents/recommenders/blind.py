"""Feeds that do not look at what the agent does: random, popularity, frozen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.recommenders.base import Choice, DrawKey, Request
from agents.recommenders.ranking import best_rows, exact_dots, top_choice
from video_index.keyed import integer


def random_choice(catalogue: Catalogue, request: Request) -> Choice:
    """Every open clip is equally likely over keys; what a feed does before it has learnt anything."""
    order = catalogue.keyed_order(request.key.seed, request.key.replicate)
    row = int(np.argmax(np.where(request.closed, -1.0, order)))
    return Choice(catalogue.clip_ids[row], float(order[row]), 1.0 / request.candidates, request.candidates)


@dataclass(frozen=True, slots=True)
class RandomFeed:
    """Every unseen clip is equally likely: the negative control."""

    @property
    def name(self) -> str:
        """`random`."""
        return "random"

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        """By keyed uniform numbers, one a clip; the history is ignored."""
        return [random_choice(catalogue, request) for request in requests]


@dataclass(frozen=True, slots=True)
class PopularityFeed:
    """The most popular clip first, the same for everybody; clips of unknown popularity come last, by id."""

    @property
    def name(self) -> str:
        """`popularity`."""
        return "popularity"

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        """By popularity. Raises FeedError where no clip has any."""
        if catalogue.popularity is None or np.isnan(catalogue.popularity).all():
            raise FeedError(
                "no clip has a popularity; index sidecars or a manifest with a field views, likes or popularity, "
                "or choose another --feed"
            )
        known = catalogue.popularity[~np.isnan(catalogue.popularity)]
        # Ranks, not counts: views differ by factors of a million, and rounding would tie the small ones.
        ranks = np.searchsorted(np.unique(known), np.nan_to_num(catalogue.popularity, nan=-1.0)).astype(np.float64)
        ranks[np.isnan(catalogue.popularity)] = -1.0
        return [
            top_choice(best_rows(ranks, lambda rows: ranks[rows], request), catalogue, request) for request in requests
        ]


class FrozenFeed:
    """A personal feed that has stopped learning: it shows the `pool` clips nearest a keyed one, in keyed order.

    Exposure differs from the catalogue's, and does not move: the negative control of drift. Where the pool is used
    up the next nearest follow. The pool has to be larger than an episode for that.
    """

    def __init__(self, pool: int = 1000) -> None:
        if pool < 1:
            raise FeedError(f"frozen: pool must be 1 or more clips, not {pool}")
        self.pool = pool
        self._of: Catalogue | None = None
        self._rankings: dict[DrawKey, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}

    @property
    def name(self) -> str:
        """`frozen` and its pool."""
        return f"frozen(pool={self.pool})"

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        """A keyed draw among the open clips of the pool."""
        if self._of is not catalogue:
            self._rankings.clear()
            self._of = catalogue
        return [self._one(catalogue, request) for request in requests]

    def _one(self, catalogue: Catalogue, request: Request) -> Choice:
        order = catalogue.keyed_order(request.key.seed, request.key.replicate)
        ranked, near = self._ranking(catalogue, request.key)
        pool = ranked[: self.pool]
        open_rows = pool[~request.closed[pool]]
        if not open_rows.size:
            open_rows = ranked[~request.closed[ranked]][:1]
        row = int(open_rows[np.argmax(order[open_rows])])
        return Choice(catalogue.clip_ids[row], float(near[row]), 1.0 / open_rows.size, request.candidates)

    def _ranking(self, catalogue: Catalogue, key: DrawKey) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """All rows, nearest to the key's taste first, and their similarities; made once a key."""
        if key not in self._rankings:
            taste = catalogue.vectors[integer(len(catalogue), key.seed, key.replicate, "taste")].astype(np.float64)
            rows = np.arange(len(catalogue))
            near = np.round(exact_dots(catalogue, rows, taste), 6)
            self._rankings[key] = (np.lexsort((rows, -near)), near)
        return self._rankings[key]
