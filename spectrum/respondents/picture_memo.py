"""Resize and normalise a group's pictures once, whatever number of questions is asked about them."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_KINDS = ("image_processor", "video_processor")


class _Memo:
    """Stands in for an image or video processor and remembers what it made of the same objects."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        self._known: list[tuple[Any, dict[str, Any], Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._processor, name)

    def __call__(self, pictures: Any, **options: Any) -> Any:
        for known, their_options, made in self._known:
            if _same(known, pictures) and their_options == options:
                return copy.copy(made)
        asked = copy.deepcopy(options)
        made = self._processor(pictures, **options)
        self._known.append((pictures, asked, copy.copy(made)))
        return made


@contextmanager
def pictures_processed_once(processor: Any) -> Iterator[None]:
    """Within the block, `processor` prepares the same picture objects only once; outside it is untouched.

    Works for every processor class, because all of them call `self.image_processor(images, **kwargs)`. What
    is remembered ends with the block, and with it any link between one group's pictures and the next.
    """
    own = {kind: getattr(processor, kind) for kind in _KINDS if getattr(processor, kind, None) is not None}
    try:
        for kind, inner in own.items():
            setattr(processor, kind, _Memo(inner))
        yield
    finally:
        for kind, inner in own.items():
            setattr(processor, kind, inner)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is other
