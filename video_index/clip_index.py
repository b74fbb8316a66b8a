"""The clip index: clips, their vectors and the files they came from, over whichever engine holds the points."""

from collections.abc import Iterator, Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from video_index.clips import Clip
from video_index.errors import IndexStorageError, UnknownClipError
from video_index.filters import ClipFilter, conditions
from video_index.folder_lock import FolderLock
from video_index.indexed import Hit, IndexedClip, IndexMeta, Quarantined, SearchHit, index_fingerprint
from video_index.ledger import Ledger
from video_index.payload import from_payload, to_payload
from video_index.points import ENGINE_ERROR, Points, Scored, StoredPoint, Wanted
from video_index.ranking import DECIMALS, cosines, ranked

_SLACK = 32
_DOUBT = 2 * ENGINE_ERROR + 2 * 10.0**-DECIMALS  # two engine scores this near may come in the other order


class ClipIndex:
    """Clips in Qdrant. Open one with `open_index`; close it, or use it in a `with` block, so that others may."""

    def __init__(
        self,
        place: str,
        meta: IndexMeta,
        points: Points,
        ledger: Ledger,
        lock: FolderLock | None = None,
    ) -> None:
        self.place = place
        """The URL it was opened with: what errors call it."""
        self.meta = meta
        self.ledger = ledger
        self._points = points
        self._lock = lock
        self._open = True

    def fingerprint(self) -> str:
        """Hex hash of the description, every clip_id and every mean vector: equal in all back ends."""
        vectors = self._points.scroll([], Wanted(vector=True))
        return index_fingerprint(self.meta, ((p.clip_id, _present(p.vector)) for p in vectors))

    def count(self) -> int:
        """Number of clips."""
        return self._points.count()

    def upsert(self, clips: Sequence[IndexedClip]) -> None:
        """Store clips, or replace those of the same clip_id. On return they survive the process.

        Raises ValueError where a vector has another dimension than the index, IndexStorageError where the
        disk is full or the server fails.
        """
        for item in clips:
            if item.vector.shape != (self.meta.dimension,) or item.frames.shape[1:] != item.vector.shape:
                raise ValueError(
                    f"vectors of clip {item.clip.clip_id} have shapes {item.vector.shape} and "
                    f"{item.frames.shape}; the index holds {self.meta.dimension} numbers a vector"
                )
        if clips:
            self._points.put(
                [
                    StoredPoint(
                        item.clip.clip_id,
                        to_payload(item.clip),
                        np.ascontiguousarray(item.vector, dtype=np.float32),
                        np.ascontiguousarray(item.frames, dtype=np.float32),
                    )
                    for item in clips
                ]
            )
            self._points.flush()

    def remove(self, clip_ids: Sequence[str]) -> None:
        """Delete clips; unknown ids are passed over."""
        if clip_ids:
            self._points.remove(clip_ids)
            self._points.flush()

    def revise(self, clips: Sequence[Clip]) -> None:
        """Replace what is known of stored clips; their vectors stay as they are."""
        if clips:
            self._points.change({clip.clip_id: to_payload(clip) for clip in clips})
            self._points.flush()

    def clips(self, clip_filter: ClipFilter | None = None) -> Iterator[Clip]:
        """Every clip that passes the filter, by clip_id."""
        for point in self._points.scroll(conditions(clip_filter), Wanted(payload=True)):
            yield from_payload(point.payload or {})

    def items(self) -> Iterator[IndexedClip]:
        """Every clip with its vectors, by clip_id."""
        for point in self._points.scroll([], Wanted(payload=True, vector=True, frames=True)):
            yield IndexedClip(from_payload(point.payload or {}), _present(point.vector), _present(point.frames))

    def items_of(self, clip_ids: Sequence[str]) -> list[IndexedClip]:
        """The clips of these ids with their vectors, in this order. Raises UnknownClipError."""
        return [
            IndexedClip(from_payload(point.payload or {}), _present(point.vector), _present(point.frames))
            for point in self._read(clip_ids, Wanted(payload=True, vector=True, frames=True))
        ]

    def get(self, clip_ids: Sequence[str]) -> list[Clip]:
        """The clips of these ids, in this order. Raises UnknownClipError."""
        return [from_payload(point.payload or {}) for point in self._read(clip_ids, Wanted(payload=True))]

    def vectors(self, clip_ids: Sequence[str] | None = None) -> tuple[list[str], NDArray[np.float32]]:
        """Ids and unit mean vectors, (n, d) float32: all by clip_id, or those asked for in their order.

        Raises UnknownClipError.
        """
        wanted = Wanted(vector=True)
        found = list(self._points.scroll([], wanted)) if clip_ids is None else self._read(clip_ids, wanted)
        if not found:
            return [], np.empty((0, self.meta.dimension), dtype=np.float32)
        return [point.clip_id for point in found], np.stack([_present(point.vector) for point in found])

    def frames_of(self, clip_ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Frame vectors of several clips in as few requests as may be. Raises UnknownClipError."""
        return {p.clip_id: _present(p.frames) for p in self._read(clip_ids, Wanted(frames=True))}

    def nearest(self, vector: NDArray[np.float32], limit: int, clip_filter: ClipFilter | None = None) -> list[Hit]:
        """The `limit` clips of largest cosine with a vector of any length above zero, exactly.

        Order: score descending (rounded to 6 decimals), then clip_id. Raises ValueError where the vector is
        zero or has another dimension.
        """
        unit, found = self._near(vector, limit, clip_filter)
        clip_ids, rows = self.vectors([point.clip_id for point in found])
        return [Hit(clip_id, score) for clip_id, score in ranked(clip_ids, cosines(unit, list(rows)))]

    def best(
        self, vector: NDArray[np.float32], among: int, limit: int, clip_filter: ClipFilter | None = None
    ) -> list[SearchHit]:
        """Of the `among` clips that `nearest` gives, the `limit` best by (cosine of the mean + best frame's) / 2.

        Order: that number descending (rounded to 6 decimals), then clip_id. The engine's own numbers say which
        clips can be among them; only of those the vectors are read and multiplied exactly, because bringing 200
        clips' frames into Python takes longer than searching 50,000. Raises what `nearest` raises.
        """
        unit, found = self._near(vector, among, clip_filter)
        if not found:
            return []
        means = {point.clip_id: point.score for point in found}
        frames = self._points.best_frames(unit, list(means))
        rough = sorted(((means[point.clip_id] + point.score) / 2 for point in frames), reverse=True)
        least = rough[min(limit, len(rough)) - 1] - _DOUBT
        finalists = [point.clip_id for point in frames if (means[point.clip_id] + point.score) / 2 >= least]
        hits = []
        for item in self.items_of(finalists):
            mean, *rows = (round(float(product), DECIMALS) for product in cosines(unit, [item.vector, *item.frames]))
            hits.append(SearchHit(item.clip, round((mean + max(rows)) / 2, DECIMALS), mean, max(rows)))
        return sorted(hits, key=lambda hit: (-hit.score, hit.clip.clip_id))[:limit]

    def _near(
        self, vector: NDArray[np.float32], limit: int, clip_filter: ClipFilter | None
    ) -> tuple[NDArray[np.float32], list[Scored]]:
        """The query at unit length; the `limit` clips nearest to it, chosen exactly, with the engine's scores."""
        if vector.shape != (self.meta.dimension,) or not np.linalg.norm(vector) > 0:
            raise ValueError(f"a query needs {self.meta.dimension} numbers, not all zero, got shape {vector.shape}")
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        if limit < 1:
            return unit, []
        filters = conditions(clip_filter)
        wanted = limit + _SLACK
        while True:
            found = self._points.nearest(unit, wanted, filters)
            # A tie that the cut-off splits would come out in the engine's order: look further down.
            if len(found) < wanted or found[limit - 1].score - found[-1].score > _DOUBT:
                break
            wanted *= 4
        if len(found) <= limit:
            return unit, found
        cut = found[limit - 1].score
        sure = [point for point in found if point.score > cut + _DOUBT]
        doubtful = {point.clip_id: point for point in found if abs(point.score - cut) <= _DOUBT}
        if len(sure) + len(doubtful) > limit:
            clip_ids, rows = self.vectors(list(doubtful))
            order = [clip_id for clip_id, _ in ranked(clip_ids, cosines(unit, list(rows)))]
            doubtful = {clip_id: doubtful[clip_id] for clip_id in order[: limit - len(sure)]}
        return unit, [*sure, *doubtful.values()]

    def quarantine(self) -> list[Quarantined]:
        """Files that are not in the index, with the reason, by path."""
        return [
            Quarantined(str(record.locator), record.reason)
            for record in self.ledger.records()
            if record.reason is not None
        ]

    def close(self) -> None:
        """Release the engine and the lock; a second call changes nothing."""
        if not self._open:
            return
        self._open = False
        try:
            self.ledger.close()
            self._points.close()
        finally:
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> "ClipIndex":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, clip_ids: Sequence[str], wanted: Wanted) -> list[StoredPoint]:
        found = {point.clip_id: point for point in self._points.read(list(dict.fromkeys(clip_ids)), wanted)}
        missing = next((clip_id for clip_id in clip_ids if clip_id not in found), None)
        if missing is not None:
            raise UnknownClipError(f"{self.place} holds no clip {missing}")
        return [found[clip_id] for clip_id in clip_ids]


def _present(vectors: NDArray[np.float32] | None) -> NDArray[np.float32]:
    if vectors is None:
        raise IndexStorageError("the index holds a point without its vectors; make the index anew")
    return vectors
