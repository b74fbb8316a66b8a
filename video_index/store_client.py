"""Points behind qdrant-client: a Qdrant server or cluster, memory, or the client's own local mode."""

import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from video_index.client_errors import spoken
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

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

LOCAL_MODE_CLIPS = 5000
"""Above this many clips the client's pure-Python local mode takes seconds a search."""
_PUT = 64


class ClientPoints:
    """One collection of a `QdrantClient`. `place` names the index in errors; `local` is the client's local mode."""

    def __init__(
        self,
        client: "QdrantClient",
        collection: str,
        dimension: int,
        *,
        place: str,
        create: bool,
        local: bool = False,
    ) -> None:
        from qdrant_client import models

        self._models = models
        self._client = client
        self._collection = collection
        self._place = place
        self._local = local
        if create:
            with spoken(place):
                self._create(dimension)

    def put(self, points: Sequence[StoredPoint]) -> None:
        """Store or replace points."""
        models = self._models
        with spoken(self._place):
            for start in range(0, len(points), _PUT):
                self._client.upsert(
                    self._collection,
                    [
                        models.PointStruct(
                            id=_uuid(point.clip_id),
                            vector={CLIP_VECTOR: _plain(point.vector), FRAME_VECTORS: _plain(point.frames)},
                            payload=point.payload,
                        )
                        for point in points[start : start + _PUT]
                    ],
                    wait=True,
                )
        if self._local and self.count() > LOCAL_MODE_CLIPS:
            warnings.warn(
                f"{self._place} holds more than {LOCAL_MODE_CLIPS} clips without the embedded engine: searches "
                "take seconds; use a platform with a qdrant-edge-py wheel, or a Qdrant server",
                stacklevel=2,
            )

    def change(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Set payload fields of clips."""
        with spoken(self._place):
            for clip_id, payload in payloads.items():
                self._client.set_payload(self._collection, payload=dict(payload), points=[_uuid(clip_id)], wait=True)

    def remove(self, clip_ids: Sequence[str]) -> None:
        """Delete points."""
        with spoken(self._place):
            self._client.delete(
                self._collection,
                points_selector=self._models.PointIdsList(points=[_uuid(c) for c in clip_ids]),
                wait=True,
            )

    def read(self, clip_ids: Sequence[str], wanted: Wanted) -> list[StoredPoint]:
        """The points that exist among `clip_ids`."""
        found: list[StoredPoint] = []
        with spoken(self._place):
            for page in pages(clip_ids):
                records = self._client.retrieve(
                    self._collection,
                    ids=[_uuid(clip_id) for clip_id in page],
                    with_payload=wanted.payload,
                    with_vectors=wanted.vector_names or False,
                )
                found.extend(_point(record) for record in records)
        return found

    def scroll(self, filters: Sequence[Condition], wanted: Wanted) -> Iterator[StoredPoint]:
        """Every point that meets the conditions, by clip_id."""
        offset: Any = None
        while True:
            with spoken(self._place):
                records, offset = self._client.scroll(
                    self._collection,
                    scroll_filter=self._filter(filters),
                    limit=PAGE,
                    offset=offset,
                    with_payload=wanted.payload,
                    with_vectors=wanted.vector_names or False,
                )
            yield from map(_point, records)
            if offset is None:
                return

    def nearest(self, vector: Vector, limit: int, filters: Sequence[Condition]) -> list[Scored]:
        """The points of largest dot product."""
        return self._query(vector.tolist(), CLIP_VECTOR, limit, self._filter(filters))

    def best_frames(self, vector: Vector, clip_ids: Sequence[str]) -> list[Scored]:
        """The largest dot product of each clip's frames."""
        only = self._models.Filter(must=[self._models.HasIdCondition(has_id=[_uuid(clip_id) for clip_id in clip_ids])])
        return self._query([vector.tolist()], FRAME_VECTORS, len(clip_ids), only)

    def _query(self, vector: Any, using: str, limit: int, only: "models.Filter | None") -> list[Scored]:
        with spoken(self._place):
            answer = self._client.query_points(
                self._collection,
                query=vector,
                using=using,
                query_filter=only,
                limit=limit,
                with_payload=False,
                # Local mode is always exact, and warns when it is told to be.
                search_params=None if self._local else self._models.SearchParams(exact=True),
            )
        return [Scored(uuid.UUID(str(record.id)).hex, float(record.score)) for record in answer.points]

    def count(self) -> int:
        """How many points there are."""
        with spoken(self._place):
            return int(self._client.count(self._collection, exact=True).count)

    def flush(self) -> None:
        """A server answers an upsert once it is in its write-ahead log; local mode commits by itself."""

    def close(self) -> None:
        """Release the client."""
        self._client.close()

    def _create(self, dimension: int) -> None:
        models = self._models
        if self._client.collection_exists(self._collection):
            return
        clip = models.VectorParams(size=dimension, distance=models.Distance.DOT)
        frames = models.VectorParams(
            size=dimension,
            distance=models.Distance.DOT,
            on_disk=True,
            # Frames are read by id, never searched: a graph over them would be built for nothing.
            hnsw_config=models.HnswConfigDiff(m=0),
            multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
        )
        self._client.create_collection(self._collection, vectors_config={CLIP_VECTOR: clip, FRAME_VECTORS: frames})
        if self._local:
            return
        for name, kind in INDEXED_FIELDS.items():
            self._client.create_payload_index(
                self._collection, name, field_schema=models.PayloadSchemaType(kind), wait=True
            )

    def _filter(self, filters: Sequence[Condition]) -> "models.Filter | None":
        models = self._models
        if not filters:
            return None
        return self._models.Filter(
            must=[
                models.FieldCondition(key=condition.key, match=models.MatchAny(any=list(condition.any_of)))
                if condition.any_of
                else models.FieldCondition(
                    key=condition.key,
                    range=models.Range(gte=condition.at_least, lte=condition.at_most),
                )
                for condition in filters
            ]
        )


def _uuid(clip_id: str) -> str:
    return str(uuid.UUID(clip_id))


def _plain(vectors: Vector | None) -> Any:
    return None if vectors is None else vectors.tolist()


def _point(record: Any) -> StoredPoint:
    return stored_point(uuid.UUID(str(record.id)).hex, record.payload, record.vector)
