"""Answers as arrays: what every estimate starts from.

A response is a vector, one number an answer; or a matrix of many runs of one design, a column a run, which the
estimators take as they take one run (their arrays then have a first axis for the runs). Calibration asks for
thousands of runs by the same code that a user's single run goes through.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from spectrum.errors import ConfigError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Framing(IntEnum):
    """How a question was put: the stem pair (would, would not), named options in either order, or otherwise."""

    WOULD = 0
    WOULD_NOT = 1
    FIRST = 2
    SECOND = 3
    OTHER = 4


def occurring(numbers: IntArray) -> tuple[IntArray, IntArray]:
    """The numbers that occur, in order, and the place of each entry among them; none is negative or very large.

    As np.unique with its inverse, by counting: a million entries are not sorted.
    """
    occurs = np.bincount(numbers) > 0
    place = np.cumsum(occurs) - 1
    return np.flatnonzero(occurs), np.asarray(place[numbers], dtype=np.int64)


def mean_by(place: IntArray, values: FloatArray, count: int) -> FloatArray:
    """(count,) mean of the values (n,) at each place 0 to count - 1; NaN where there is none."""
    there = np.bincount(place, minlength=count)
    total = np.bincount(place, weights=values, minlength=count)
    return np.asarray(np.where(there > 0, total / np.maximum(there, 1), np.nan), dtype=np.float64)


STEMS = (Framing.WOULD, Framing.WOULD_NOT)
NAMED = (Framing.FIRST, Framing.SECOND)


class NotEstimableError(ConfigError):
    """The answers at hand do not determine the quantity asked for; the text says why, in half a sentence."""

    def __init__(self, reason: str, values: tuple[int, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values
        """Positions of the values that cannot be told, where they are the reason."""


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """n responses on m clips with v label probabilities and c covariates a clip.

    Raises ValueError where shapes disagree, a number is not finite or an index is out of range.
    """

    response: FloatArray
    """(n,) or (n, runs) acceptance, 0 to 1, reversed stems reversed already; or differences of two, -1 to 1."""
    clip: IntArray
    """(n,) row of `labels`."""
    wording: IntArray
    """(n,) any integers; equal numbers are one wording."""
    framing: IntArray
    """(n,) Framing codes."""
    labels: FloatArray
    """(m, v) probabilities that the clip evokes each value."""
    cluster: IntArray
    """(m,) the clip's higher cluster (creator, near-duplicate group), else a number of its own."""
    covariates: FloatArray
    """(m, c) measured properties of the clip; c may be 0."""

    def __post_init__(self) -> None:
        n, m = self.response.shape[0], self.labels.shape[0]
        if self.response.ndim > 2 or any(a.shape != (n,) for a in (self.clip, self.wording, self.framing)):
            raise ValueError("response, clip, wording and framing must be vectors of one length")
        if self.labels.ndim != 2 or self.cluster.shape != (m,) or self.covariates.shape[:1] != (m,):
            raise ValueError("labels, cluster and covariates must have one row a clip")
        if n and (self.clip.min() < 0 or self.clip.max() >= m):
            raise ValueError("clip must index the rows of labels")
        if not all(np.isfinite(a).all() for a in (self.response, self.labels, self.covariates)):
            raise ValueError("responses, labels and covariates must be finite")
        if self.response.size and np.abs(self.response).max() > 1.0:
            raise ValueError("responses must lie in [-1, 1]")

    def keep(self, rows: BoolArray) -> "Observations":
        """The same clips with only these responses."""
        return Observations(
            self.response[rows],
            self.clip[rows],
            self.wording[rows],
            self.framing[rows],
            self.labels,
            self.cluster,
            self.covariates,
        )

    @property
    def wordings(self) -> int:
        """How many wordings occur."""
        return int(np.count_nonzero(np.bincount(self.wording)))

    @property
    def clips(self) -> int:
        """How many clips have a response."""
        return int(np.count_nonzero(np.bincount(self.clip)))
