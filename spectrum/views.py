"""A clip view: what a respondent is shown of a clip. It decodes when first looked at, and not before."""

from collections.abc import Callable
from dataclasses import dataclass, field

from video_index.clips import Frame, ViewSpec
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
        return digest(
            "view", self.clip_id, self.spec.frames, self.spec.long_side, self.spec.layout
        ).hex()
