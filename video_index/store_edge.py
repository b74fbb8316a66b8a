"""Points in a folder, through Qdrant's embedded engine (qdrant-edge-py)."""

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from video_index.errors import IndexStorageError
from video_index.extras import import_extra
from video_index.filters import Condition
from video_index.points import (
    CLIP_VECTOR,
    FRAME_VECTORS,
    INDEXED_FIELDS,
    PAGE,
    Scored,
    StoredPoint,
    Vector,
    Wanted,
    pages,
    stored_point,
)

SPARE_BYTES = 64 * 1024 * 1024
"""Room kept free on the disk: the engine writes through memory maps, and a full disk would kill the process."""


class EdgePoints:
    """An `EdgeShard` on a folder. Search is exact: below 100,000 clips a scan takes milliseconds."""

    def __init__(self, folder: Path, dimension: int, *, create: bool) -> None:
        self._folder = folder
        self._edge: ModuleType = import_extra("qdrant_edge", "clips")
        with self._spoken():
            if create:
                self._require_room(0)
                folder.mkdir(parents=True, exist_ok=True)
                self._shard = self._create(dimension)
            else:
                self._shard = self._edge.EdgeShard.load(str(folder))

    def put(self, points: Sequence[StoredPoint]) -> None:
        """Store or replace points."""
        edge = self._edge
        self._require_room(sum(_bytes(point) for point in points))
        with self._spoken():
            self._shard.update(
                edge.UpdateOperation.upsert_points(
                    [
                        edge.Point(
                            uuid.UUID(point.clip_id),
                            {CLIP_VECTOR: point.vector, FRAME_VECTORS: point.frames},
                            point.payload,
                        )
                        for point in points
                    ]
                )
            )

    def change(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Set payload fields of clips."""
        self._require_room(0)
        with self._spoken():
            for clip_id, payload in payloads.items():
                self._shard.update(self._edge.UpdateOperation.set_payload([uuid.UUID(clip_id)], dict(payload)))

    def remove(self, clip_ids: Sequence[str]) -> None:
        """Delete points."""
        with self._spoken():
            self._shard.update(self._edge.UpdateOperation.delete_points([uuid.UUID(clip_id) for clip_id in clip_ids]))

    def read(self, clip_ids: Sequence[str], wanted: Wanted) -> list[StoredPoint]:
        """The points that exist among `clip_ids`."""
        found: list[StoredPoint] = []
        with self._spoken():
            for page in pages(clip_ids):
                records = self._shard.retrieve(
                    [uuid.UUID(clip_id) for clip_id in page],
                    with_payload=wanted.payload,
                    with_vector=wanted.vector_names,
                )
                found.extend(_point(record) for record in records)
        return found

    def scroll(self, filters: Sequence[Condition], wanted: Wanted) -> Iterator[StoredPoint]:
        """Every point that meets the conditions, by clip_id."""
        offset = None
        while True:
            with self._spoken():
                records, offset = self._shard.scroll(
                    self._edge.ScrollRequest(
                        offset=offset,
                        limit=PAGE,
                        filter=self._filter(filters),
                        with_payload=wanted.payload,
                        with_vector=wanted.vector_names,
                    )
                )
            yield from map(_point, records)
            if offset is None:
                return

    def nearest(self, vector: Vector, limit: int, filters: Sequence[Condition]) -> list[Scored]:
        """The points of largest dot product."""
        return self._query(vector.tolist(), CLIP_VECTOR, limit, self._filter(filters))

    def best_frames(self, vector: Vector, clip_ids: Sequence[str]) -> list[Scored]:
        """The largest dot product of each clip's frames."""
        edge = self._edge
        only = edge.Filter(must=[edge.HasIdCondition({uuid.UUID(clip_id) for clip_id in clip_ids})])
        return self._query([vector.tolist()], FRAME_VECTORS, len(clip_ids), only)

    def _query(self, vector: Any, using: str, limit: int, only: Any) -> list[Scored]:
        edge = self._edge
        with self._spoken():
            records = self._shard.query(
                edge.QueryRequest(
                    limit=limit,
                    query=edge.Query.Nearest(vector, using=using),
                    filter=only,
                    params=edge.SearchParams(exact=True),
                )
            )
        return [Scored(_clip_id(record), float(record.score)) for record in records]

    def count(self) -> int:
        """How many points there are."""
        with self._spoken():
            return int(self._shard.count(self._edge.CountRequest(exact=True)))

    def flush(self) -> None:
        """Bring everything to the disk."""
        with self._spoken():
            self._shard.flush()

    def close(self) -> None:
        """Release the shard, and with it the engine's own lock."""
        with self._spoken():
            self._shard.close()

    def _create(self, dimension: int) -> Any:
        edge = self._edge
        frames = edge.EdgeVectorParams(
            size=dimension,
            distance=edge.Distance.Dot,
            multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim),
        )
        clip = edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Dot)
        config = edge.EdgeConfig(vectors={CLIP_VECTOR: clip, FRAME_VECTORS: frames})
        shard = edge.EdgeShard.create(str(self._folder), config)
        for name, kind in INDEXED_FIELDS.items():
            schema = getattr(edge.PayloadSchemaType, kind.capitalize())
            shard.update(edge.UpdateOperation.create_field_index(name, schema))
        return shard

    def _filter(self, filters: Sequence[Condition]) -> Any:
        edge = self._edge
        if not filters:
            return None
        return edge.Filter(
            must=[
                edge.FieldCondition(condition.key, match=edge.MatchAny(list(condition.any_of)))
                if condition.any_of
                else edge.FieldCondition(
                    condition.key,
                    range=edge.RangeFloat(gte=condition.at_least, lte=condition.at_most),
                )
                for condition in filters
            ]
        )

    def _require_room(self, wanted: int) -> None:
        place = next(place for place in (self._folder, *self._folder.parents) if place.exists())
        free = shutil.disk_usage(place).free
        if free < SPARE_BYTES + 2 * wanted:
            raise IndexStorageError(
                f"the disk that holds {self._folder.parent} is full ({free // 1_000_000} MB free, "
                f"{SPARE_BYTES // 1_000_000} MB kept in reserve); make room and run again"
            )

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        try:
            yield
        except IndexStorageError:
            raise
        except Exception as error:
            line = " ".join(str(error).split())
            raise IndexStorageError(f"the embedded engine failed on {self._folder.parent}: {line[:300]}") from error


def _bytes(point: StoredPoint) -> int:
    return sum(part.nbytes for part in (point.vector, point.frames) if part is not None) + 4096


def _point(record: Any) -> StoredPoint:
    return stored_point(_clip_id(record), record.payload, record.vector)


def _clip_id(record: Any) -> str:
    found: str = record.id.hex
    return found
