"""What a clip is: its identity, where its bytes lie, how frames are sampled from it, what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Layout = Literal["frames", "sheet", "video"]


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a clip's bytes lie: a file, or a member of a tar shard."""

    path: str
    """Absolute path of the file or of the shard."""
    member: str | None = None
    """Name inside the shard; None for a plain file."""

    def __str__(self) -> str:
        return self.path if self.member is None else f"{self.path}!{self.member}"


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """How a clip is shown: its place in an item's identity. Frames keep their aspect ratio."""

    frames: int = 4
    """How many frames, at the midpoints of equal shares of the duration (a still gives one)."""
    long_side: int = 448
    """Longest side in pixels; a smaller picture is not enlarged."""
    layout: Layout = "frames"
    """Several images, one contact sheet (for single-image models), or one video input."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture out of a clip, upright, with square pixels."""

    pixels: NDArray[np.uint8]
    """RGB, shape (height, width, 3)."""
    timestamp: float
    """Seconds from the clip's first frame; 0.0 for a still."""


@dataclass(frozen=True, slots=True)
class Covariates:
    """Measured properties a respondent might like for themselves; None where not measured."""

    sharpness: float | None = None
    """Log variance of the Laplacian of the luma at 224 pixels, averaged over frames."""
    brightness: float | None = None
    """Mean luma, 0 to 1."""
    colourfulness: float | None = None
    """Hasler and Suesstrunk (2003) colourfulness, divided by 100."""
    motion: float | None = None
    """Mean absolute luma difference between neighbouring sampled frames, 0 to 1; 0 for a still."""
    text_area: float | None = None
    """Estimated share of the picture that is overlaid text, 0 to 1."""
    faces: float | None = None
    """Mean number of faces a frame; None where no detector is installed."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A short video or a still screenshot; two files with the same bytes are one clip."""

    clip_id: str
    """First 32 hex digits of the SHA-256 of the bytes."""
    locator: Locator
    kind: Literal["video", "image"]
    width: int
    height: int
    duration_s: float
    """Seconds; 0.0 for a still."""
    frame_count: int
    platform: str | None = None
    posted: str | None = None
    """ISO date (YYYY-MM-DD)."""
    title: str | None = None
    tags: tuple[str, ...] = ()
    url: str | None = None
    creator: str | None = None
    covariates: Covariates = field(default_factory=Covariates)
    near_duplicate_of: str | None = None
    """clip_id of the first indexed clip whose mean vector has a cosine above .95 with this one's."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further columns of the manifest or sidecar, kept as they came (`values`, for one, holds sidecar truth)."""
