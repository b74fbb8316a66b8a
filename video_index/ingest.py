"""Put clips into an index: decode, embed, store. Killed anywhere and started again, it ends with the same index."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from video_index.clip_index import ClipIndex
from video_index.clips import ViewSpec
from video_index.decode import DecoderPool
from video_index.embed import Embedder, usable_cores
from video_index.embedding_cache import EmbeddingCache
from video_index.errors import IndexMismatchError, IndexNotFoundError, NotAnIndexError
from video_index.indexed import IndexMeta, Quarantined
from video_index.ingest_embed import EmbedderSource, Embedding
from video_index.ingest_store import BatchWriter
from video_index.ingest_work import IngestProgress, IngestWork
from video_index.source_sample import chosen_items
from video_index.store import open_index

__all__ = ["DEFAULT_VIEW", "EmbedderSource", "IngestProgress", "IngestSummary", "ingest"]

DEFAULT_VIEW = ViewSpec(frames=8, long_side=448)
"""How clips are sampled for embedding."""


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What an ingest did. Unless it was stopped: found = indexed + already + duplicates + len(quarantined)."""

    found: int
    """Files in the source (in the sample, where one was drawn)."""
    indexed: int
    """Clips stored by this run."""
    already: int
    """Files dealt with by an earlier run and unchanged since."""
    updated: int
    """Those among them whose sidecar or manifest row says something new, or whose clip was found elsewhere."""
    duplicates: int
    """Files with the bytes of a clip that is there under another name."""
    near_duplicates: int
    """Clips of the whole index marked as near-duplicates."""
    quarantined: tuple[Quarantined, ...]
    """Files of this source that cannot be used, those remembered from earlier runs included."""
    seconds: float
    stopped: bool
    """Whether `stop` ended it early; what was done is stored."""
    reused: int = 0
    """Clips among `indexed` whose vectors came from the embedding cache."""


def ingest(
    source: str | Path,
    url: str | Path | ClipIndex,
    embedder: EmbedderSource,
    *,
    view: ViewSpec = DEFAULT_VIEW,
    workers: int | None = None,
    batch: int = 16,
    sample: int | None = None,
    seed: int = 0,
    time_limit_s: float = 30.0,
    retry_quarantined: bool = False,
    progress: Callable[[IngestProgress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    wait_s: float = 10.0,
    cache: EmbeddingCache | None = None,
) -> IngestSummary:
    """Index every clip of `source` (a folder, manifest, shard or file) that the index does not hold yet.

    Files are dealt with in the order of `scan`, while `workers` processes (default: one a core) decode and measure
    ahead, each clip once. Every `batch` clips are stored at once, in a thread of its own, and then entered in the
    ledger of files: whatever interrupts the work, what is stored stays, and the next run goes on there. How clips
    share the embedder's batches is said at Embedding. With a `cache`, bytes that it knows for this embedder and
    view are neither decoded nor embedded. A file with the bytes of an indexed clip is a duplicate; clips that look
    almost the same are marked at the end (`near_duplicates`). A file that cannot be used is remembered with its
    reason, and tried again when it changes or with `retry_quarantined`.
    `sample` takes that many files, drawn by a key of `seed` and the path below the source.

    `embedder` may be a function that loads one: a run that finds nothing to do then loads none. `url` may be
    an open index, which stays open.

    Raises ClipSourceError, IndexMismatchError, IndexBusyError (naming the process that holds the index),
    IndexStorageError, EmbedderError.
    """
    started = time.monotonic()
    count = workers or usable_cores()
    items, total = chosen_items(source, sample, seed)
    index, embedder = _opened(url, embedder, view, wait_s)
    try:
        with (
            BatchWriter() as writer,
            Embedding(embedder, index.meta, index.place, cache) as embedding,
            DecoderPool(count, time_limit_s) as pool,
        ):
            work = IngestWork(index, embedding, writer, total=total, batch=batch, progress=progress)
            stopped = work.run(items, pool, window=2 * count, retry_quarantined=retry_quarantined, stop=stop)
        near = work.known_marks() if stopped else work.mark_near_duplicates()
    finally:
        if index is not url:
            index.close()
    return IngestSummary(
        found=total,
        indexed=work.indexed,
        already=work.already,
        updated=work.updated,
        duplicates=work.duplicates,
        near_duplicates=near,
        quarantined=tuple(work.quarantined),
        seconds=time.monotonic() - started,
        stopped=stopped,
        reused=embedding.reused,
    )


def meta_of(embedder: Embedder, view: ViewSpec) -> IndexMeta:
    """The description of an index that this embedder and view make."""
    return IndexMeta(embedder.name, embedder.fingerprint, embedder.dimension, view)


def _opened(
    url: str | Path | ClipIndex, source: EmbedderSource, view: ViewSpec, wait_s: float
) -> tuple[ClipIndex, EmbedderSource]:
    """The index, made where there is none; the embedder is loaded early only where one has to be made."""
    loaded = None if callable(source) else source
    if isinstance(url, ClipIndex):
        index = url
    else:
        try:
            index = open_index(url, write=True, wait_s=wait_s)
        except NotAnIndexError:
            raise
        except IndexNotFoundError:
            loaded = source() if callable(source) else source
            return open_index(url, write=True, meta=meta_of(loaded, view), wait_s=wait_s), loaded
    try:
        if index.meta.view != view:
            raise IndexMismatchError(
                f"{index.place} was made with {index.meta.view.frames} frames of at most "
                f"{index.meta.view.long_side} pixels a clip, not {view.frames} of {view.long_side}; "
                "use the same, or another index"
            )
        if loaded is not None:
            index.meta.require_embedder(loaded.name, loaded.fingerprint, index.place)
    except IndexMismatchError:
        if index is not url:
            index.close()
        raise
    return index, source
