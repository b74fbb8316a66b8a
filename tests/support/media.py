"""Small real media files for tests, made on the spot by PyAV and Pillow: the same call gives the same file.

Every picture is four coloured quadrants (red, green / blue, yellow), which show which way is up, round a grey
block whose level tells the frame's number, so that a test can say which frame it was given.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 180, 30), (30, 30, 220), (220, 220, 30)

_FAST = {
    "h264": ("libx264", {"preset": "ultrafast", "crf": "18"}),
    "hevc": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"}),
    "av1": ("libsvtav1", {"preset": "12", "crf": "20", "svtav1-params": "lp=1"}),
    "vp8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "b": "1M"}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "b": "1M"}),
    "mpeg4": ("mpeg4", {"qscale": "2", "global_quality": "236", "flags": "+qscale"}),
    "mjpeg": ("mjpeg", {"qscale": "2", "global_quality": "236", "flags": "+qscale"}),
}


def level_of(index: int, frames: int) -> int:
    """The grey level, 30 to 230, that marks frame `index` of `frames`."""
    return 30 + round(200 * index / max(frames - 1, 1))


def picture(index: int = 0, frames: int = 1, height: int = 96, width: int = 160) -> Picture:
    """RGB test card of frame `index`, shape (height, width, 3) uint8."""
    card = np.empty((height, width, 3), np.uint8)
    half_h, half_w = height // 2, width // 2
    card[:half_h, :half_w], card[:half_h, half_w:] = RED, GREEN
    card[half_h:, :half_w], card[half_h:, half_w:] = BLUE, YELLOW
    card[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = level_of(index, frames)
    return card


def index_in(pixels: Picture, frames: int) -> int:
    """Which frame a picture is, read off the grey block in its middle (works in any orientation)."""
    height, width = pixels.shape[:2]
    block = pixels[height * 4 // 10 : height * 6 // 10, width * 4 // 10 : width * 6 // 10]
    return round((float(np.median(block)) - 30) / 200 * max(frames - 1, 1))


def corners_of(pixels: Picture) -> tuple[str, str, str, str]:
    """The colours at top left, top right, bottom left, bottom right, by nearest name."""
    height, width = pixels.shape[:2]
    named = {"red": RED, "green": GREEN, "blue": BLUE, "yellow": YELLOW, "white": (255, 255, 255)}

    def nearest(y: int, x: int) -> str:
        here = pixels[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3].reshape(-1, 3).mean(axis=0)
        return min(named, key=lambda name: float(np.abs(here - np.array(named[name])).sum()))

    ys, xs = (height // 8, height - 1 - height // 8), (width // 8, width - 1 - width // 8)
    return nearest(ys[0], xs[0]), nearest(ys[0], xs[1]), nearest(ys[1], xs[0]), nearest(ys[1], xs[1])


UPRIGHT = ("red", "green", "blue", "yellow")


def write_video(
    path: Path,
    codec: str = "h264",
    *,
    frames: int = 12,
    fps: int = 12,
    height: int = 96,
    width: int = 160,
    pictures: Sequence[Picture] | None = None,
    times: Sequence[int] | None = None,
    rotation: int = 0,
    hflip: bool = False,
    sar: Fraction | None = None,
    keyframe_every: int = 12,
    b_frames: int = 0,
    audio: bool = False,
    container_options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """Write a video of test cards; the suffix of `path` chooses the container.

    `times` (milliseconds, increasing) makes a variable frame rate. `rotation` is the counter-clockwise turn
    that a player must apply (in steps of 90), `sar` the pixels' width to height.
    """
    cards = list(pictures) if pictures is not None else [picture(i, frames, height, width) for i in range(frames)]
    height, width = cards[0].shape[:2]
    encoder, options = _FAST[codec]
    with _scheduled_as_before(), av.open(str(path), "w", options=container_options or {}) as out:
        stream = out.add_stream(encoder, rate=fps, options={**options, **(codec_options or {})})
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        context = stream.codec_context
        context.thread_count = 1
        context.gop_size = keyframe_every
        if b_frames:
            context.max_b_frames = b_frames
        if sar is not None:
            context.sample_aspect_ratio = sar
        if rotation or hflip:
            stream.set_display_rotation(rotation, hflip=hflip)
        if times is not None:
            context.time_base = Fraction(1, 1000)
        sound = _sound_stream(out, path) if audio else None
        for number, card in enumerate(cards):
            frame = av.VideoFrame.from_ndarray(card, format="rgb24")
            frame.pts = number if times is None else times[number]
            frame.time_base = Fraction(1, fps) if times is None else Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if sound is not None:
            _add_tone(out, sound, len(cards) / fps)
    return path


@contextmanager
def _scheduled_as_before() -> Iterator[None]:
    """SVT-AV1 gives the thread that encodes real-time priority where root runs it, and all that it starts later too.

    A test process of that kind, and its browser, leave nothing of the processors to any other.
    """
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    policy, rank = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        if os.sched_getscheduler(0) != policy:
            os.sched_setscheduler(0, policy, rank)


def _sound_stream(out: "av.container.OutputContainer", path: Path) -> "av.AudioStream":
    return out.add_stream("aac" if path.suffix in {".mp4", ".mov", ".m4a"} else "libopus", rate=48000, layout="mono")


def _add_tone(out: "av.container.OutputContainer", sound: "av.AudioStream", seconds: float) -> None:
    samples = int(48000 * seconds)
    wave = (0.1 * np.sin(np.arange(samples) * 2 * np.pi * 440 / 48000)).astype(np.float32)
    form = sound.codec_context.format.name if sound.codec_context.format else "fltp"
    resampler = av.AudioResampler(format=form, layout="mono", rate=48000)
    for start in range(0, samples, 960):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + 960], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 48000, start
        for resampled in resampler.resample(frame):
            out.mux(sound.encode(resampled))
    out.mux(sound.encode())


def write_audio_only(path: Path, seconds: float = 0.5) -> Path:
    """A container with sound and no picture."""
    with av.open(str(path), "w") as out:
        _add_tone(out, _sound_stream(out, path), seconds)
    return path


def write_fragmented(path: Path, **kwargs: object) -> Path:
    """An mp4 whose index is spread over fragments: the header declares neither frames nor duration."""
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    return write_video(path, container_options=options, keyframe_every=4, **kwargs)  # type: ignore[arg-type]


def write_hidden_frames(path: Path, hidden: Sequence[int] = (5,), frames: int = 12) -> Path:
    """A VP8 WebM in which some packets only feed later ones, as an encoder's alternate reference frames do."""
    source = write_video(path.with_name(f"whole_{path.name}"), "vp8", frames=frames)
    with av.open(str(source)) as whole, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(whole.streams.video[0])
        for number, packet in enumerate(packet for packet in whole.demux(video=0) if packet.size):
            content = bytearray(bytes(packet))
            if number in hidden:
                content[0] &= 0xEF  # RFC 6386, 9.1: the show_frame bit
            changed = av.Packet(bytes(content))
            changed.pts, changed.dts, changed.time_base = packet.pts, packet.dts, packet.time_base
            changed.duration, changed.is_keyframe, changed.stream = packet.duration, packet.is_keyframe, stream
            out.mux(changed)
    source.unlink()
    return path


def write_edit_list(path: Path, skipped: int = 4, frames: int = 12) -> Path:
    """An mp4 whose edit list skips its first frames, which are still decoded: what a cut without re-encoding leaves."""
    source = write_video(path.with_name(f"whole_{path.name}"), frames=frames)
    with av.open(str(source)) as whole, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.size:
                packet.pts -= skipped * packet.duration
                packet.dts -= skipped * packet.duration
                packet.stream = stream
                out.mux(packet)
    source.unlink()
    return path


def truncate(path: Path, source: Path, share: float) -> Path:
    """The first `share` of a file's bytes, as a broken download leaves them."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def damage(path: Path, source: Path, start: float, stop: float) -> Path:
    """A copy whose bytes between two shares of the file are overwritten by 0xA5."""
    data = bytearray(source.read_bytes())
    first, last = int(len(data) * start), int(len(data) * stop)
    data[first:last] = b"\xa5" * (last - first)
    path.write_bytes(bytes(data))
    return path


def random_bytes(path: Path, size: int = 20_000, seed: int = 7) -> Path:
    """A file of keyed noise."""
    path.write_bytes(np.random.default_rng(seed).bytes(size))
    return path


def write_still(path: Path, *, height: int = 96, width: int = 160, exif_orientation: int = 1) -> Path:
    """A test card as JPEG, PNG, WebP, AVIF or BMP, by suffix; stored turned as EXIF orientation 1-8 says.

    A viewer that obeys the orientation sees the upright card of `height` x `width`.
    """
    upright = Image.fromarray(picture(0, 1, height, width))
    stored = {
        1: lambda image: image,
        2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
        4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
        6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
        7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
        8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
    }[exif_orientation](upright)
    exif = Image.Exif()
    exif[0x0112] = exif_orientation
    extra: dict[str, object] = {} if path.suffix == ".bmp" else {"exif": exif}
    stored.save(path, quality=95, **extra)
    return path


def write_alpha_png(path: Path, height: int = 96, width: int = 160) -> Path:
    """A PNG whose left half is opaque red and whose right half is fully transparent black."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[:, : width // 2] = (220, 30, 30, 255)
    Image.fromarray(pixels).save(path)
    return path


def write_animation(
    path: Path, *, frames: int = 6, height: int = 96, width: int = 160, durations_ms: int | Sequence[int] = 100
) -> Path:
    """An animated GIF, WebP or PNG of test cards; `durations_ms` is one for all or one a frame."""
    cards = [Image.fromarray(picture(i, frames, height, width)) for i in range(frames)]
    duration = durations_ms if isinstance(durations_ms, int) else list(durations_ms)
    options: dict[str, object] = {"lossless": True} if path.suffix == ".webp" else {}
    cards[0].save(path, save_all=True, append_images=cards[1:], duration=duration, loop=0, **options)  # type: ignore[arg-type]
    return path
