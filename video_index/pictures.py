"""Still pictures and animated pictures (GIF, WebP, PNG, AVIF), read by Pillow."""

import importlib.util
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from video_index.clips import Frame, ViewSpec
from video_index.decoded import Decoded
from video_index.errors import UnreadableClipError
from video_index.extras import import_extra
from video_index.media import Media
from video_index.sampling import fit, midpoints, resized, shown_at
from video_index.soundness import Soundness, require

_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_ANIMATED = {"GIF", "WEBP", "PNG", "AVIF"}
# What Pillow's readers raise for bytes that make no sense: PNG's SyntaxError, GIF's struct.error, AVIF's RuntimeError.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_BROWSERS_DEFAULT_MS = 100.0
"""What browsers show a frame for whose own time is 10 ms or less."""


def is_picture(head: bytes) -> bool:
    """Whether a file's first bytes are those of a picture; its name is not asked."""
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head.startswith(_STARTS) or (head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS)


def decode_picture(media: Media, spec: ViewSpec, *, check_all: bool) -> Decoded:
    """A still as one frame, an animation as a video. EXIF orientation is applied; alpha is laid on white.

    Raises UnreadableClipError for a picture that is cut off, damaged, too large, or of an unknown kind.
    """
    with _opened(media) as image:
        # Phones put a second view into a JPEG (MPO) and scanners pages into a TIFF: those do not move.
        frames = getattr(image, "n_frames", 1) if image.format in _ANIMATED else 1
        if frames > 1:
            return _animation(image, frames, spec, check_all=check_all)
        upright = _flat(ImageOps.exif_transpose(image))
        pixels = np.asarray(upright, dtype=np.uint8)
        width, height = upright.size
        frame = Frame(resized(pixels, fit(width, height, spec.long_side)), 0.0)
        return Decoded((frame,), "image", width, height, 0.0, 1, 1.0 if check_all else None, "pillow")


@contextmanager
def _opened(media: Media) -> Iterator[Image.Image]:
    """An open picture; what goes wrong with it, then or later, becomes a reason."""
    formats: tuple[str, ...] = _FORMATS
    if media.head[4:8] == b"ftyp" and importlib.util.find_spec("pillow_heif") is not None:
        import_extra("pillow_heif", "clips").register_heif_opener()
        formats = (*_FORMATS, "HEIF")
    try:
        with Image.open(media.open(), formats=formats) as image:
            yield image
    except UnidentifiedImageError:
        if media.head[4:8] == b"ftyp" and not media.head[8:12].startswith(b"avi"):
            raise UnreadableClipError("a HEIC picture; install pillow-heif to read it") from None
        raise UnreadableClipError("the picture is cut off or damaged: its header cannot be read") from None
    except Image.DecompressionBombError:
        raise UnreadableClipError(f"the picture has more than {2 * (Image.MAX_IMAGE_PIXELS or 0)} pixels") from None
    except _DAMAGE as error:
        raise UnreadableClipError(f"the picture is cut off or damaged ({error})") from None


def _animation(image: Image.Image, count: int, spec: ViewSpec, *, check_all: bool) -> Decoded:
    first = 1 if image.info.get("default_image") else 0  # a PNG's picture for viewers that do not animate
    lengths = []
    for number in range(first, count):
        try:
            image.seek(number)
            image.load()
        except _DAMAGE:
            break
        length = float(image.info.get("duration") or 0)
        lengths.append((length if length > 10 else _BROWSERS_DEFAULT_MS) / 1000)
    found = Soundness(len(lengths), count - first)
    if not lengths:
        raise UnreadableClipError("no frame decodes")
    if check_all:
        require(found)
    ends = np.cumsum(np.array(lengths))
    starts = ends - lengths
    picks = shown_at(starts, midpoints(float(ends[-1]), spec.frames))
    width, height = image.size
    size = fit(width, height, spec.long_side)
    pictures = {pick: _picture(image, first + pick, size) for pick in sorted(set(picks))}
    frames = tuple(Frame(pictures[pick], float(starts[pick])) for pick in picks)
    share = found.share if check_all else None
    return Decoded(frames, "video", width, height, float(ends[-1]), len(lengths), share, "pillow")


def _picture(image: Image.Image, number: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    image.seek(number)
    return resized(np.asarray(_flat(image), dtype=np.uint8), size)


def _flat(image: Image.Image) -> Image.Image:
    """RGB of eight bits a channel, alpha laid on white."""
    if image.mode.startswith("I;16") or image.mode == "I":
        deep = np.asarray(image).astype(np.uint32)
        return Image.fromarray((deep >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, layered).convert("RGB")
