"""What an index holds and gives back: its own description, clips with vectors, hits, refused files."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from video_index.clips import Clip, ViewSpec
from video_index.errors import IndexMismatchError, IndexStorageError

STORAGE_FORMAT = 1
"""Raised whenever an older release could not read what this one writes."""


@dataclass(frozen=True, slots=True)
class IndexMeta:
    """What an index was made with; written once, when it is created."""

    embedder: str
    """The embedder's name: the spec that loads it again."""
    embedder_fingerprint: str
    """Hash of its weights, configuration, tokenizer and preprocessing."""
    dimension: int
    view: ViewSpec
    """How clips were sampled for embedding."""
    format: int = STORAGE_FORMAT

    def to_dict(self) -> dict[str, Any]:
        """JSON values, read back by `from_dict`."""
        return asdict(self)

    @staticmethod
    def from_dict(fields: Mapping[str, Any], place: str) -> "IndexMeta":
        """Read a description. Raises IndexMismatchError for a newer format, IndexStorageError for damage."""
        written = fields.get("format")
        if isinstance(written, int) and written > STORAGE_FORMAT:
            raise IndexMismatchError(
                f"{place} was written in storage format {written}; this release reads up to "
                f"{STORAGE_FORMAT}: install a newer value-spectrum"
            )
        try:
            return TypeAdapter(IndexMeta).validate_python(dict(fields))
        except ValidationError:
            raise IndexStorageError(f"the description of the index {place} is damaged") from None

    def require(self, wanted: "IndexMeta", place: str) -> None:
        """Raise IndexMismatchError unless `wanted` describes this very index."""
        self.require_embedder(wanted.embedder, wanted.embedder_fingerprint, place)
        if self.view != wanted.view:
            raise IndexMismatchError(
                f"{place} was made with {self.view.frames} frames of at most {self.view.long_side} pixels a "
                f"clip, not {wanted.view.frames} of {wanted.view.long_side}; use the same or another index"
            )
        if self.dimension != wanted.dimension:
            raise IndexMismatchError(f"{place} holds vectors of {self.dimension} numbers, not {wanted.dimension}")

    def require_embedder(self, name: str, fingerprint: str, place: str) -> None:
        """Raise IndexMismatchError, saying which embedder made the index, unless it is the one given."""
        if self.embedder_fingerprint == fingerprint:
            return
        changed = " (same name, other weights or preprocessing)" if self.embedder == name else ""
        raise IndexMismatchError(
            f"{place} was made with the embedder {self.embedder} [{self.embedder_fingerprint[:12]}], not "
            f"{name} [{fingerprint[:12]}]{changed}; use that embedder, or make another index"
        )


@dataclass(frozen=True, slots=True, eq=False)
class IndexedClip:
    """A clip with what is stored of it."""

    clip: Clip
    vector: NDArray[np.float32]
    """Mean of the frame vectors brought back to unit length, shape (d,)."""
    frames: NDArray[np.float32]
    """One unit row a frame, shape (m, d), in order of time."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A clip found near a vector."""

    clip_id: str
    score: float
    """Cosine, rounded to 6 decimals so that back ends agree on ties."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A clip found near a vector by its mean and by its best frame."""

    clip: Clip
    score: float
    """(mean_score + frame_score) / 2, rounded to 6 decimals."""
    mean_score: float
    """Cosine of the query with the clip's mean vector, rounded alike."""
    frame_score: float
    """Largest cosine of the query with one of its frames, rounded alike."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file that is not in the index, and why."""

    path: str
    """Path of the file; `shard!member` inside a tar shard."""
    reason: str


def mean_vector(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of unit rows (m, d), computed in float64 and brought back to unit length: (d,) float32.

    Where the rows cancel out (a mean shorter than 1e-6) the first row stands for the clip.
    """
    mean = frames.astype(np.float64).mean(axis=0)
    length = float(np.linalg.norm(mean))
    if length < 1e-6:
        return np.asarray(frames[0], dtype=np.float32)
    return np.asarray(mean / length, dtype=np.float32)


def index_fingerprint(meta: IndexMeta, vectors: Iterable[tuple[str, NDArray[np.float32]]]) -> str:
    """Hex hash over the description and each (clip_id, hash of its vector's bytes), given by clip_id.

    The embedder counts by its own fingerprint, not by its name, which may be a path.
    """
    hasher = hashlib.blake2b(digest_size=16)
    described = {key: value for key, value in meta.to_dict().items() if key != "embedder"}
    hasher.update(json.dumps(described, sort_keys=True).encode())
    for clip_id, vector in vectors:
        raw = np.ascontiguousarray(vector, dtype="<f4").tobytes()
        hasher.update(clip_id.encode())
        hasher.update(hashlib.blake2b(raw, digest_size=16).digest())
    return hasher.hexdigest()
