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
    """One clip as shown. Equality and hash are those of its identity: clip, view spec and treatment."""

    clip_id: str
    spec: ViewSpec
    load: Loader = field(compare=False, repr=False)
    """Gives the frames, long side at most `spec.long_side`, in order of time; raises UnreadableClipError."""
    treatment: str = ""
    """What was done to the frames ("blank", say); "" for a clip as it is."""

    @property
    def view_id(self) -> str:
        """Hex digest of the bytes' hash, the frame spec and the treatment: the media part of an item's identity."""
        return view_id_of(self.clip_id, self.spec, self.treatment)

    @property
    def shown_id(self) -> str:
        """The clip_id, with "#" and the treatment behind it where there is one: what a recording goes by."""
        return f"{self.clip_id}#{self.treatment}" if self.treatment else self.clip_id


def view_id_of(clip_id: str, spec: ViewSpec, treatment: str = "") -> str:
    """The view_id a clip has under a spec and a treatment, without a view."""
    treated = (treatment,) if treatment else ()
    return digest("view", clip_id, spec.frames, spec.long_side, spec.layout, *treated).hex()


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
