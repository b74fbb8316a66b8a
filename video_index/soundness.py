"""How much of a video decodes: one pass over all packets, in which a view's frames can be taken along.

Counting frames against packets would wrong sound files (VP8 and AV1 have packets that show nothing, interlaced
H.264 has two packets a frame), so damage is counted where the decoder reports it: a packet that raises, that
the container flags, or whose frame the decoder flags spoils what follows it up to the next key frame, because
those frames are predicted from it. Frames that the container declares and does not hold count as lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from video_index.errors import UnreadableClipError
from video_index.extras import import_extra
from video_index.media import Media
from video_index.track import Track, opened, shows_a_frame, video_stream

LEAST_SHARE = 0.9
"""A clip of which less than this share of the frames decodes is not used."""

# Deblocking and the inverse transform change what a frame looks like, not whether it decodes.
_CHEAP = {"skip_loop_filter": "all", "skip_idct": "all"}


@dataclass(frozen=True, slots=True)
class Soundness:
    """How many of a video's frames decode, of how many."""

    decoded: int
    expected: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.decoded / self.expected if self.expected else 0.0


def require(found: Soundness) -> None:
    """Raise UnreadableClipError where too few frames decode."""
    if found.share < LEAST_SHARE:
        # Rounded down: "90%" must not be a reason to refuse.
        percent = 100 * found.decoded // found.expected if found.expected else 0
        raise UnreadableClipError(f"only {percent}% of the frames decode ({found.decoded} of {found.expected})")


def soundness(media: Media, track: Track, see: Callable[[Any], None] | None = None) -> Soundness:
    """Count the frames that decode, and those that should.

    `see` is given every frame (PyAV's VideoFrame) in order of time, so that who needs pictures need not decode the
    clip again; without it the steps that only change what a frame looks like are left out.
    """
    av = import_extra("av", "clips")
    decoded = shown = before_key = keys = 0
    spoilt = False
    with opened(media) as container:
        stream = video_stream(container)
        if see is None:
            stream.codec_context.options = _CHEAP
        try:
            for packet in container.demux(stream):
                if packet.is_keyframe and packet.size:
                    keys += 1
                    spoilt = False
                spoilt = _damaged(packet, av, see) or spoilt
                if packet.size and shows_a_frame(packet, track.codec):
                    shown += 1
                    decoded += not spoilt
                    before_key += not spoilt and not keys
        except av.FFmpegError:
            pass  # the file ends here: what is missing is in track.missing_frames
    return Soundness(decoded - (before_key if keys else 0), shown + track.missing_frames)


def _damaged(packet: Any, av: Any, see: Callable[[Any], None] | None) -> bool:
    try:
        frames = packet.decode()
    except EOFError:
        return False
    except av.FFmpegError:
        return True
    if see is not None:
        for frame in frames:
            see(frame)
    return bool(packet.is_corrupt) or any(frame.is_corrupt for frame in frames)
