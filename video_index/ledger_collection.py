"""The ledger of an index on a Qdrant server: a second collection, beside the one that holds the clips."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from video_index.client_errors import spoken
from video_index.clips import Locator
from video_index.keyed import digest
from video_index.ledger import FileRecord
from video_index.points import PAGE

if TYPE_CHECKING:
    from qdrant_client import QdrantClient


class CollectionLedger:
    """Points without vectors: a file each, and a few for states."""

    def __init__(self, client: "QdrantClient", collection: str, *, place: str, create: bool) -> None:
        from qdrant_client import models

        self._models = models
        self._client = client
        self._collection = collection
        self._place = place
        with spoken(place):
            if create and not client.collection_exists(collection):
                client.create_collection(collection, vectors_config={})

    def records(self) -> Iterator[FileRecord]:
        """Every file dealt with, by path and member."""
        found: list[dict[str, Any]] = []
        offset: Any = None
        only_files = self._models.Filter(
            must=[self._models.FieldCondition(key="what", match=self._models.MatchValue(value="file"))]
        )
        with spoken(self._place):
            while True:
                page, offset = self._client.scroll(
                    self._collection, scroll_filter=only_files, limit=PAGE, offset=offset
                )
                found.extend(record.payload or {} for record in page)
                if offset is None:
                    break
        for row in sorted(found, key=lambda row: (row["path"], row["member"] or "")):
            yield FileRecord(
                Locator(row["path"], row["member"]),
                row["size"],
                row["mtime_ns"],
                row["clip_id"],
                row["reason"],
                row["noted"],
            )

    def put(self, records: Iterable[FileRecord]) -> None:
        """Store or replace the files' records in one request."""
        self._upsert(
            {
                ("file", r.locator.path, r.locator.member or ""): {
                    "what": "file",
                    "path": r.locator.path,
                    "member": r.locator.member,
                    "size": r.size,
                    "mtime_ns": r.mtime_ns,
                    "clip_id": r.clip_id,
                    "reason": r.reason,
                    "noted": r.noted,
                }
                for r in records
            }
        )

    def get_state(self, key: str) -> str | None:
        """The text kept under `key`, or None."""
        with spoken(self._place):
            found = self._client.retrieve(self._collection, ids=[_key_id("state", key)])
        return None if not found else str((found[0].payload or {})["value"])

    def set_state(self, key: str, value: str) -> None:
        """Keep a text under `key`."""
        self._upsert({("state", key): {"what": "state", "value": value}})

    def close(self) -> None:
        """Nothing of its own: the points close the client."""

    def _upsert(self, rows: Mapping[tuple[str, ...], dict[str, Any]]) -> None:
        points = [self._models.PointStruct(id=_key_id(*key), vector={}, payload=row) for key, row in rows.items()]
        if points:
            with spoken(self._place):
                self._client.upsert(self._collection, points, wait=True)


def _key_id(*key: str) -> str:
    return str(uuid.UUID(bytes=digest(*key)))
