from uuid import UUID

import numpy as np
import pytest

from agents.errors import FeedError
from agents.recommenders import QdrantFeed, Shown, choose_all
from agents.recommenders.stored import StoredQdrantFeed
from tests.agents.recommenders.test_feeds import request
from tests.support.browsing import make_world
from video_index.points import CLIP_VECTOR

SHELF = make_world(clips=60, in_suite=10)[1]


@pytest.fixture(scope="module")
def client() -> object:
    from qdrant_client import QdrantClient, models

    opened = QdrantClient(":memory:")
    size = SHELF.vectors.shape[1]
    opened.create_collection(
        "clips", vectors_config={CLIP_VECTOR: models.VectorParams(size=size, distance=models.Distance.DOT)}
    )
    opened.upsert(
        "clips",
        [
            models.PointStruct(id=str(UUID(clip_id)), vector={CLIP_VECTOR: vector.tolist()}, payload={})
            for clip_id, vector in zip(SHELF.clip_ids, SHELF.vectors, strict=True)
        ],
    )
    return opened


@pytest.mark.parametrize("strategy", ["best_score", "average"])
def test_our_ranking_is_the_one_of_the_store(client: object, strategy: str) -> None:
    draw = np.random.default_rng(5)
    ours, theirs = QdrantFeed(strategy), StoredQdrantFeed(client, "clips", strategy)
    for _ in range(25):
        rows = draw.choice(60, size=int(draw.integers(1, 12)), replace=False)
        history = [Shown(int(row), float(draw.choice([1.0, 0.3, -1.0]))) for row in rows]
        asked = [request(history, shelf=SHELF)]
        (mine,), (told,) = choose_all(ours, SHELF, asked), choose_all(theirs, SHELF, asked)
        assert mine is not None and told is not None
        assert mine.clip_id == told.clip_id
        assert mine.score == pytest.approx(told.score, abs=1e-5)


def test_the_store_can_only_be_asked_where_it_is_a_server() -> None:
    with pytest.raises(FeedError, match="http://HOST:PORT/COLLECTION"):
        StoredQdrantFeed.at("clips.index")
