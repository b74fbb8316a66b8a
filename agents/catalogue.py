"""What a feed can show: clips as arrays, so that a recommender ranks without asking a database."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Clips a feed draws from, rows in the order of `clip_ids` (sorted)."""

    clip_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    """Shape (clips, dimensions), rows of length 1: the clip means of the index."""
    labels: NDArray[np.float64]
    """Shape (clips, values): label probabilities, for exposure only; no recommender reads them."""

    def __post_init__(self) -> None:
        rows = len(self.clip_ids)
        if self.vectors.shape[0] != rows or self.labels.shape[0] != rows:
            raise ValueError("clip_ids, vectors and labels must have one row a clip")
        if list(self.clip_ids) != sorted(set(self.clip_ids)):
            raise ValueError("clip_ids must be sorted and distinct")

    def without(self, clip_ids: frozenset[str]) -> "Catalogue":
        """The same catalogue less the clips named (probe clips never enter a feed)."""
        keep = np.array([clip_id not in clip_ids for clip_id in self.clip_ids], dtype=bool)
        return Catalogue(
            tuple(clip for clip, kept in zip(self.clip_ids, keep, strict=True) if kept),
            self.vectors[keep],
            self.labels[keep],
        )
