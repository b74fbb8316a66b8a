"""Decode one clip in this process. Strangers' files belong into a DecoderPool (video_index.decode) instead."""

from collections.abc import Sequence

from video_index.clips import Frame, Locator, ViewSpec
from video_index.decoded import Decoded
from video_index.decoders import DECODERS, DeclinedError, Decoder
from video_index.errors import UnreadableClipError
from video_index.media import Media, open_media
from video_index.pictures import decode_picture, is_picture
from video_index.sampling import fit, midpoints, resized, shown_at
from video_index.soundness import check
from video_index.track import Track, read_track


def decode(
    locator: Locator, spec: ViewSpec, *, check_all: bool = False, decoders: Sequence[Decoder] = DECODERS
) -> Decoded:
    """The frames of a clip's view: upright, square pixels, aspect kept, long side at most `spec.long_side`.

    A video gives exactly `spec.frames` frames, those on screen at the midpoints of equal shares of its duration,
    in order of time; a still gives one. `spec.layout` does not matter here (see sampling.contact_sheet).
    `check_all` decodes every frame of a video and refuses it where less than 90% do. The `decoders` are asked
    in turn until one takes the clip.

    Raises UnreadableClipError with a reason in words: a missing or empty file, no media file, no video stream,
    too few frames that decode.
    """
    media = open_media(locator)
    if is_picture(media.head):
        return decode_picture(media, spec, check_all=check_all)
    track = read_track(media)
    share = check(media, track).share if check_all else None
    frames, decoder = _frames(media, track, spec, decoders)
    width, height = track.size
    return Decoded(frames, "video", width, height, track.duration_s, len(track.starts), share, decoder)


def _frames(media: Media, track: Track, spec: ViewSpec, decoders: Sequence[Decoder]) -> tuple[tuple[Frame, ...], str]:
    picks = shown_at(track.starts, midpoints(track.duration_s, spec.frames))
    size = fit(*track.size, spec.long_side)
    for decoder in decoders:
        try:
            pictures = [resized(pixels, size) for pixels in decoder.pictures(media, track, picks)]
        except DeclinedError:
            continue
        stamps = [float(track.starts[pick]) for pick in picks]
        return tuple(map(Frame, pictures, stamps)), decoder.name
    raise UnreadableClipError("no decoder can read this video")
