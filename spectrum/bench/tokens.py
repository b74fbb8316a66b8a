"""What asking takes in pictures and tokens, roughly: within a factor of about two."""

import math

from spectrum.prompts import Rendered
from video_index.clips import Clip, ViewSpec

_CHARACTERS_A_TOKEN = 4
_PIXELS_A_TOKEN = 28 * 28
"""Of the vision towers in use, Qwen's merged patch; others differ by a factor of about two."""


def pictures_shown(clip: Clip, view: ViewSpec) -> int:
    """How many pictures show a clip."""
    return view.frames if clip.kind == "video" and view.layout == "frames" else 1


def picture_tokens(clip: Clip, view: ViewSpec) -> int:
    """Tokens of one picture at the size it is shown; a video input counts its frames in pairs."""
    scale = min(1.0, view.long_side / max(clip.width, clip.height, 1))
    tokens = math.ceil(clip.width * clip.height * scale**2 / _PIXELS_A_TOKEN)
    return tokens * math.ceil(view.frames / 2) if view.layout == "video" and clip.kind == "video" else tokens


def word_tokens(rendered: Rendered) -> int:
    """Tokens of a question's turns."""
    characters = len(rendered.system) + len(rendered.before_media) + len(rendered.after_media)
    return math.ceil(characters / _CHARACTERS_A_TOKEN)
