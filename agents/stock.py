"""From a clip index to the catalogue that feeds draw from: every clip of it, labelled by the best that is known."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from spectrum.labels import LabelTable, labels_from_sidecars
from spectrum.suite import Catalogue as Indexed
from spectrum.values import SCHWARTZ, ValueSystem
from video_index.clips import Clip

SIDECAR, SECOND_MODEL, RETRIEVAL = "sidecar", "second model", "retrieval"
_POPULARITY = ("views", "view_count", "likes", "popularity")


def stock(
    indexed: Indexed,
    *,
    second: LabelTable | None = None,
    retrieved: LabelTable | None = None,
    system: ValueSystem = SCHWARTZ,
) -> Catalogue:
    """Every clip of the index, labelled by sidecar truth, else by a `second` model, else by retrieval.

    `second` holds labels from another embedder than the index's: exposure by them does not move by construction.
    `retrieved` holds labels from the very vectors that feeds rank by, which the catalogue says of each clip. A clip
    with no label at all is shown and counts in no exposure. Raises ConfigError for a sidecar that names no value.
    """
    clips = indexed.clips
    labels = np.full((len(clips), len(system.codes)), np.nan)
    sources = [""] * len(clips)
    row_of = {clip.clip_id: row for row, clip in enumerate(clips)}
    for table, source in (
        (retrieved, RETRIEVAL),
        (second, SECOND_MODEL),
        (labels_from_sidecars(clips, system=system), SIDECAR),
    ):
        for place, clip_id in enumerate(table.clip_ids if table is not None else ()):
            if table is not None and clip_id in row_of:
                labels[row_of[clip_id]] = table.probabilities[place]
                sources[row_of[clip_id]] = source
    return Catalogue(
        clip_ids=tuple(clip.clip_id for clip in clips),
        vectors=np.ascontiguousarray(indexed.vectors, dtype=np.float32),
        labels=labels,
        sources=tuple(sources),
        codes=tuple(system.codes),
        popularity=_popularity(clips),
        durations=np.array([clip.duration_s for clip in clips], dtype=np.float64),
        titles=tuple(clip.title or "" for clip in clips),
    )


def _popularity(clips: Sequence[Clip]) -> NDArray[np.float64] | None:
    """The first of the known fields that any clip has; None where none does."""
    for name in _POPULARITY:
        column = np.array([_number(clip.extra.get(name)) for clip in clips], dtype=np.float64)
        if not np.isnan(column).all():
            return column
    return None


def _number(text: str | None) -> float:
    try:
        return float((text or "").replace(",", ""))
    except ValueError:
        return float("nan")


def plane(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Coordinates of the clips on the two first principal axes, shape (clips, 2): a map, good for looking only.

    The sign of an axis is such that its largest loading is positive, so that a map can be drawn again.
    """
    centred = vectors.astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    first = axes[:, ::-1][:, :2]
    if first.shape[1] < 2:
        first = np.hstack([first, np.zeros((first.shape[0], 2 - first.shape[1]))])
    signs = np.sign(first[np.abs(first).argmax(axis=0), np.arange(2)])
    return np.asarray(centred @ (first * np.where(signs == 0, 1, signs)))
