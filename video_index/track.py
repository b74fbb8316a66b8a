"""What a container says of its video: when each frame is shown, which way is up, what shape the pixels have.

Reading it decodes one frame and otherwise only walks over the packets, which costs a few milliseconds a clip.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from video_index.errors import UnreadableClipError
from video_index.extras import import_extra
from video_index.media import Media

# Only these may open a file: playlists and scripts, which name further files or addresses, are not among them.
_CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,live_flv,mpegts,mpeg,mpegvideo,asf,ogg,ivf,h264,hevc,m4v,av1,obu,"
    "mjpeg,nut,mxf,rm,dv,wav,flac"
)
_SIGNATURES = (b"ftyp", b"moov", b"mdat", b"\x1aE\xdf\xa3", b"RIFF", b"OggS", b"FLV\x01", b"\x30\x26\xb2\x75")
_UNTIMED = {"avi"}  # has no presentation times: frames are matched by rank


@dataclass(frozen=True, slots=True)
class Orientation:
    """The turn or mirroring that makes stored pictures upright: transpose first, then flip."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def mirrored(self) -> bool:
        """True where it is no pure rotation."""
        return (self.transpose + self.flip_x + self.flip_y) % 2 == 1

    def upright(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A stored picture (height, width, 3), turned."""
        turned = pixels.swapaxes(0, 1) if self.transpose else pixels
        turned = turned[:, ::-1] if self.flip_x else turned
        return turned[::-1] if self.flip_y else turned


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The best video stream of a clip, before its frames are decoded."""

    index: int
    """Number of the stream in the container."""
    container: str
    codec: str
    stored_width: int
    stored_height: int
    pixel_aspect: Fraction
    """Width of a stored pixel over its height."""
    orientation: Orientation
    has_alpha: bool
    hidden_frames: bool
    """Whether some packets only feed later frames and are never shown."""
    starts: NDArray[np.float64]
    """When each shown frame starts, seconds from the first one, increasing; shape (frames,)."""
    origin_s: float
    """The first frame's own time stamp in seconds."""
    timed: bool
    """Whether time stamps of decoded frames can be matched with `starts`; by rank where not."""
    duration_s: float
    missing_frames: int
    """Frames that the container declares and does not hold, estimated; 0 for a whole file."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) upright with square pixels: the narrower side of a pixel is stretched."""
        width = round(self.stored_width * max(self.pixel_aspect, Fraction(1)))
        height = round(self.stored_height * max(1 / self.pixel_aspect, Fraction(1)))
        return (height, width) if self.orientation.transpose else (width, height)


@contextmanager
def opened(media: Media) -> Iterator[Any]:
    """An open PyAV input container. Raises UnreadableClipError where no container is recognised."""
    av = import_extra("av", "clips")
    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
    try:
        container = av.open(media.open(), options=options, metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        known = any(signature in media.head[:16] for signature in _SIGNATURES)
        reason = "the file is cut off or damaged: its header cannot be read" if known else "not a media file"
        raise UnreadableClipError(reason) from error
    with container:
        yield container


def video_stream(container: Any) -> Any:
    """The best video stream of an open container. Raises UnreadableClipError where there is none."""
    av = import_extra("av", "clips")
    stream = container.streams.best("video")
    if stream is None or stream.disposition & av.stream.Disposition.attached_pic:
        has_sound = any(each.type == "audio" for each in container.streams)
        raise UnreadableClipError("no video stream (audio only)" if has_sound else "no video stream")
    if stream.codec_context is None:
        raise UnreadableClipError("no decoder for this kind of video")
    stream.codec_context.thread_count = 1  # one clip a process: threads would only hand frames over
    return stream


def shows_a_frame(packet: Any, codec: str) -> bool:
    """Whether a packet puts a picture on the screen; VP8 has packets that only feed later ones."""
    if codec == "vp8":
        return bool(bytes(memoryview(packet)[:1])[0] & 0x10)
    return not packet.is_discard


def read_track(media: Media) -> Track:
    """Walk over a container's packets. Raises UnreadableClipError: no media file, no video, no frame decodes."""
    with opened(media) as container:
        stream = video_stream(container)
        walk = _walk(container, stream)
        if walk.first is None or not walk.shown:
            raise UnreadableClipError("no frame decodes")
        times = np.unique(np.array([start for start, _ in walk.shown], dtype=np.float64))
        durations = dict(walk.shown)
        step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        rate = float(stream.average_rate or 0)
        last = durations[float(times[-1])] or step or (1 / rate if rate else 0.04)
        duration = float(times[-1] - times[0]) + last
        codec = stream.codec_context.name
        return Track(
            index=stream.index,
            container=container.format.name,
            codec=codec,
            stored_width=walk.first.width,
            stored_height=walk.first.height,
            pixel_aspect=stream.sample_aspect_ratio or Fraction(1),
            orientation=_orientation(walk.first),
            has_alpha=any(component.is_alpha for component in walk.first.format.components),
            hidden_frames=walk.packets > len(walk.shown),
            starts=times - times[0],
            origin_s=float(times[0]),
            timed=container.format.name not in _UNTIMED and walk.timed,
            duration_s=duration,
            missing_frames=_missing(container, stream, walk, len(times), duration, step),
        )


@dataclass(slots=True)
class _Walk:
    shown: list[tuple[float, float]]
    packets: int = 0
    end_s: float = 0.0
    start_s: float = float("inf")
    timed: bool = True
    first: Any = None


def _walk(container: Any, stream: Any) -> _Walk:
    av = import_extra("av", "clips")
    walk = _Walk([])
    codec = stream.codec_context.name
    try:
        for packet in container.demux():
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is None or packet.time_base is None:
                walk.timed = walk.timed and (packet.size == 0 or packet.stream_index != stream.index)
                continue
            start = float(stamp * packet.time_base)
            length = float((packet.duration or 0) * packet.time_base)
            walk.start_s, walk.end_s = min(walk.start_s, start), max(walk.end_s, start + length)
            if packet.stream_index != stream.index or packet.size == 0:
                continue
            walk.packets += 1
            if shows_a_frame(packet, codec):
                walk.shown.append((start, length))
            if walk.first is None:
                walk.first = _first_frame(packet, av)
    except av.FFmpegError:
        pass  # the file ends here: what is missing shows in the declared duration
    if walk.first is None:
        walk.first = _first_frame(None, av, stream)
    return walk


def _first_frame(packet: Any, av: Any, stream: Any = None) -> Any:
    try:
        frames = packet.decode() if packet is not None else stream.decode(None)
    except (av.FFmpegError, EOFError):
        return None
    return frames[0] if frames else None


def _missing(container: Any, stream: Any, walk: _Walk, frames: int, duration: float, step: float) -> int:
    """How many frames the header promises and the file does not hold.

    An mp4 lists its frames. Elsewhere, and in fragments, only a declared duration tells: it must reach well
    beyond the last packet of every stream, and beyond the longest that the last frame may stay.
    """
    family = container.format.name
    if "mp4" in family and stream.frames:
        return max(0, int(stream.frames) - walk.packets)
    if not ("mp4" in family or "matroska" in family or family == "avi") or not container.duration:
        return 0
    declared = container.duration / 1_000_000
    times = np.array([start for start, _ in walk.shown])
    longest = float(np.diff(np.sort(times)).max()) if len(times) > 1 else 0.0
    held = walk.end_s - min(walk.start_s, 0.0)
    return round((declared - held) / step) if step and declared - held > max(longest, 0.5) else 0


def _orientation(frame: Any) -> Orientation:
    """From a frame's display matrix: x' = a x + c y, y' = b x + d y, in 16.16 fixed point."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return Orientation()
    a, b, _, c, d = (int(cell) for cell in np.frombuffer(bytes(matrix), dtype=np.int32)[:5])
    if abs(a) >= abs(b):
        return Orientation(False, flip_x=a < 0, flip_y=d < 0)
    return Orientation(True, flip_x=c < 0, flip_y=b < 0)
