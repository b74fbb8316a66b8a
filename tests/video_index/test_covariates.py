"""Known answers for what is measured of frames."""

import math
import sys
import types

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from video_index.clips import Frame
from video_index.covariates import colourfulness, covariates, luma, sharpness, text_area


def frame(pixels, timestamp=0.0):
    return Frame(np.asarray(pixels, np.uint8), timestamp)


def flat(red, green, blue, height=64, width=96):
    return np.broadcast_to(np.array([red, green, blue], np.uint8), (height, width, 3)).copy()


def checkerboard(cell, side=224):
    y, x = np.indices((side, side))
    return np.repeat((((x // cell + y // cell) % 2) * 255).astype(np.uint8)[..., None], 3, axis=2)


def noise(height=224, width=224):
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def written(text, size=22, height=448, width=252):
    image = Image.new("RGB", (width, height), (40, 90, 140))
    draw = ImageDraw.Draw(image)
    for line in range(4):
        draw.text((10, 100 + 30 * line), text, font=ImageFont.load_default(size), fill="white")
    return np.asarray(image)


def test_a_white_still_has_light_and_nothing_else():
    found = covariates([frame(flat(255, 255, 255))])
    assert found.brightness == pytest.approx(1.0, abs=1e-5)
    assert (found.sharpness, found.motion, found.text_area) == (0.0, 0.0, 0.0)
    assert found.colourfulness == pytest.approx(0.0, abs=1e-5)


def test_brightness_is_rec_601_luma():
    assert covariates([frame(flat(255, 0, 0))]).brightness == pytest.approx(0.299, abs=1e-4)
    assert covariates([frame(flat(0, 255, 0))]).brightness == pytest.approx(0.587, abs=1e-4)


def test_sharpness_of_a_one_pixel_checkerboard_by_hand():
    # Every inner pixel has four neighbours of the other colour: a Laplacian of +-4 x 255, variance (4 x 255)^2.
    assert sharpness(checkerboard(1)) == pytest.approx(math.log1p((4 * 255) ** 2), rel=1e-6)


def test_sharpness_falls_with_blur():
    sharp = checkerboard(8)
    blurred = np.asarray(Image.fromarray(sharp).resize((28, 28)).resize((224, 224), Image.Resampling.BICUBIC))
    assert sharpness(blurred) < sharpness(sharp) - 1


def test_colourfulness_of_one_colour_by_hand():
    # Pure red: rg = 255, yb = 127.5, no spread: 0.3 x sqrt(255^2 + 127.5^2) / 100.
    assert colourfulness(flat(255, 0, 0)) == pytest.approx(0.3 * math.hypot(255, 127.5) / 100, rel=1e-5)


def test_colourfulness_of_two_tones_by_hand():
    # Half red (rg 255, yb 127.5), half blue (rg 0, yb -255): means 127.5 and -63.75, spreads 127.5 and 191.25.
    halves = np.concatenate([flat(255, 0, 0), flat(0, 0, 255)], axis=1)
    by_hand = (math.hypot(127.5, 191.25) + 0.3 * math.hypot(127.5, 63.75)) / 100
    assert colourfulness(halves) == pytest.approx(by_hand, rel=1e-5)


def test_grey_has_no_colourfulness():
    assert colourfulness(checkerboard(4)) == pytest.approx(0.0, abs=1e-5)


def test_motion_is_the_mean_luma_step():
    black, white, grey = flat(0, 0, 0), flat(255, 255, 255), flat(51, 51, 51)
    assert covariates([frame(black), frame(white)]).motion == pytest.approx(1.0, abs=1e-5)
    assert covariates([frame(black), frame(grey), frame(black)]).motion == pytest.approx(0.2, abs=1e-5)
    assert covariates([frame(white)] * 4).motion == 0.0


def test_written_lines_are_text_and_the_plain_ground_is_not():
    assert text_area(luma(written("POV: your cat judges"))) > 0.05
    assert text_area(luma(written(""))) == 0.0


def test_more_lines_are_more_text():
    one = written("").copy()
    one[100:130] = written("POV: your cat judges")[100:130]
    assert 0 < text_area(luma(one)) < text_area(luma(written("POV: your cat judges")))


@pytest.mark.parametrize("pixels", [noise(), checkerboard(16), checkerboard(32), flat(9, 9, 9)])
def test_noise_and_large_squares_are_not_text(pixels):
    assert text_area(luma(pixels)) == 0.0


def test_faces_are_not_measured_without_a_detector(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert covariates([frame(flat(0, 0, 0))]).faces is None


def test_faces_are_averaged_over_frames_where_a_detector_is_at_hand(monkeypatch, tmp_path):
    (tmp_path / "haarcascade_frontalface_default.xml").write_text("<model/>")

    class Detector:
        def __init__(self, path):
            assert path.endswith("frontalface_default.xml")

        def detectMultiScale(self, plane, *_args, **_options):  # noqa: N802  OpenCV's name
            return [(0, 0, 9, 9)] * int(plane.mean() > 100)

    fake = types.ModuleType("cv2")
    fake.data = types.SimpleNamespace(haarcascades=str(tmp_path))
    fake.CascadeClassifier = Detector
    monkeypatch.setitem(sys.modules, "cv2", fake)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert covariates([frame(flat(0, 0, 0)), frame(flat(255, 255, 255))]).faces == 0.5


def test_no_frames_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        covariates([])
