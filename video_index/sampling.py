"""Which frames of a clip are shown, how large, and how several are put on one sheet."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from video_index.clips import Frame

_SLACK_S = 1e-3  # time stamps are rounded to milliseconds in many containers
_GAP = 4


def midpoints(duration_s: float, count: int) -> NDArray[np.float64]:
    """Middles of `count` equal shares of the duration, in seconds from the first frame; shape (count,)."""
    return np.asarray((np.arange(count) + 0.5) * (duration_s / count), dtype=np.float64)


def shown_at(starts: NDArray[np.float64], times: NDArray[np.float64]) -> list[int]:
    """For each time the index of the frame on screen: the last that starts at or before it.

    `starts` are seconds, increasing; so a variable frame rate is sampled by time and not by frame number.
    """
    found = np.searchsorted(starts, times + _SLACK_S, side="right") - 1
    return [int(index) for index in np.clip(found, 0, len(starts) - 1)]


def fit(width: int, height: int, long_side: int) -> tuple[int, int]:
    """(width, height) with the long side at most `long_side`: proportions kept, never enlarged, at least 1."""
    scale = min(1.0, long_side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """RGB pixels at `size` (width, height) by Lanczos, which weighs every source pixel when it reduces."""
    if (pixels.shape[1], pixels.shape[0]) == size:
        return np.ascontiguousarray(pixels)
    image = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(image, dtype=np.uint8).copy()


def contact_sheet(frames: Sequence[Frame], long_side: int | None = None) -> Frame:
    """All frames on one white sheet, in reading order, as many columns as make it nearest to a square.

    `long_side` bounds the sheet as it does a frame. The sheet carries the first frame's timestamp.
    Raises ValueError where there is no frame.
    """
    if not frames:
        raise ValueError("a contact sheet needs at least one frame")
    cell_height = max(frame.pixels.shape[0] for frame in frames)
    cell_width = max(frame.pixels.shape[1] for frame in frames)

    def shape(columns: int) -> tuple[int, int]:
        rows = math.ceil(len(frames) / columns)
        return rows * (cell_height + _GAP) - _GAP, columns * (cell_width + _GAP) - _GAP

    def badness(columns: int) -> tuple[int, float]:
        height, width = shape(columns)
        return -len(frames) % columns, abs(math.log(width / height))

    candidates = range(1, len(frames) + 1)
    columns = min(candidates, key=lambda count: (badness(count)[1] + badness(count)[0] / len(frames), count))
    sheet = np.full((*shape(columns), 3), 255, np.uint8)
    for place, frame in enumerate(frames):
        top = (place // columns) * (cell_height + _GAP)
        left = (place % columns) * (cell_width + _GAP)
        height, width = frame.pixels.shape[:2]
        sheet[top : top + height, left : left + width] = frame.pixels
    if long_side is not None:
        sheet = resized(sheet, fit(sheet.shape[1], sheet.shape[0], long_side))
    return Frame(sheet, frames[0].timestamp)
