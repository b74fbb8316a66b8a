"""What every Qdrant engine has to offer for a clip index: points that are keyed by clip_id."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from video_index.filters import Condition

CLIP_VECTOR = "clip"
"""Name of the vector that is searched: one a point, compared by dot product (unit length: the cosine).

Qdrant rewrites vectors stored for its own Cosine distance; with Dot they read back as they were written.
"""
FRAME_VECTORS = "frames"
"""Name of the multi-vector beside it: one row a frame."""
INDEXED_FIELDS = {"platform_key": "keyword", "posted_day": "integer", "duration_ms": "integer"}
"""Payload fields that filters use, with their Qdrant type."""
PAGE = 256
"""Points a request when reading through a whole index."""

ENGINE_ERROR = 1e-5
"""Bound on the error of an engine's dot product of unit vectors; what is seen is a hundredth of it."""

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class StoredPoint:
    """A point as read back; what was not asked for is None."""

    clip_id: str
    payload: dict[str, Any] | None = None
    vector: Vector | None = None
    frames: Vector | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parts of a point to read."""

    payload: bool = False
    vector: bool = False
    frames: bool = False

    @property
    def vector_names(self) -> list[str]:
        """Names of the vectors wanted."""
        return [name for name, wanted in ((CLIP_VECTOR, self.vector), (FRAME_VECTORS, self.frames)) if wanted]


@dataclass(frozen=True, slots=True)
class Scored:
    """A clip and a dot product as the engine adds it up: in float32 and in its own order, ENGINE_ERROR off at most.

    No clip whose product is larger by more than that is left out.
    """

    clip_id: str
    score: float


class Points(Protocol):
    """One collection of points. clip_id, 32 hex digits, is the point's UUID: storing a clip again replaces it.

    Every method raises IndexStorageError where the engine or the server fails.
    """

    def put(self, points: Sequence[StoredPoint]) -> None:
        """Store or replace points that carry payload, vector and frames."""
        ...

    def change(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Set the given payload fields of the given clips; other fields stay."""
        ...

    def remove(self, clip_ids: Sequence[str]) -> None:
        """Delete points; unknown ids are passed over."""
        ...

    def read(self, clip_ids: Sequence[str], wanted: Wanted) -> list[StoredPoint]:
        """The points that exist among `clip_ids`, in any order."""
        ...

    def scroll(self, filters: Sequence[Condition], wanted: Wanted) -> Iterator[StoredPoint]:
        """Every point that meets the conditions, by clip_id."""
        ...

    def nearest(self, vector: Vector, limit: int, filters: Sequence[Condition]) -> list[Scored]:
        """The `limit` clips of largest dot product with their mean vector, best first; see Scored."""
        ...

    def best_frames(self, vector: Vector, clip_ids: Sequence[str]) -> list[Scored]:
        """The largest dot product with one of its frames, for each of these clips that exists; see Scored."""
        ...

    def count(self) -> int:
        """How many points there are."""
        ...

    def flush(self) -> None:
        """Bring everything stored to the disk, as far as the engine lets us."""
        ...

    def close(self) -> None:
        """Release the collection."""
        ...


def stored_point(clip_id: str, payload: dict[str, Any] | None, vectors: Mapping[str, Any] | None) -> StoredPoint:
    """A point from an engine's plain lists."""
    named = vectors or {}

    def rows(name: str) -> Vector | None:
        return np.asarray(named[name], dtype=np.float32) if name in named else None

    return StoredPoint(clip_id, payload, rows(CLIP_VECTOR), rows(FRAME_VECTORS))


def pages(items: Iterable[str], size: int = PAGE) -> Iterator[list[str]]:
    """The items in lists of at most `size`."""
    page: list[str] = []
    for item in items:
        page.append(item)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page
