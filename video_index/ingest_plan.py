"""What an ingest would do, and how long it would take, without storing anything."""

import time
from dataclasses import dataclass
from pathlib import Path

from video_index.clip_index import ClipIndex
from video_index.clips import ViewSpec
from video_index.decode import DecoderPool
from video_index.embed import Embedder, usable_cores
from video_index.errors import IndexNotFoundError, NotAnIndexError, UnreadableClipError
from video_index.ingest import DEFAULT_VIEW, EmbedderSource
from video_index.keyed import shuffled
from video_index.ledger import FileRecord
from video_index.source_record import file_record
from video_index.source_sample import chosen_items
from video_index.sources import IMAGE_SUFFIXES, SourceItem
from video_index.store import open_index


@dataclass(frozen=True, slots=True)
class IngestPlan:
    """What would be done. found = videos + images = already + quarantined + to_do."""

    found: int
    videos: int
    """By the file's suffix."""
    images: int
    already: int
    """Files an earlier run dealt with, unchanged since."""
    quarantined: int
    """Files an earlier run found unusable, unchanged since."""
    to_do: int
    """Files that would be read; how many are duplicates shows only then."""
    timed: int
    """Files tried for the estimate."""
    seconds: float | None
    """Estimated time for `to_do`, the loading of the embedder not counted; None where nothing was timed."""


def plan_ingest(
    source: str | Path,
    url: str | Path | ClipIndex,
    embedder: EmbedderSource,
    *,
    view: ViewSpec = DEFAULT_VIEW,
    workers: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    time_limit_s: float = 30.0,
    timed: int = 3,
    wait_s: float = 10.0,
) -> IngestPlan:
    """Count what `ingest` with the same arguments would find and do; nothing is made or stored.

    The time is estimated from `timed` files drawn by a key among those to do: decoding shared by the workers
    against embedding, whichever takes longer. Raises what `ingest` raises.
    """
    items, found = chosen_items(source, sample, seed)
    ledger = _ledger(url, wait_s)
    waiting: dict[str, SourceItem] = {}
    images = already = quarantined = 0
    for item in items:
        images += Path(item.locator.member or item.locator.path).suffix.lower() in IMAGE_SUFFIXES
        record, former = file_record(item), ledger.get(str(item.locator))
        if former is None or not former.same_file(record):
            waiting[str(item.locator)] = item
        elif former.clip_id is None:
            quarantined += 1
        else:
            already += 1
    drawn = [waiting[name] for name in shuffled(waiting, seed, "timed files")[:timed]]
    each = _seconds_each(drawn, embedder, view, workers, time_limit_s) if drawn else None
    return IngestPlan(
        found=found,
        videos=found - images,
        images=images,
        already=already,
        quarantined=quarantined,
        to_do=len(waiting),
        timed=len(drawn),
        seconds=None if each is None else each * len(waiting),
    )


def _ledger(url: str | Path | ClipIndex, wait_s: float) -> dict[str, FileRecord]:
    if isinstance(url, ClipIndex):
        return {str(record.locator): record for record in url.ledger.records()}
    try:
        with open_index(url, wait_s=wait_s) as index:
            return {str(record.locator): record for record in index.ledger.records()}
    except NotAnIndexError:
        raise
    except IndexNotFoundError:
        return {}


def _seconds_each(
    drawn: list[SourceItem],
    source: EmbedderSource,
    view: ViewSpec,
    workers: int | None,
    time_limit_s: float,
) -> float:
    """Seconds a file: decoding by all workers, or embedding by one process, whichever is longer."""
    embedder: Embedder = source() if callable(source) else source
    count = workers or usable_cores()
    decoding = embedding = 0.0
    with DecoderPool(1, time_limit_s) as pool:
        for item in drawn:
            started = time.monotonic()
            try:
                decoded = pool.submit(item.locator, view, True, measure=True).result()
            except UnreadableClipError:
                continue
            finally:
                decoding += time.monotonic() - started
            started = time.monotonic()
            embedder.images(decoded.frames)
            embedding += time.monotonic() - started
    return max(decoding / count, embedding) / len(drawn)
