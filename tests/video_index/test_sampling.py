"""Which frames are chosen, how large they are, and how a sheet is laid out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_index.clips import Frame
from video_index.sampling import contact_sheet, fit, midpoints, resized, shown_at


def test_midpoints_are_the_middles_of_equal_shares():
    assert midpoints(8.0, 4).tolist() == [1.0, 3.0, 5.0, 7.0]
    assert midpoints(3.0, 1).tolist() == [1.5]


def test_the_frame_on_screen_is_chosen_by_time_and_not_by_number():
    starts = np.array([0.0, 0.01, 0.02, 0.03, 2.0])  # four quick frames, then one that stays until 8 s
    assert shown_at(starts, midpoints(8.0, 4)) == [3, 4, 4, 4]


def test_a_time_rounded_to_milliseconds_still_meets_its_frame():
    assert shown_at(np.array([0.0, 0.333, 0.667]), np.array([0.3325, 0.6665])) == [1, 2]


@given(st.lists(st.floats(0.002, 5), min_size=1, max_size=30), st.integers(1, 40))
def test_choices_are_ordered_valid_and_really_on_screen(steps, count):
    starts = np.cumsum([0.0, *steps])[:-1]
    duration = float(np.sum(steps))
    times = midpoints(duration, count)
    chosen = shown_at(starts, times)
    assert len(chosen) == count
    assert chosen == sorted(chosen)
    for index, time in zip(chosen, times, strict=True):
        assert 0 <= index < len(starts)
        assert starts[index] <= time + 1e-3 + 1e-9
        assert index == len(starts) - 1 or time < starts[index + 1]


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 1024))
def test_fit_never_enlarges_and_keeps_the_proportions(width, height, long_side):
    new_width, new_height = fit(width, height, long_side)
    assert max(new_width, new_height) <= max(long_side, 1)
    assert new_width <= width
    assert new_height <= height
    scale = min(1.0, long_side / max(width, height))
    assert abs(new_width - max(1, width * scale)) <= 0.5
    assert abs(new_height - max(1, height * scale)) <= 0.5


def test_reducing_averages_instead_of_skipping_pixels():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    small = resized(stripes, (16, 16))
    assert np.abs(small.astype(int) - 128).max() < 20


def _frame(grey: int, height: int, width: int, timestamp: float = 0.0) -> Frame:
    return Frame(np.full((height, width, 3), grey, np.uint8), timestamp)


def test_four_frames_make_a_two_by_two_sheet_in_reading_order():
    sheet = contact_sheet([_frame(grey, 40, 30, 0.5 + grey) for grey in (10, 20, 30, 40)])
    assert sheet.timestamp == 10.5
    height, width = sheet.pixels.shape[:2]
    centres = [sheet.pixels[y, x, 0] for y in (20, height - 20) for x in (15, width - 15)]
    assert centres == [10, 20, 30, 40]
    assert (sheet.pixels[height // 2, width // 2] == 255).all()


@pytest.mark.parametrize(("height", "width", "columns"), [(40, 20, 2), (20, 40, 1)])
def test_two_frames_are_put_where_the_sheet_comes_nearest_to_a_square(height, width, columns):
    sheet = contact_sheet([_frame(0, height, width), _frame(9, height, width)]).pixels
    assert sheet.shape[1] // width == columns


def test_a_sheet_can_be_bounded_like_a_frame():
    sheet = contact_sheet([_frame(0, 400, 300)] * 4, long_side=448).pixels
    assert max(sheet.shape) == 448


def test_an_empty_sheet_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([])
