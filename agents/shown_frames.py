"""Hashes of what was shown: the pixels of each frame, so that a replay can tell whether they are still the same."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from spectrum.views import ClipView
from video_index.errors import UnreadableClipError


def frame_hashes(view: ClipView) -> tuple[str, ...]:
    """blake2b (16 bytes, hex) of each frame's shape and pixels; none where the clip cannot be read."""
    try:
        frames = view.load()
    except UnreadableClipError:
        return ()
    return tuple(_hashed(frame.pixels) for frame in frames)


def _hashed(pixels: NDArray[np.uint8]) -> str:
    hasher = hashlib.blake2b(str(pixels.shape).encode(), digest_size=16)
    hasher.update(np.ascontiguousarray(pixels).tobytes())
    return hasher.hexdigest()
