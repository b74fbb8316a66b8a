"""Qdrant's recommend, asked of the store itself: the engine's own ranking, for a server that holds the index."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np

from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.recommenders.base import SHORTLIST, Choice, Request
from agents.recommenders.blind import random_choice
from agents.recommenders.qdrant import STRATEGIES
from video_index.points import CLIP_VECTOR
from video_index.store import server_client

_TIE = 1e-6
_LOOK = 64


class StoredQdrantFeed:
    """`recommend` as a Qdrant server computes it. Scores within 1e-6 of the best are tied and go by clip id."""

    def __init__(self, client: Any, collection: str, strategy: str = "best_score") -> None:
        if strategy not in STRATEGIES:
            raise FeedError(f"qdrant: unknown strategy {strategy!r}; choose one of: {', '.join(STRATEGIES)}")
        self._client = client
        self._collection = collection
        self.strategy = strategy

    @classmethod
    def at(cls, index_url: str, strategy: str = "best_score") -> "StoredQdrantFeed":
        """For the index at http://HOST:PORT/COLLECTION. Raises FeedError for a folder, which one process holds."""
        if not index_url.startswith(("http://", "https://")):
            raise FeedError(
                "the store can only be asked where it is a server (--index http://HOST:PORT/COLLECTION); "
                "--feed qdrant computes the same here"
            )
        return cls(*server_client(index_url), strategy)

    @property
    def name(self) -> str:
        """`qdrant`, the strategy and that the store ranks."""
        return f"qdrant(strategy={self.strategy}, through the store)"

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        """The open clip that the engine ranks first. Raises FeedError where the store fails."""
        return [
            self._one(catalogue, request) if request.learnt else random_choice(catalogue, request)
            for request in requests
        ]

    def _one(self, catalogue: Catalogue, request: Request) -> Choice:
        from qdrant_client import models

        liked = [self._point(catalogue, shown.row) for shown in request.history if shown.weight > 0]
        skipped = [self._point(catalogue, shown.row) for shown in request.history if shown.weight < 0]
        query: Any
        if self.strategy == "average" and not liked:
            rows = [shown.row for shown in request.history if shown.weight < 0]
            query = (-catalogue.vectors[rows].mean(axis=0)).tolist()
        else:
            how = models.RecommendStrategy({"average": "average_vector", "best_score": "best_score"}[self.strategy])
            query = models.RecommendQuery(
                recommend=models.RecommendInput(positive=liked, negative=skipped, strategy=how)
            )
        barred = [self._point(catalogue, int(row)) for row in np.flatnonzero(request.closed)]
        found = self._client.query_points(
            self._collection,
            query=query,
            using=CLIP_VECTOR,
            query_filter=models.Filter(must_not=[models.HasIdCondition(has_id=barred)]),
            limit=_LOOK,
        ).points
        ranked = [(UUID(str(point.id)).hex, float(point.score)) for point in found]
        known = [(clip_id, score) for clip_id, score in ranked if clip_id in catalogue.row_of]
        if not known:
            raise FeedError(f"the store's collection {self._collection} ranks no clip of this catalogue; index it anew")
        best = max(score for _, score in known)
        order = sorted(known, key=lambda pair: (round((best - pair[1]) / _TIE), pair[0]))
        clip_id, score = order[0]
        return Choice(clip_id, score, 1.0, request.candidates, tuple(order[:SHORTLIST]))

    def _point(self, catalogue: Catalogue, row: int) -> Any:
        return str(UUID(catalogue.clip_ids[row]))
