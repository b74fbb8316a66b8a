"""The part of an ingest that computes: the embedder, loaded when first needed, and what is known already."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType

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
Work = Future[Decoded] | Kept | None
"""A clip that is being decoded, or is known from the cache; None where there is nothing to compute."""
Outcome = Kept | UnreadableClipError | None
"""What became of it."""
_MOST_CALLS = 16


class Embedding:
    """Turns decoded clips into what an index holds of them.

    On a CPU each clip's frames go through the embedder by themselves: its vectors then depend on nothing but the
    clip, to the last bit, and larger batches are no faster there. Clips are embedded side by side, each in one
    thread (`calls_at_once`), because threads that wait for each other lose against the decoding processes. Where
    the embedder asks for more frames at once (`frames_at_once`, on a GPU), several clips share a batch, and the
    last bits may depend on the neighbours. An embedder that says nothing gets one clip at a time.

    A context manager; leave it after the decoder pool, since its threads wait for decoding.
    """

    def __init__(self, source: EmbedderSource, meta: IndexMeta, place: str, cache: EmbeddingCache | None) -> None:
        self._source = source
        self._meta = meta
        self._place = place
        self._cache = cache
        self._guard = threading.Lock()
        self._shared = ExitStack()
        self._prepared = False
        self._threads = ThreadPoolExecutor(_MOST_CALLS, thread_name_prefix="embed")
        self.reused = 0
        """How many clips were found in the cache."""

    @property
    def clips_at_once(self) -> int:
        """How many clips are best embedded in one call; 1 until the embedder is loaded."""
        return max(1, self._said("frames_at_once") // self._meta.view.frames)

    @property
    def calls_at_once(self) -> int:
        """How many calls may go on side by side; 1 until the embedder is loaded."""
        return min(_MOST_CALLS, self._said("calls_at_once"))

    def known(self, clip_id: str) -> Kept | None:
        """What an earlier ingest computed of these bytes, with the same embedder and view."""
        if self._cache is None:
            return None
        found = self._cache.get(cache_key(clip_id, self._meta), self._meta.dimension)
        self.reused += found is not None
        return found

    def begin(self, works: Sequence[Work]) -> Future[list[Outcome]]:
        """Embed clips together as soon as they are decoded; an error stands for one that cannot be used."""
        if not any(isinstance(work, Future) for work in works):
            done: Future[list[Outcome]] = Future()
            done.set_result([None if isinstance(work, Future) else work for work in works])
            return done
        return self._threads.submit(self._embedded, works)

    def keep(self, computed: dict[str, Kept]) -> None:
        """Put what was computed, by clip_id, into the cache."""
        if self._cache is not None:
            self._cache.put({cache_key(clip_id, self._meta): kept for clip_id, kept in computed.items()})

    def __enter__(self) -> "Embedding":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._shared.close()

    def _embedded(self, works: Sequence[Work]) -> list[Outcome]:
        outcomes = [_decoded(work) for work in works]
        clips = [found for found in outcomes if isinstance(found, Decoded)]
        if not clips:
            return [found for found in outcomes if not isinstance(found, Decoded)]
        rows = self._loaded().images([frame for clip in clips for frame in clip.frames])
        ends = np.cumsum([len(clip.frames) for clip in clips])
        parts = iter(np.split(rows, ends[:-1]))
        return [_kept(found, next(parts)) if isinstance(found, Decoded) else found for found in outcomes]

    def _loaded(self) -> Embedder:
        with self._guard:
            if callable(self._source):
                self._source = self._source()
                self._meta.require_embedder(self._source.name, self._source.fingerprint, self._place)
            if not self._prepared and hasattr(self._source, "sharing_cores"):
                self._shared.enter_context(self._source.sharing_cores())
            self._prepared = True
            return self._source

    def _said(self, name: str) -> int:
        return 1 if callable(self._source) else int(getattr(self._source, name, 1))


def _decoded(work: Work) -> Decoded | Outcome:
    if not isinstance(work, Future):
        return work
    try:
        return work.result()
    except UnreadableClipError as error:
        return error


def _kept(clip: Decoded, rows: NDArray[np.float32]) -> Kept | UnreadableClipError:
    if not np.isfinite(rows).all():
        return UnreadableClipError("the embedder gives no finite numbers for its frames")
    measured = clip.covariates if clip.covariates is not None else covariates(clip.frames)
    return Kept(Facts(clip.kind, clip.width, clip.height, clip.duration_s, clip.frame_count, measured), rows)
