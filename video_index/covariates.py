"""What a respondent might like of a clip for its own sake: sharpness, light, colour, motion, text, faces.

They are measured on the frames of the clip's view, and serve to match controls, not to describe clips.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from video_index.clips import Covariates, Frame

Plane = NDArray[np.float32]

_SHARPNESS_SIDE = 224
TEXT_CELL = 16
"""Pixels a side of the cells in which text is looked for."""
_STROKE = 8
"""Widest stroke in pixels; overlaid text at 448 pixels has strokes of 2 to 7."""
_CONTRAST = 60.0
"""Least difference of luma (0 to 255) between a stroke and its ground."""


def covariates(frames: Sequence[Frame]) -> Covariates:
    """Covariates of a clip from its frames, in order of time; see Covariates for ranges and sources.

    Raises ValueError where there is no frame.
    """
    if not frames:
        raise ValueError("covariates need at least one frame")
    lumas = [luma(frame.pixels) for frame in frames]
    return Covariates(
        sharpness=_mean([sharpness(frame.pixels) for frame in frames]),
        brightness=_mean([float(plane.mean()) / 255 for plane in lumas]),
        colourfulness=_mean([colourfulness(frame.pixels) for frame in frames]),
        motion=motion(lumas),
        text_area=_mean([text_area(plane) for plane in lumas]),
        faces=faces(frames),
    )


def luma(pixels: NDArray[np.uint8]) -> Plane:
    """Rec. 601 luma of RGB pixels (height, width, 3), 0 to 255, shape (height, width) float32."""
    return pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)


def sharpness(pixels: NDArray[np.uint8]) -> float:
    """log(1 + variance of the 4-neighbour Laplacian) of the luma (0 to 255), long side brought to 224 pixels.

    The 1 keeps a blank frame at 0. Pech-Pacheco et al. (2000), "Diatom autofocusing in brightfield microscopy".
    """
    height, width = pixels.shape[:2]
    scale = _SHARPNESS_SIDE / max(height, width)
    size = (max(3, round(width * scale)), max(3, round(height * scale)))
    plane = luma(np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)))
    centre = plane[1:-1, 1:-1]
    laplacian = plane[:-2, 1:-1] + plane[2:, 1:-1] + plane[1:-1, :-2] + plane[1:-1, 2:] - 4 * centre
    return float(np.log1p(laplacian.var()))


def colourfulness(pixels: NDArray[np.uint8]) -> float:
    """Hasler and Suesstrunk (2003), "Measuring colourfulness in natural images", equation for M3, over 100.

    sqrt(var(rg) + var(yb)) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2), rg = R - G, yb = (R + G) / 2 - B.
    """
    red, green, blue = np.moveaxis(pixels.astype(np.float32), -1, 0)
    rg, yb = red - green, (red + green) / 2 - blue
    spread = float(np.hypot(rg.std(), yb.std()))
    offset = float(np.hypot(rg.mean(), yb.mean()))
    return (spread + 0.3 * offset) / 100


def motion(lumas: Sequence[Plane]) -> float:
    """Mean absolute luma difference of neighbouring frames, 0 to 1; 0 for a single frame."""
    if len(lumas) < 2:
        return 0.0
    steps = [float(np.abs(after - before).mean()) / 255 for before, after in pairwise(lumas)]
    return _mean(steps)


def text_area(plane: Plane) -> float:
    """Estimated share of a frame that is overlaid text, 0 to 1, from its luma (height, width); see text_cells."""
    cells = text_cells(plane)
    return float(cells.mean()) if cells.size else 0.0


def text_cells(plane: Plane) -> NDArray[np.bool_]:
    """Which cells of 16 x 16 pixels look like overlaid text, shape (height // 16, width // 16), from the luma.

    Empty where the frame is lower than one cell or narrower than two. A heuristic: a stroke starts where the luma
    jumps by 60 or more within two pixels and ends, at most 8 pixels on, where it jumps back. A cell is text where
    strokes cross many of its rows, most of its pixels lie near one of two levels (ink and ground), and a neighbour
    to the left or right is text as well, since text runs in horizontal bands; grass and noise have strokes but no
    two levels.
    """
    rows, columns = plane.shape[0] // TEXT_CELL, plane.shape[1] // TEXT_CELL
    if rows == 0 or columns < 2:
        return np.zeros((0, 0), dtype=np.bool_)
    plane = plane[: rows * TEXT_CELL, : columns * TEXT_CELL]
    strokes = _cells(_stroke_starts(plane), rows, columns)
    crossings = strokes.sum(axis=(2, 3)) / TEXT_CELL
    rows_hit = strokes.any(axis=3).mean(axis=2)
    candidates = (crossings >= 0.6) & (rows_hit >= 0.4) & _two_levels(_cells(plane, rows, columns))
    beside = np.zeros_like(candidates)
    beside[:, 1:] |= candidates[:, :-1]
    beside[:, :-1] |= candidates[:, 1:]
    return np.asarray(candidates & beside, dtype=np.bool_)


def faces(frames: Sequence[Frame]) -> float | None:
    """Mean number of faces a frame by OpenCV's frontal Haar cascade; None where OpenCV is not installed."""
    if importlib.util.find_spec("cv2") is None:
        return None
    cv2: Any = importlib.import_module("cv2")
    model = Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"
    if not model.is_file():
        return None
    detector = cv2.CascadeClassifier(str(model))
    counts = [
        len(detector.detectMultiScale(luma(frame.pixels).astype(np.uint8), 1.1, 5, minSize=(24, 24)))
        for frame in frames
    ]
    return _mean([float(count) for count in counts])


def _stroke_starts(plane: Plane) -> NDArray[np.bool_]:
    """Where a strong step is followed, within a stroke's width in the row, by a strong step back."""
    step = np.zeros_like(plane)
    step[:, 1:-1] = plane[:, 2:] - plane[:, :-2]
    up, down = step > _CONTRAST, step < -_CONTRAST
    starts = np.zeros(plane.shape, dtype=bool)
    for first, back in ((up, down), (down, up)):
        edge = first.copy()
        edge[:, 1:] &= ~first[:, :-1]
        returns = np.zeros_like(edge)
        for width in range(2, _STROKE + 1):
            returns[:, :-width] |= back[:, width:]
        starts |= edge & returns
    return starts


def _two_levels(cells: Plane) -> NDArray[np.bool_]:
    """Cells (rows, columns, y, x) with at least 65% of the pixels in the outer quarters of their range."""
    low = cells.min(axis=(2, 3), keepdims=True)
    span = cells.max(axis=(2, 3), keepdims=True) - low
    place = (cells - low) / np.maximum(span, 1e-6)
    outer = ((place < 0.25) | (place > 0.75)).mean(axis=(2, 3))
    result: NDArray[np.bool_] = (outer >= 0.65) & (span[..., 0, 0] > _CONTRAST)
    return result


def _cells(plane: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """A plane cut into cells, shape (rows, columns, 16, 16)."""
    return plane.reshape(rows, TEXT_CELL, columns, TEXT_CELL).swapaxes(1, 2)


def _mean(numbers: Sequence[float]) -> float:
    return float(np.mean(numbers))
