"""Resize and normalise the same pictures once, whatever number of questions is asked about them."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_KINDS = ("image_processor", "video_processor")
_CLIPS = 8

Made = list[tuple[str, dict[str, Any], Any]]
"""Of one set of pictures: which processor was called, with what options, and what it made of them."""


class PictureMemo:
    """What processors made of the last few sets of pictures, by the key of their content."""

    def __init__(self, clips: int = _CLIPS) -> None:
        self._clips = clips
        self._made: dict[str, Made] = {}

    def of(self, pictures: str) -> Made:
        """What was made of these pictures so far: a list to add to. The oldest set goes where there are too many."""
        made = self._made.pop(pictures, [])
        while len(self._made) >= self._clips:
            del self._made[next(iter(self._made))]
        self._made[pictures] = made
        return made


class _Remembering:
    """Stands in for an image or video processor while the prompts of one set of pictures are encoded."""

    def __init__(self, kind: str, processor: Any, made: Made) -> None:
        self._kind = kind
        self._processor = processor
        self._made = made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._processor, name)

    def __call__(self, pictures: Any, **options: Any) -> Any:
        for kind, their_options, made in self._made:
            if kind == self._kind and their_options == options:
                return copy.copy(made)
        asked = copy.deepcopy(options)
        made = self._processor(pictures, **options)
        self._made.append((self._kind, asked, copy.copy(made)))
        return made


@contextmanager
def pictures_processed_once(processor: Any, memo: PictureMemo, pictures: str) -> Iterator[None]:
    """Within the block, `processor` prepares the pictures with that key only once; outside it is untouched.

    Every prompt encoded within the block must show those pictures and no others. Works for every processor
    class, because all of them call `self.image_processor(images, **kwargs)`.
    """
    made = memo.of(pictures)
    own = {kind: getattr(processor, kind) for kind in _KINDS if getattr(processor, kind, None) is not None}
    try:
        for kind, inner in own.items():
            setattr(processor, kind, _Remembering(kind, inner, made))
        yield
    finally:
        for kind, inner in own.items():
            setattr(processor, kind, inner)
