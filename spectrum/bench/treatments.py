"""What is done to a clip's frames on the rungs of the null ladder, and how a description stands in for them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spectrum.answers import TextSpec
from spectrum.bench.arms import Arm
from spectrum.prompts import Rendered
from spectrum.questions import Form, Question
from spectrum.views import ClipView
from video_index.clips import Frame
from video_index.covariates import TEXT_CELL, luma, text_cells

GREY = 128
DESCRIBE_TOKENS = 160
_DESCRIBE = "Describe this short video in one or two sentences: what there is to see, and what happens."


def treated(view: ClipView, arm: Arm, treatment: str) -> ClipView:
    """The view with the arm's treatment done to its frames when they are loaded; blank and masked change pixels."""
    if arm is Arm.BLANK:
        return replace(view, treatment=treatment, load=lambda: tuple(blank(frame) for frame in view.load()))
    if arm is Arm.MASKED:
        return replace(view, treatment=treatment, load=lambda: tuple(without_text(frame) for frame in view.load()))
    return replace(view, treatment=treatment) if treatment else view


def blank(frame: Frame) -> Frame:
    """The frame in plain grey; size and timestamp stay."""
    return Frame(np.full_like(frame.pixels, GREY), frame.timestamp)


def without_text(frame: Frame) -> Frame:
    """The frame with cells that look like text, and those around them, in the mean colour of the rest.

    The detector is video_index.covariates.text_cells, a heuristic: what it misses stays readable. A frame without
    text comes back as it is.
    """
    cells = text_cells(luma(frame.pixels))
    if not cells.any():
        return frame
    height, width = frame.pixels.shape[:2]
    mask = np.zeros((height, width), dtype=np.bool_)
    for row, column in np.argwhere(_widened(cells)).tolist():
        mask[row * TEXT_CELL : (row + 1) * TEXT_CELL, column * TEXT_CELL : (column + 1) * TEXT_CELL] = True
    # The last, incomplete row and column of cells are not looked at; text that runs into them is cut with its row.
    mask[cells.shape[0] * TEXT_CELL :] = mask[cells.shape[0] * TEXT_CELL - 1]
    mask[:, cells.shape[1] * TEXT_CELL :] = mask[:, cells.shape[1] * TEXT_CELL - 1][:, None]
    pixels = frame.pixels.copy()
    rest = pixels[~mask]
    pixels[mask] = rest.mean(axis=0).round().astype(np.uint8) if rest.size else GREY
    return Frame(pixels, frame.timestamp)


def describing(forms: Sequence[Form]) -> Form:
    """The question that asks for a description, put as the given forms are; the protocol's own where it has one."""
    own = next((form for form in forms if form.form == "description"), None)
    if own is not None:
        return own
    first = forms[0]
    question = Question(first.question.before_media, _DESCRIBE, TextSpec(), DESCRIBE_TOKENS)
    return Form("describe", first.construct, "describe", "describe", question)


def without_pictures(rendered: Rendered) -> Rendered:
    """The turns of a question that is put without pictures: what announces them goes."""
    return replace(rendered, before_media="")


def captioned(description: str, after_media: str) -> str:
    """The question's text with the description where the pictures would stand."""
    return f'Here is a short video, described in words: "{description.strip()}"\n\n{after_media}'


def _widened(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells and their eight neighbours: strokes reach over the edge of a cell."""
    padded = np.pad(cells, 1)
    rows, columns = cells.shape
    wide = np.zeros_like(cells)
    for down in range(3):
        for right in range(3):
            wide |= padded[down : down + rows, right : right + columns]
    return wide
