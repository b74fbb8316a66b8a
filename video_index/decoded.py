"""What decoding a clip gives."""

from dataclasses import dataclass
from typing import Literal

from video_index.clips import Covariates, Frame


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """The frames of a clip view, and what was learnt of the clip on the way."""

    frames: tuple[Frame, ...]
    """In order of time: exactly as many as asked for of a video (a frame shown long comes more than once),
    one of a still."""
    kind: Literal["video", "image"]
    width: int
    """Of the whole picture in pixels: upright, with square pixels, not reduced."""
    height: int
    duration_s: float
    """Seconds from the first frame's start to the last one's end; 0.0 for a still."""
    frame_count: int
    """Frames that are shown, by the container's own account; 1 for a still."""
    decoded_share: float | None
    """Share of the frames that decode, 0 to 1; None where it was not asked for."""
    decoder: str
    """Which decoder gave the frames: `decord`, `pyav` or `pillow`."""
    covariates: Covariates | None = None
    """Measured on the frames; None where it was not asked for."""
