"""Find clips by words or by another clip: by their mean vectors first, then by their best frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from video_index.clip_index import ClipIndex
from video_index.clips import Clip
from video_index.embed import Embedder
from video_index.filters import ClipFilter
from video_index.ranking import DECIMALS, cosines

RERANKED = 200
"""How many clips of the first pass are looked at frame by frame."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A clip found, with what it was ranked by."""

    clip: Clip
    score: float
    """(mean_score + frame_score) / 2, rounded to 6 decimals."""
    mean_score: float
    """Cosine of the query with the clip's mean vector."""
    frame_score: float
    """Largest cosine of the query with one of its frames."""


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
    """The `limit` clips nearest to a unit vector of the index's space, (d,) float32, ranked as by a text."""
    if limit < 1:
        return []
    candidates = index.nearest(query, max(RERANKED, limit), clip_filter)
    frames = index.frames_of([hit.clip_id for hit in candidates])
    scored = []
    for hit in candidates:
        frame_score = round(float(cosines(query, list(frames[hit.clip_id])).max()), DECIMALS)
        scored.append((round((hit.score + frame_score) / 2, DECIMALS), hit, frame_score))
    best = sorted(scored, key=lambda row: (-row[0], row[1].clip_id))[:limit]
    clips = index.get([hit.clip_id for _, hit, _ in best])
    return [
        SearchHit(clip, score, hit.score, frame_score)
        for clip, (score, hit, frame_score) in zip(clips, best, strict=True)
    ]
