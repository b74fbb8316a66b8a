"""A clip view: what a respondent is shown of a clip. It decodes when first looked at, and not before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from spectrum.frame_cache import FrameCache
from video_index.clips import Clip, Frame, Locator, ViewSpec
from video_index.keyed import digest

Loader = Callable[[], tuple[Frame, ...]]


@dataclass(frozen=True, slots=True)
class ClipView:
    """One clip as shown. Equality and hash are those of its identity: clip and view spec."""

    clip_id: str
    spec: ViewSpec
    load: Loader = field(compare=False, repr=False)
    """Gives the frames, long side at most `spec.long_side`, in order of time; raises UnreadableClipError."""

    @property
    def view_id(self) -> str:
        """Hex digest of the media bytes' hash and the frame spec: the media part of an item's identity."""
        return view_id_of(self.clip_id, self.spec)


def view_id_of(clip_id: str, spec: ViewSpec) -> str:
    """The view_id a clip has under a spec, without a view."""
    return digest("view", clip_id, spec.frames, spec.long_side, spec.layout).hex()


class Pictures(Protocol):
    """Whatever decoding gives back, as far as a view needs it."""

    @property
    def frames(self) -> Sequence[Frame]:
        """Upright frames in order of time."""
        ...


class Decode(Protocol):
    """Reads a clip's frames (video_index.decode.DecoderPool.decode); raises UnreadableClipError."""

    def __call__(self, locator: Locator, spec: ViewSpec, expected_clip_id: str | None = None) -> Pictures:
        """Decode; where `expected_clip_id` is given, bytes that have changed since are unreadable."""
        ...


def view_of(clip: Clip, spec: ViewSpec, decode: Decode, cache: FrameCache | None = None) -> ClipView:
    """The view of an indexed clip. Nothing is read before its `load` is called.

    The bytes are held against clip_id when they are read: a file that has changed since it was indexed is
    not the clip the plan names.
    """

    def load() -> tuple[Frame, ...]:
        return tuple(decode(clip.locator, spec, expected_clip_id=clip.clip_id).frames)

    if cache is None:
        return ClipView(clip.clip_id, spec, load)
    view_id = view_id_of(clip.clip_id, spec)
    return ClipView(clip.clip_id, spec, lambda: cache.frames(view_id, load))
