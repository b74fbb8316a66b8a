"""Several frames as one picture, for models that take a single image."""

import math
from collections.abc import Sequence

import numpy as np

from video_index.clips import Frame


def contact_sheet(frames: Sequence[Frame], long_side: int) -> Frame:
    """Frames in a near-square grid, row by row in order of time, black between and around.

    The result's long side is at most `long_side` pixels; its timestamp is the first frame's. One frame alone
    is returned as it is. Raises ValueError without frames.
    """
    if not frames:
        raise ValueError("a contact sheet needs at least one frame")
    if len(frames) == 1:
        return frames[0]
    from PIL import Image

    columns = math.ceil(math.sqrt(len(frames)))
    rows = math.ceil(len(frames) / columns)
    height = max(frame.pixels.shape[0] for frame in frames)
    width = max(frame.pixels.shape[1] for frame in frames)
    scale = min(1.0, long_side / max(rows * height, columns * width))
    cell_height, cell_width = max(1, int(height * scale)), max(1, int(width * scale))
    sheet = Image.new("RGB", (columns * cell_width, rows * cell_height))
    for place, frame in enumerate(frames):
        picture = Image.fromarray(frame.pixels)
        picture.thumbnail((cell_width, cell_height), Image.Resampling.BICUBIC)
        row, column = divmod(place, columns)
        left = column * cell_width + (cell_width - picture.width) // 2
        top = row * cell_height + (cell_height - picture.height) // 2
        sheet.paste(picture, (left, top))
    return Frame(np.asarray(sheet), frames[0].timestamp)
