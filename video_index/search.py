"""Find clips by words or by another clip: by their mean vectors first, then by their best frame."""

import numpy as np
from numpy.typing import NDArray

from video_index.clip_index import ClipIndex
from video_index.embed import Embedder
from video_index.filters import ClipFilter
from video_index.indexed import SearchHit

__all__ = ["RERANKED", "SearchHit", "search_clip", "search_text", "search_vector"]

RERANKED = 200
"""How many clips of the first pass are looked at frame by frame."""


def search_text(
    index: ClipIndex,
    embedder: Embedder,
    text: str,
    limit: int = 10,
    clip_filter: ClipFilter | None = None,
) -> list[SearchHit]:
    """The `limit` clips nearest to a text, best first.

    The first max(200, limit) clips by mean vector are ranked again by the mean of that cosine and their best
    frame's; ties by clip_id. Raises IndexMismatchError where another embedder made the index.
    """
    index.meta.require_embedder(embedder.name, embedder.fingerprint, index.place)
    return search_vector(index, embedder.texts([text])[0], limit, clip_filter)


def search_clip(
    index: ClipIndex, clip_id: str, limit: int = 10, clip_filter: ClipFilter | None = None
) -> list[SearchHit]:
    """The `limit` clips nearest to a stored clip's mean vector, itself left out, ranked as by a text.

    Raises UnknownClipError.
    """
    _, vectors = index.vectors([clip_id])
    hits = search_vector(index, vectors[0], limit + 1, clip_filter)
    return [hit for hit in hits if hit.clip.clip_id != clip_id][:limit]


def search_vector(
    index: ClipIndex, query: NDArray[np.float32], limit: int = 10, clip_filter: ClipFilter | None = None
) -> list[SearchHit]:
    """The `limit` clips nearest to a vector of the index's space, (d,) float32 of any length, ranked as by a text."""
    return index.best(query, max(RERANKED, limit), limit, clip_filter) if limit > 0 else []
