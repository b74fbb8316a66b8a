"""Decode one clip in this process. Strangers' files belong into a DecoderPool (video_index.decode) instead."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from video_index.clips import Frame, Locator, ViewSpec
from video_index.decoded import Decoded
from video_index.decoders import DECODERS, Choice, DeclinedError, Decoder, PyAVDecoder
from video_index.errors import UnreadableClipError
from video_index.media import Media, open_media
from video_index.pictures import decode_picture, is_picture
from video_index.sampling import fit, midpoints, resized, shown_at
from video_index.soundness import require, soundness
from video_index.track import Track, read_track


def decode(
    locator: Locator, spec: ViewSpec, *, check_all: bool = False, decoders: Sequence[Decoder] = DECODERS
) -> Decoded:
    """The frames of a clip's view: upright, square pixels, aspect kept, long side at most `spec.long_side`.

    A video gives exactly `spec.frames` frames, those on screen at the midpoints of equal shares of its duration,
    in order of time; a still gives one. `spec.layout` does not matter here (see sampling.contact_sheet).
    The `decoders` are asked in turn until one takes the clip. `check_all` decodes every frame of a video, refuses
    it where less than 90% do, and takes the view's frames out of that same pass; it is PyAV's, because decord does
    not tell damaged frames from sound ones.

    Raises UnreadableClipError with a reason in words: a missing or empty file, no media file, no video stream,
    too few frames that decode.
    """
    media = open_media(locator)
    if is_picture(media.head):
        return decode_picture(media, spec, check_all=check_all)
    track = read_track(media)
    picks = shown_at(track.starts, midpoints(track.duration_s, spec.frames))
    size = fit(*track.size, spec.long_side)
    share = None
    if check_all:
        pictures, share = _checked(media, track, picks, size)
        decoder = PyAVDecoder.name
    else:
        pictures, decoder = _unchecked(media, track, picks, size, decoders)
    frames = tuple(Frame(pixels, float(track.starts[pick])) for pixels, pick in zip(pictures, picks, strict=True))
    width, height = track.size
    return Decoded(frames, "video", width, height, track.duration_s, len(track.starts), share, decoder)


def _checked(
    media: Media, track: Track, picks: Sequence[int], size: tuple[int, int]
) -> tuple[list[NDArray[np.uint8]], float]:
    """The pictures and the share of frames that decode, by one pass."""
    choice = Choice(track, picks)
    pictures: list[NDArray[np.uint8]] = []

    def see(frame: Any) -> None:
        pictures.extend(resized(pixels, size) for pixels in choice.after(frame))

    found = soundness(media, track, see)
    require(found)
    pictures.extend(resized(pixels, size) for pixels in choice.rest())
    return pictures, found.share


def _unchecked(
    media: Media, track: Track, picks: Sequence[int], size: tuple[int, int], decoders: Sequence[Decoder]
) -> tuple[list[NDArray[np.uint8]], str]:
    for decoder in decoders:
        try:
            return [resized(pixels, size) for pixels in decoder.pictures(media, track, picks)], decoder.name
        except DeclinedError:
            continue
    raise UnreadableClipError("no decoder can read this video")
