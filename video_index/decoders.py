"""Two decoders behind one protocol: decord first, PyAV where decord cannot or should not."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from video_index.errors import MissingExtraError
from video_index.extras import import_extra
from video_index.media import Media
from video_index.track import Track, opened, video_stream

_SLACK_S = 1e-3
_NO_FAULT = 1e-6  # as a share: decord would otherwise repeat a neighbour for a frame that does not decode


class DeclinedError(Exception):
    """This decoder does not take this clip; another may."""


class Decoder(Protocol):
    """Gives chosen frames of a video, upright."""

    name: str

    def pictures(self, media: Media, track: Track, picks: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
        """RGB pictures (height, width, 3) of the frames `picks` (indices into `track.starts`, not falling).

        They are upright, in stored pixels: the pixel aspect is not applied yet. One at a time, so that many
        frames of a large video are never held at once. Raises DeclinedError, at any point.
        """
        ...


class DecordDecoder:
    """decord 0.6. It seeks, turns mp4 pictures upright itself, and is declined where it is known to be wrong:

    AV1 (it finds no stream), mirrored pictures (it takes them for turned by 180 degrees), rotation outside mp4
    (it overlooks it), alpha (it drops it), packets that show no frame (it counts them), containers without
    presentation times (it mixes up B-frames), and time stamps or sizes that differ from the track's.
    """

    name = "decord"

    def pictures(self, media: Media, track: Track, picks: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
        """See Decoder."""
        self._check(track)
        try:
            decord = import_extra("decord", "clips")
        except MissingExtraError as error:
            raise DeclinedError(str(error)) from None
        decord.logging.set_level(decord.logging.QUIET)
        # decord raises its own error, RuntimeError for a file it cannot open, AssertionError for one
        # without frames, and UnicodeEncodeError (a ValueError) for a path that is not UTF-8.
        failures = (decord.DECORDError, decord.DECORDLimitReachedError, RuntimeError, AssertionError, ValueError)
        try:
            reader = decord.VideoReader(media.open(), ctx=decord.cpu(0), num_threads=1, fault_tol=_NO_FAULT)
            chosen = self._chosen(reader, track, picks)
            for number in chosen:
                pixels: NDArray[np.uint8] = reader[number].asnumpy()
                self._check_shape(pixels, track)
                yield pixels
        except failures as error:
            raise DeclinedError(str(error).partition("\n")[0]) from None

    @staticmethod
    def _check(track: Track) -> None:
        turned = track.orientation.transpose or track.orientation.flip_x or track.orientation.flip_y
        if track.orientation.mirrored or (turned and "mp4" not in track.container):
            raise DeclinedError("decord would not show it upright")
        if track.has_alpha or track.hidden_frames or not track.timed:
            raise DeclinedError("decord ignores alpha, counts frames that are not shown, cannot time AVI")

    @staticmethod
    def _chosen(reader: Any, track: Track, picks: Sequence[int]) -> list[int]:
        stamps = reader.get_frame_timestamp(range(len(reader)))[:, 0].astype(np.float64)
        stamps -= stamps[0]
        wanted = track.starts[list(picks)]
        chosen = np.clip(np.searchsorted(stamps, wanted - _SLACK_S), 0, len(stamps) - 1)
        if (np.diff(stamps) < 0).any() or (np.abs(stamps[chosen] - wanted) > _SLACK_S).any():
            raise DeclinedError("decord times the frames differently")
        return [int(number) for number in chosen]

    @staticmethod
    def _check_shape(pixels: NDArray[np.uint8], track: Track) -> None:
        stored = (track.stored_height, track.stored_width)
        # Very narrow pictures come with four channels where there are three: it divides the padded line by the width.
        if pixels.shape != (*(stored[::-1] if track.orientation.transpose else stored), 3):
            raise DeclinedError("decord reads another stream, or the lines of a narrow picture wrongly")


class PyAVDecoder:
    """PyAV: every codec that its FFmpeg knows, frame by frame from the start, so that no seek can go wrong."""

    name = "pyav"

    def pictures(self, media: Media, track: Track, picks: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
        """See Decoder."""
        choice = Choice(track, picks)
        with opened(media) as container:
            for frame in _frames(container, video_stream(container)):
                yield from choice.after(frame)
                if choice.complete:
                    return
        yield from choice.rest()


class Choice:
    """Of PyAV's frames, given in order of time, the pictures of those on screen at `picks` (see Decoder)."""

    def __init__(self, track: Track, picks: Sequence[int]) -> None:
        self._track = track
        self._waiting = deque(picks)
        self._last: Any = None
        self._rank = 0

    @property
    def complete(self) -> bool:
        """Whether every pick has its picture."""
        return not self._waiting

    def after(self, frame: Any) -> Iterator[NDArray[np.uint8]]:
        """The pictures that are settled now that the next frame has come."""
        start = self._start(frame)
        while self._waiting and self._last is not None and start > self._track.starts[self._waiting[0]] + _SLACK_S:
            self._waiting.popleft()
            yield self._track.orientation.upright(_rgb(self._last))
        self._last = frame
        self._rank += 1

    def rest(self) -> Iterator[NDArray[np.uint8]]:
        """What is left when no frame comes any more: the last one stays. Raises DeclinedError where none came."""
        if self._last is None:
            raise DeclinedError("no frame decodes")
        while self._waiting:
            self._waiting.popleft()
            yield self._track.orientation.upright(_rgb(self._last))

    def _start(self, frame: Any) -> float:
        """Seconds from the first frame; by rank where the container's time stamps cannot be trusted."""
        if self._track.timed and frame.pts is not None:
            return float(frame.pts * frame.time_base) - self._track.origin_s
        return float(self._track.starts[min(self._rank, len(self._track.starts) - 1)])


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames in order of time; a packet that does not decode is passed over."""
    av = import_extra("av", "clips")
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            yield from packet.decode()
        except av.InvalidDataError:
            continue


def _rgb(frame: Any) -> NDArray[np.uint8]:
    """RGB pixels; a frame with alpha is laid on white."""
    if not any(component.is_alpha for component in frame.format.components):
        plain: NDArray[np.uint8] = frame.to_ndarray(format="rgb24")
        return plain
    layered = frame.to_ndarray(format="rgba").astype(np.uint16)
    alpha = layered[..., 3:]
    mixed: NDArray[np.uint8] = ((layered[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return mixed


DECODERS: tuple[Decoder, ...] = (DecordDecoder(), PyAVDecoder())
"""In the order in which they are asked."""
