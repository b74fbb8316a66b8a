"""Stills and animated pictures."""

import numpy as np
import pytest
from PIL import Image

from tests.support import media
from video_index.clips import Locator, ViewSpec
from video_index.decode_clip import decode
from video_index.errors import UnreadableClipError


def opened(path, **spec):
    return decode(Locator(str(path)), ViewSpec(**spec), check_all=True)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".bmp"])
def test_a_still_gives_one_frame(tmp_path, suffix):
    found = opened(media.write_still(tmp_path / f"card{suffix}"))
    assert (found.kind, found.width, found.height, found.duration_s) == ("image", 160, 96, 0.0)
    assert (found.frame_count, found.decoded_share, found.decoder) == (1, 1.0, "pillow")
    assert media.corners_of(found.frames[0].pixels) == media.UPRIGHT


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, orientation):
    found = opened(media.write_still(tmp_path / "card.jpg", exif_orientation=orientation), long_side=80)
    assert (found.width, found.height) == (160, 96)
    assert found.frames[0].pixels.shape == (48, 80, 3)
    assert media.corners_of(found.frames[0].pixels) == media.UPRIGHT


def test_transparency_is_laid_on_white(tmp_path):
    pixels = opened(media.write_alpha_png(tmp_path / "alpha.png")).frames[0].pixels
    assert (pixels[:, 100:] == 255).all()
    assert (pixels[:, :70] == (220, 30, 30)).all()


def test_sixteen_bits_grey_and_cmyk_become_rgb(tmp_path):
    deep = np.full((20, 30), 0x8000, np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert (opened(tmp_path / "deep.png").frames[0].pixels == 0x80).all()
    Image.new("CMYK", (30, 20), (0, 0, 0, 0)).save(tmp_path / "print.jpg")
    assert (opened(tmp_path / "print.jpg").frames[0].pixels > 250).all()


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_an_animated_picture_is_a_video(tmp_path, suffix):
    found = opened(media.write_animation(tmp_path / f"moves{suffix}", frames=6), frames=3)
    assert (found.kind, found.frame_count, found.decoded_share) == ("video", 6, 1.0)
    assert found.duration_s == pytest.approx(0.6)
    assert [media.index_in(frame.pixels, 6) for frame in found.frames] == [1, 3, 5]
    assert [frame.timestamp for frame in found.frames] == pytest.approx([0.1, 0.3, 0.5])
    assert media.corners_of(found.frames[0].pixels) == media.UPRIGHT


def test_an_animation_is_sampled_by_time(tmp_path):
    path = media.write_animation(tmp_path / "uneven.gif", frames=4, durations_ms=[50, 50, 50, 850])
    assert [media.index_in(frame.pixels, 4) for frame in opened(path).frames] == [2, 3, 3, 3]


def test_a_frame_without_a_time_of_its_own_stays_as_long_as_in_a_browser(tmp_path):
    path = media.write_animation(tmp_path / "quick.gif", frames=5, durations_ms=0)
    assert opened(path).duration_s == pytest.approx(0.5)


def test_the_second_view_in_a_phones_jpeg_does_not_move(tmp_path):
    cards = [Image.fromarray(media.picture(i, 2)) for i in range(2)]
    cards[0].save(tmp_path / "phone.jpg", format="MPO", save_all=True, append_images=cards[1:])
    assert opened(tmp_path / "phone.jpg").kind == "image"


@pytest.mark.parametrize("name", ["card.jpg", "card.png", "card.webp"])
def test_a_picture_that_is_cut_off_is_refused(tmp_path, name):
    whole = media.write_still(tmp_path / f"whole_{name}")
    with pytest.raises(UnreadableClipError, match="cut off or damaged"):
        opened(media.truncate(tmp_path / name, whole, 0.5))


def test_an_animation_whose_frames_do_not_decode_is_refused(tmp_path):
    whole = media.write_animation(tmp_path / "whole.png", frames=6)
    with pytest.raises(UnreadableClipError, match=r"only \d+% of the frames decode|cut off or damaged"):
        opened(media.truncate(tmp_path / "moves.png", whole, 0.5))


def test_a_picture_too_large_for_memory_is_refused(tmp_path, monkeypatch):
    path = media.write_still(tmp_path / "card.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UnreadableClipError, match="more than 200 pixels"):
        opened(path)


def test_a_heic_picture_without_its_plugin_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    path = tmp_path / "card.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200))
    with pytest.raises(UnreadableClipError, match="install pillow-heif"):
        opened(path)


@pytest.mark.parametrize("name", ["moves.gif", "moves.png", "moves.webp", "card.jpg", "card.avif"])
def test_damaged_bytes_end_in_a_reason_or_in_frames(tmp_path, name):
    write = media.write_animation if name.startswith("moves") else media.write_still
    whole = write(tmp_path / f"whole_{name}").read_bytes()
    draws = np.random.default_rng(11)
    for _ in range(40):
        content = np.frombuffer(whole, np.uint8)[: int(draws.integers(16, len(whole)))].copy()
        content[draws.integers(12, len(content), 4)] = draws.integers(0, 256, 4)
        (tmp_path / name).write_bytes(content.tobytes())
        try:
            assert opened(tmp_path / name).frames
        except UnreadableClipError as error:
            assert error.reason
