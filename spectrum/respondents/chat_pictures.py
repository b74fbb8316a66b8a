"""The pictures of clips as a server gets them: encoded once a clip, whatever the questions and personas."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from spectrum.errors import RespondentError
from spectrum.frame_cache import OnceCache
from spectrum.respondents.contact_sheet import contact_sheet
from spectrum.views import ClipView
from video_index.clips import Frame

PICTURE_FORMAT = "jpeg-90"
"""How pictures are sent; part of a respondent's settings, because compression is visible to a model."""

_MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, ready to be sent."""

    base64: str
    """JPEG."""
    media_id: str
    """Names its content: the view, the place in it, and how it was encoded."""


class EncodedPictures:
    """Keeps the pictures of the views that were shown last, up to 64 MiB. Threads that want one view encode it once."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        """`max_bytes` bounds what is kept."""
        self._kept: OnceCache[tuple[Picture, ...]] = OnceCache(max_bytes, _size)

    @property
    def bytes_held(self) -> int:
        """Size of what is kept now."""
        return self._kept.bytes_held

    def of(self, media: Sequence[ClipView]) -> list[Picture]:
        """Every picture of the views, in order: one a view laid out as a sheet, otherwise one a frame.

        Raises UnreadableClipError from the decoder, and RespondentError for the layout "video", which chat
        protocols have no common form for.
        """
        return [picture for view in media for picture in self._kept.get(view.view_id, partial(encoded, view))]


def encoded(view: ClipView) -> tuple[Picture, ...]:
    """A view's pictures, as EncodedPictures gives them."""
    if view.spec.layout == "video":
        raise RespondentError("chat models take pictures, not video: use --media frames or --media sheet")
    frames = view.load()
    shown = [contact_sheet(frames, view.spec.long_side)] if view.spec.layout == "sheet" else frames
    return tuple(Picture(_jpeg(frame), f"{view.view_id}-{place}-{PICTURE_FORMAT}") for place, frame in enumerate(shown))


def _jpeg(frame: Frame) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(frame.pixels).save(buffer, format="JPEG", quality=90)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _size(pictures: tuple[Picture, ...]) -> int:
    return sum(len(picture.base64) for picture in pictures)
