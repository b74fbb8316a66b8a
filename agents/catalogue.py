"""What a feed can show: clips as arrays, so that a recommender ranks without asking a database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from video_index.keyed import uniform


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Clips a feed draws from, rows in the order of `clip_ids` (sorted)."""

    clip_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    """Shape (clips, dimensions), rows of length 1: the clip means of the index."""
    labels: NDArray[np.float64]
    """Shape (clips, values): label probabilities, NaN rows where unknown; of the feeds only planted-bias reads them."""
    sources: tuple[str, ...] = ()
    """Where each clip's labels come from: "sidecar", "second model", "retrieval", or "" for none."""
    codes: tuple[str, ...] = ()
    """The values' codes, in the order of the labels."""
    popularity: NDArray[np.float64] | None = None
    """Shape (clips,), any unit, NaN where unknown."""
    durations: NDArray[np.float64] | None = None
    """Shape (clips,), seconds; 0 for a still."""
    titles: tuple[str, ...] = ()
    """What a clip is called, "" where it has no name."""
    _orders: dict[tuple[int, int], NDArray[np.float64]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        rows = len(self.clip_ids)
        if self.vectors.shape[0] != rows or self.labels.shape[0] != rows:
            raise ValueError("clip_ids, vectors and labels must have one row a clip")
        if any(len(column) not in (0, rows) for column in (self.sources, self.titles)):
            raise ValueError("sources and titles must have one entry a clip, or none at all")
        if list(self.clip_ids) != sorted(set(self.clip_ids)):
            raise ValueError("clip_ids must be sorted and distinct")

    def __len__(self) -> int:
        """Number of clips."""
        return len(self.clip_ids)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row of each clip."""
        return {clip_id: row for row, clip_id in enumerate(self.clip_ids)}

    def rows(self, clip_ids: Iterable[str]) -> NDArray[np.int64]:
        """Rows of those of the clips that are here."""
        found = (self.row_of[clip_id] for clip_id in clip_ids if clip_id in self.row_of)
        return np.fromiter(found, dtype=np.int64)

    def keyed_order(self, seed: int, replicate: int) -> NDArray[np.float64]:
        """A uniform number a clip, shape (clips,): a function of the key and the clip alone, made once."""
        place = (seed, replicate)
        if place not in self._orders:
            draws = (uniform(seed, replicate, "feed", clip_id) for clip_id in self.clip_ids)
            self._orders[place] = np.fromiter(draws, dtype=np.float64, count=len(self.clip_ids))
        return self._orders[place]

    def duration(self, row: int) -> float:
        """Seconds of a clip; 0 where unknown."""
        return 0.0 if self.durations is None else float(self.durations[row])

    def title(self, row: int) -> str:
        """What a clip is called, or ""."""
        return self.titles[row] if self.titles else ""

    def source(self, row: int) -> str:
        """Where a clip's labels come from, or ""."""
        return self.sources[row] if self.sources else ""
