"""What a clip's frames are, whatever the codec, the container, the turn and the decoder."""

from collections import Counter
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.support import media
from tests.support.theora import write_theora
from video_index import decoders, soundness, track
from video_index.clips import Locator, ViewSpec
from video_index.decode_clip import decode
from video_index.decoders import DecordDecoder, PyAVDecoder
from video_index.errors import UnreadableClipError

REALLY_OPENED = track.opened
SPEC = ViewSpec()
UNEVEN = [0, 10, 20, 30, 400, 410, 420, 430, 440, 800, 900, 990]

# name -> what makes it, and the decoders that must be able to take it
CLIPS = {
    "h264.mp4": (lambda p: media.write_video(p), "both"),
    "b_frames.mp4": (lambda p: media.write_video(p, b_frames=2, codec_options={"preset": "veryfast"}), "both"),
    "hevc.mp4": (lambda p: media.write_video(p, "hevc"), "both"),
    "av1.mp4": (lambda p: media.write_video(p, "av1"), "pyav"),
    "vp8.webm": (lambda p: media.write_video(p, "vp8"), "both"),
    "vp9.webm": (lambda p: media.write_video(p, "vp9", audio=True), "both"),
    "theora.ogv": (lambda p: write_theora(p, [media.picture(i, 12) for i in range(12)]), "pyav"),
    "mpeg4.mkv": (lambda p: media.write_video(p, "mpeg4"), "both"),
    "mpeg4.avi": (lambda p: media.write_video(p, "mpeg4", b_frames=2), "pyav"),
    "b_frames.avi": (lambda p: media.write_video(p, b_frames=2, codec_options={"preset": "veryfast"}), "pyav"),
    "mjpeg.mov": (lambda p: media.write_video(p, "mjpeg"), "both"),
    "h264.ts": (lambda p: media.write_video(p), "both"),
    "h264.flv": (lambda p: media.write_video(p), "both"),
    "with_sound.mp4": (lambda p: media.write_video(p, audio=True), "both"),
    "fragmented.mp4": (lambda p: media.write_fragmented(p), "both"),
    "uneven.mp4": (lambda p: media.write_video(p, times=UNEVEN), "both"),
    "uneven.webm": (lambda p: media.write_video(p, "vp8", times=UNEVEN), "both"),
    "turned_90.mp4": (lambda p: media.write_video(p, rotation=90), "both"),
    "turned_180.mp4": (lambda p: media.write_video(p, rotation=180), "both"),
    "turned_270.mov": (lambda p: media.write_video(p, rotation=-90), "both"),
    "turned_90.mkv": (lambda p: media.write_video(p, rotation=90), "pyav"),
    "turned_180.mkv": (lambda p: media.write_video(p, rotation=180), "pyav"),
    "mirrored.mp4": (lambda p: media.write_video(p, hflip=True), "pyav"),
    "turned_and_mirrored.mp4": (lambda p: media.write_video(p, rotation=90, hflip=True), "pyav"),
    "wide_pixels.mp4": (lambda p: media.write_video(p, sar=Fraction(2, 1)), "both"),
    "tall_pixels.mkv": (lambda p: media.write_video(p, sar=Fraction(1, 2)), "both"),
    "wide_and_turned.mp4": (lambda p: media.write_video(p, sar=Fraction(2, 1), rotation=90), "both"),
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Each clip of CLIPS, made when first asked for."""
    folder = tmp_path_factory.mktemp("clips")

    def made(name: str) -> Locator:
        path = folder / name
        if not path.exists():
            CLIPS[name][0](path)
        return Locator(str(path))

    return made


def shown(decoded, frames=12):
    return [media.index_in(frame.pixels, frames) for frame in decoded.frames]


@pytest.mark.parametrize("name", CLIPS)
def test_every_kind_of_video_decodes_whole(name, clips):
    found = decode(clips(name), SPEC, check_all=True)
    assert found.kind == "video"
    assert found.decoded_share == 1.0
    assert found.frame_count == 12
    assert found.decoder == "pyav"
    assert found.duration_s == pytest.approx(1.073 if name.startswith("uneven") else 1.0, abs=0.01)


@pytest.mark.parametrize("name", CLIPS)
def test_without_the_check_decord_is_asked_first(name, clips):
    assert decode(clips(name), SPEC).decoder == ("decord" if CLIPS[name][1] == "both" else "pyav")


@pytest.mark.parametrize("name", CLIPS)
def test_the_pass_that_checks_gives_the_same_frames(name, clips):
    spec = ViewSpec(frames=5)
    checked, alone = decode(clips(name), spec, check_all=True), decode(clips(name), spec, decoders=[PyAVDecoder()])
    for one, other in zip(checked.frames, alone.frames, strict=True):
        assert one.timestamp == other.timestamp
        assert (one.pixels == other.pixels).all()


class CountingPackets:
    """Stands between our modules and PyAV's containers, and counts by time stamp which packets are decoded."""

    def __init__(self, monkeypatch):
        self.by_time: Counter[float] = Counter()
        for module in (track, soundness, decoders):
            monkeypatch.setattr(module, "opened", self.opened)

    @contextmanager
    def opened(self, media):
        with REALLY_OPENED(media) as container:
            yield self.Container(container, self.by_time)

    class Container:
        def __init__(self, real, by_time):
            self.real, self.by_time = real, by_time

        def __getattr__(self, name):
            return getattr(self.real, name)

        def demux(self, *streams):
            return (CountingPackets.Packet(packet, self.by_time) for packet in self.real.demux(*streams))

    class Packet:
        def __init__(self, real, by_time):
            self.real, self.by_time = real, by_time

        def __getattr__(self, name):
            return getattr(self.real, name)

        def decode(self):
            if self.real.size:
                self.by_time[float(self.real.pts * self.real.time_base)] += 1
            return self.real.decode()


@pytest.mark.parametrize("check_all", [True, False])
def test_every_packet_of_a_clip_is_decoded_once(check_all, tmp_path, monkeypatch):
    """Counted where FFmpeg is handed the packets: of a checked clip none goes in twice, but for the first frame,
    which is looked at for its turn and its pixels' shape."""
    path = media.write_video(tmp_path / "a.mp4", frames=24, keyframe_every=8)
    counted = CountingPackets(monkeypatch)
    decode(Locator(str(path)), SPEC, check_all=check_all, decoders=[PyAVDecoder()])
    most = {True: 24, False: 23}[check_all]  # without the check nothing past the last frame shown is decoded
    assert counted.by_time[0] == 2
    assert all(count == 1 for time, count in counted.by_time.items() if time)
    assert most - 2 <= len(counted.by_time) <= most


@pytest.mark.parametrize("name", [name for name in CLIPS if not name.startswith("uneven")])
def test_the_frames_at_the_midpoints_are_shown(name, clips):
    found = decode(clips(name), SPEC)
    assert shown(found) == [1, 4, 7, 10]
    assert [frame.timestamp for frame in found.frames] == pytest.approx([1 / 12, 4 / 12, 7 / 12, 10 / 12], abs=2e-3)


@pytest.mark.parametrize("name", ["uneven.mp4", "uneven.webm"])
def test_a_variable_frame_rate_is_sampled_by_time(name, clips):
    # Midpoints .134, .402, .671, .939 s of 1.073 s: on screen are the frames that start at 30, 400, 440, 900 ms.
    found = decode(clips(name), SPEC)
    assert shown(found) == [3, 4, 8, 10]
    assert [frame.timestamp for frame in found.frames] == pytest.approx([0.03, 0.4, 0.44, 0.9], abs=2e-3)


@pytest.mark.parametrize("name", [name for name, (_, takers) in CLIPS.items() if takers == "both"])
def test_both_decoders_show_the_same_frames(name, clips):
    spec = ViewSpec(frames=5)
    by_decord = decode(clips(name), spec, decoders=[DecordDecoder()])
    by_pyav = decode(clips(name), spec, decoders=[PyAVDecoder()])
    assert (by_decord.decoder, by_pyav.decoder) == ("decord", "pyav")
    assert by_decord.width, by_decord.height == (by_pyav.width, by_pyav.height)
    for one, other in zip(by_decord.frames, by_pyav.frames, strict=True):
        assert one.timestamp == other.timestamp
        assert one.pixels.shape == other.pixels.shape
        assert np.abs(one.pixels.astype(int) - other.pixels).mean() < 2


@pytest.mark.parametrize("width", [16, 48, 72])
def test_a_narrow_video_whose_padded_lines_decord_misreads_is_taken_by_pyav(tmp_path, width):
    path = media.write_video(tmp_path / "narrow.mp4", frames=3, width=width, height=128)
    found = decode(Locator(str(path)), SPEC)
    assert found.decoder == "pyav"
    assert {frame.pixels.shape for frame in found.frames} == {(128, width, 3)}


@pytest.mark.parametrize("decoder", [DecordDecoder(), PyAVDecoder()], ids=lambda decoder: decoder.name)
@pytest.mark.parametrize(
    ("name", "size", "corners"),
    [
        ("h264.mp4", (160, 96), ("red", "green", "blue", "yellow")),
        ("turned_90.mp4", (96, 160), ("green", "yellow", "red", "blue")),
        ("turned_180.mp4", (160, 96), ("yellow", "blue", "green", "red")),
        ("turned_270.mov", (96, 160), ("blue", "red", "yellow", "green")),
        ("wide_pixels.mp4", (320, 96), ("red", "green", "blue", "yellow")),
        ("tall_pixels.mkv", (160, 192), ("red", "green", "blue", "yellow")),
        ("wide_and_turned.mp4", (96, 320), ("green", "yellow", "red", "blue")),
    ],
)
def test_frames_are_upright_with_square_pixels(name, size, corners, decoder, clips):
    found = decode(clips(name), SPEC, decoders=[decoder])
    assert (found.width, found.height) == size
    assert found.frames[0].pixels.shape == (size[1], size[0], 3)
    assert found.frames[0].pixels.dtype == np.uint8
    assert media.corners_of(found.frames[0].pixels) == corners


@pytest.mark.parametrize(
    ("name", "size", "corners"),
    [
        ("turned_90.mkv", (96, 160), ("green", "yellow", "red", "blue")),
        ("turned_180.mkv", (160, 96), ("yellow", "blue", "green", "red")),
        ("mirrored.mp4", (160, 96), ("green", "red", "yellow", "blue")),
        # turned: green yellow / red blue, then mirrored left to right
        ("turned_and_mirrored.mp4", (96, 160), ("yellow", "green", "blue", "red")),
    ],
)
def test_what_decord_would_show_wrongly_is_shown_upright_by_pyav(name, size, corners, clips):
    found = decode(clips(name), SPEC)
    assert found.decoder == "pyav"
    assert (found.width, found.height) == size
    assert media.corners_of(found.frames[0].pixels) == corners


def test_frames_are_reduced_to_the_long_side_and_never_enlarged(clips):
    reduced = decode(clips("turned_90.mp4"), ViewSpec(long_side=80)).frames[0].pixels
    assert reduced.shape == (80, 48, 3)
    assert decode(clips("turned_90.mp4"), ViewSpec(long_side=4000)).frames[0].pixels.shape == (160, 96, 3)


def test_a_clip_of_fewer_frames_than_asked_for_repeats_what_stays_on_screen(tmp_path):
    path = media.write_video(tmp_path / "short.mp4", frames=2)
    assert shown(decode(Locator(str(path)), SPEC), frames=2) == [0, 0, 1, 1]


def test_one_frame_is_a_video_too(tmp_path):
    found = decode(Locator(str(media.write_video(tmp_path / "one.mp4", frames=1))), SPEC, check_all=True)
    assert (found.kind, found.frame_count, len(found.frames)) == ("video", 1, 4)
    assert found.duration_s > 0


def test_packets_that_show_nothing_are_no_frames_and_no_damage(tmp_path):
    path = media.write_hidden_frames(tmp_path / "hidden.webm", hidden=(5, 8))
    found = decode(Locator(str(path)), ViewSpec(frames=10), check_all=True)
    assert (found.frame_count, found.decoded_share, found.decoder) == (10, 1.0, "pyav")
    assert not {5, 8} & set(shown(found))


def test_frames_before_an_edit_list_are_not_shown_and_no_damage(tmp_path):
    path = media.write_edit_list(tmp_path / "cut.mp4", skipped=4)
    found = decode(Locator(str(path)), SPEC, check_all=True)
    assert (found.frame_count, found.decoded_share) == (8, 1.0)
    assert shown(found) == [5, 7, 9, 11]
    assert found.frames[0].timestamp == pytest.approx(1 / 12)


def test_a_clip_is_taken_by_pyav_where_decord_is_not_installed(clips, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "decord", None)
    assert decode(clips("h264.mp4"), SPEC).decoder == "pyav"


def test_what_the_name_says_does_not_matter(clips, tmp_path):
    disguised = tmp_path / "picture.jpg"
    disguised.write_bytes(Path(clips("vp8.webm").path).read_bytes())
    assert decode(Locator(str(disguised)), SPEC).kind == "video"


def test_a_name_that_is_not_utf8_can_be_decoded(clips, tmp_path):
    odd = tmp_path / b"caf\xe9.mp4".decode("utf-8", "surrogateescape")
    odd.write_bytes(Path(clips("h264.mp4").path).read_bytes())
    assert shown(decode(Locator(str(odd)), SPEC)) == [1, 4, 7, 10]


def refused(path, *, check_all=True) -> str:
    with pytest.raises(UnreadableClipError) as caught:
        decode(Locator(str(path)), SPEC, check_all=check_all)
    return caught.value.reason


def test_reasons_are_sentences_a_person_understands(tmp_path):
    empty, folder = tmp_path / "empty.webm", tmp_path / "folder.mp4"
    empty.touch()
    folder.mkdir()
    assert refused(empty) == "empty file (0 bytes)"
    assert refused(tmp_path / "gone.mp4") == f"the file is gone: {tmp_path}/gone.mp4"
    assert refused(folder) == f"not a regular file: {folder}"
    assert refused(media.random_bytes(tmp_path / "noise.mp4")) == "not a media file"
    text = tmp_path / "text.mp4"
    text.write_text("<html>404 not found</html>" * 100)
    assert refused(text) == "not a media file"
    assert refused(media.write_audio_only(tmp_path / "sound.mp4")) == "no video stream (audio only)"
    assert refused(media.write_audio_only(tmp_path / "sound.webm")) == "no video stream (audio only)"


@pytest.mark.parametrize("seed", range(40))
def test_noise_is_never_taken_for_media(tmp_path, seed):
    assert refused(media.random_bytes(tmp_path / "noise", 3000, seed)) in {"not a media file", "no frame decodes"}


def test_a_playlist_cannot_make_us_open_other_files(tmp_path, clips):
    listed = tmp_path / "list.mp4"
    listed.write_text(f"#EXTM3U\n#EXTINF:1,\n{clips('h264.ts').path}\n#EXT-X-ENDLIST\n")
    assert refused(listed) == "not a media file"


def test_a_header_that_never_came_is_told_from_no_media(tmp_path, clips):
    cut = media.truncate(tmp_path / "cut.mp4", Path(clips("h264.mp4").path), 0.5)  # its index was at the end
    assert refused(cut) == "the file is cut off or damaged: its header cannot be read"
