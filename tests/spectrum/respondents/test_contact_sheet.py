import numpy as np
import pytest

from spectrum.respondents.contact_sheet import contact_sheet
from tests.spectrum.respondents.groups import picture


@pytest.mark.parametrize(("count", "rows", "columns"), [(2, 1, 2), (3, 2, 2), (4, 2, 2), (5, 2, 3), (9, 3, 3)])
def test_frames_lie_in_rows_in_order_of_time(count: int, rows: int, columns: int) -> None:
    frames = [picture("clip", number, height=20, width=10) for number in range(count)]
    sheet = contact_sheet(frames, 448).pixels
    assert sheet.shape == (rows * 20, columns * 10, 3)
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        assert (sheet[row * 20 + 10, column * 10 + 5] == frame.pixels[0, 0]).all()
    assert (sheet[-1, -1] == 0).all() or count == rows * columns


def test_a_large_sheet_is_made_to_fit_and_one_frame_is_left_alone() -> None:
    frames = [picture("clip", number, height=400, width=300) for number in range(4)]
    assert max(contact_sheet(frames, 448).pixels.shape) == 448
    assert contact_sheet(frames[:1], 448) is frames[0]
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([], 448)


def test_frames_of_other_shapes_keep_theirs() -> None:
    wide, tall = picture("a", 0, height=10, width=30), picture("b", 0, height=30, width=10)
    sheet = contact_sheet([wide, tall], 448).pixels
    assert sheet.shape == (30, 60, 3)
    lit = np.argwhere(sheet[:, 30:].sum(axis=2) > 0)
    assert lit.max(axis=0).tolist() == [29, 19] and lit.min(axis=0).tolist() == [0, 10]
