"""How much of a video decodes: damage is found, and what only looks like damage is not."""

from pathlib import Path

import pytest

from tests.support import media
from video_index.clips import Locator, ViewSpec
from video_index.decode_clip import decode
from video_index.errors import UnreadableClipError
from video_index.media import open_media
from video_index.soundness import Soundness, require, soundness
from video_index.track import read_track


def count(path: Path) -> Soundness:
    opened = open_media(Locator(str(path)))
    return soundness(opened, read_track(opened))


@pytest.fixture
def streamable(tmp_path):
    """50 frames, a key frame every 10, the index in front as web servers send it."""
    cards = [media.picture(i, 50, 96, 160) for i in range(50)]
    noisy = [card ^ (i * 37 % 64) for i, card in enumerate(cards)]
    return media.write_video(
        tmp_path / "whole.mp4", pictures=noisy, fps=25, keyframe_every=10, container_options={"movflags": "faststart"}
    )


def test_a_whole_file_counts_every_frame(streamable):
    assert count(streamable) == Soundness(50, 50)


def test_a_download_that_broke_off_is_measured_against_what_the_header_declares(streamable, tmp_path):
    cut = media.truncate(tmp_path / "cut.mp4", streamable, 0.6)
    found = count(cut)
    assert found.expected == 50
    assert 20 <= found.decoded <= 32
    with pytest.raises(UnreadableClipError, match=rf"only {2 * found.decoded}% of the frames decode"):
        decode(Locator(str(cut)), ViewSpec(), check_all=True)


def test_without_the_check_a_broken_download_still_gives_what_it_holds(streamable, tmp_path):
    cut = media.truncate(tmp_path / "cut.mp4", streamable, 0.6)
    found = decode(Locator(str(cut)), ViewSpec())
    assert len(found.frames) == 4
    assert found.decoded_share is None


def test_a_broken_webm_is_measured_against_its_declared_duration(tmp_path):
    whole = media.write_video(tmp_path / "whole.webm", "vp8", frames=48, keyframe_every=12)
    found = count(media.truncate(tmp_path / "cut.webm", whole, 0.5))
    assert found.expected == pytest.approx(48, abs=2)
    assert found.share < 0.75
    assert count(whole) == Soundness(48, 48)


def test_damage_costs_the_frames_up_to_the_next_key_frame(streamable, tmp_path):
    damaged = media.damage(tmp_path / "damaged.mp4", streamable, 0.45, 0.50)
    found = count(damaged)
    assert found.expected == 50
    assert 30 <= found.decoded <= 45


def test_sound_that_outlasts_the_picture_is_no_damage(tmp_path):
    path = tmp_path / "long_sound.mp4"
    media.write_video(path, frames=6, audio=True)
    assert count(path).share == 1.0


def test_a_last_picture_that_stays_is_no_damage(tmp_path):
    path = media.write_video(tmp_path / "slides.webm", "vp8", times=[0, 3000, 6000], frames=3)
    assert count(path) == Soundness(3, 3)


def test_the_share_in_a_reason_is_rounded_down():
    with pytest.raises(UnreadableClipError, match=r"^only 89% of the frames decode \(899 of 1000\)$"):
        require(Soundness(899, 1000))
    require(Soundness(900, 1000))
