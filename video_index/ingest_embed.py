"""The part of an ingest that computes: the embedder, loaded when first needed, and what is known already."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from video_index.covariates import covariates
from video_index.decoded import Decoded
from video_index.embed import Embedder
from video_index.embedding_cache import EmbeddingCache, Facts, Kept, cache_key
from video_index.errors import UnreadableClipError
from video_index.indexed import IndexMeta

EmbedderSource = Embedder | Callable[[], Embedder]
"""An embedder, or what loads one."""


class Embedding:
    """Turns decoded clips into what an index holds of them.

    On a CPU each clip's frames go through the embedder by themselves: its vectors then depend on nothing but the
    clip, to the last bit, and larger batches are no faster there. Where the embedder asks for more frames at once
    (`frames_at_once`, on a GPU), several clips share a batch, and the last bits may depend on the neighbours.
    """

    def __init__(self, source: EmbedderSource, meta: IndexMeta, place: str, cache: EmbeddingCache | None) -> None:
        self._source = source
        self._meta = meta
        self._place = place
        self._cache = cache
        self.reused = 0
        """How many clips were found in the cache."""

    @property
    def clips_at_once(self) -> int:
        """How many clips are best embedded together; 1 until the embedder is loaded."""
        frames = 1 if callable(self._source) else int(getattr(self._source, "frames_at_once", 1))
        return max(1, frames // self._meta.view.frames)

    def known(self, clip_id: str) -> Kept | None:
        """What an earlier ingest computed of these bytes, with the same embedder and view."""
        if self._cache is None:
            return None
        found = self._cache.get(cache_key(clip_id, self._meta), self._meta.dimension)
        self.reused += found is not None
        return found

    def computed(self, clips: Sequence[Decoded]) -> list[Kept | UnreadableClipError]:
        """Embed clips together; the error stands for one whose frames give no finite numbers."""
        if not clips:
            return []
        rows = self._loaded().images([frame for clip in clips for frame in clip.frames])
        ends = np.cumsum([len(clip.frames) for clip in clips])
        return [_kept(clip, part) for clip, part in zip(clips, np.split(rows, ends[:-1]), strict=True)]

    def keep(self, computed: dict[str, Kept]) -> None:
        """Put what was computed, by clip_id, into the cache."""
        if self._cache is not None:
            self._cache.put({cache_key(clip_id, self._meta): kept for clip_id, kept in computed.items()})

    def _loaded(self) -> Embedder:
        if callable(self._source):
            self._source = self._source()
            self._meta.require_embedder(self._source.name, self._source.fingerprint, self._place)
        return self._source


def _kept(clip: Decoded, rows: NDArray[np.float32]) -> Kept | UnreadableClipError:
    if not np.isfinite(rows).all():
        return UnreadableClipError("the embedder gives no finite numbers for its frames")
    measured = clip.covariates if clip.covariates is not None else covariates(clip.frames)
    return Kept(Facts(clip.kind, clip.width, clip.height, clip.duration_s, clip.frame_count, measured), rows)
