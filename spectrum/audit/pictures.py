"""Frames of a run's clips as one JPEG, for a person to look at."""

import io
from types import TracebackType

from spectrum.audit.audited_run import AuditedRun
from spectrum.respondents.contact_sheet import contact_sheet
from video_index.clips import ViewSpec
from video_index.decode import DecoderPool

_LONG_SIDE = 960
_FRAMES = 4


class ClipPictures:
    """Decodes on demand; a context manager, since decoding has processes of its own."""

    def __init__(self, run: AuditedRun) -> None:
        self._locators = dict(zip(run.clip_ids, run.locators, strict=True))
        self._pool = DecoderPool(workers=1)

    def __enter__(self) -> "ClipPictures":
        self._pool.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.__exit__(kind, error, trace)

    def jpeg(self, clip_id: str) -> bytes:
        """Four frames in a grid, long side at most 960 pixels. Raises UnreadableClipError, also where bytes changed."""
        from PIL import Image

        spec = ViewSpec(_FRAMES, _LONG_SIDE // 2)
        decoded = self._pool.decode(self._locators[clip_id], spec, expected_clip_id=clip_id)
        content = io.BytesIO()
        Image.fromarray(contact_sheet(decoded.frames, _LONG_SIDE).pixels).save(content, format="JPEG", quality=85)
        return content.getvalue()
