"""Groups to ask in tests of respondents: pictures that differ by clip, and the usual forms of a question."""

import numpy as np

from spectrum.answers import AnswerSpec, ChoiceSpec
from spectrum.respondents.base import Ask, Group
from spectrum.views import ClipView
from video_index.clips import Frame, Layout, ViewSpec
from video_index.keyed import digest, integer

WOULD = ChoiceSpec(("Yes", "No"), (1.0, 0.0))
WOULD_NOT = ChoiceSpec(("Yes", "No"), (0.0, 1.0))


def picture(clip_id: str, number: int = 0, height: int = 24, width: int = 16) -> Frame:
    """A picture of one colour, keyed by clip and number."""
    colour = [integer(256, clip_id, number, channel) for channel in range(3)]
    return Frame(np.full((height, width, 3), colour, np.uint8), float(number))


def view(clip_id: str, frames: int = 1, layout: Layout = "frames") -> ClipView:
    spec = ViewSpec(frames=frames, layout=layout)
    return ClipView(clip_id, spec, lambda: tuple(picture(clip_id, number) for number in range(frames)))


def make_ask(question: str, spec: AnswerSpec = WOULD, *, salt: str = "", before: str = "", max_tokens: int = 8) -> Ask:
    return Ask(digest("test", question, before, salt).hex(), before, question, spec, max_tokens)


def make_group(
    clip_id: str, questions: int | tuple[str, ...] = 1, *, system: str = "", condition: str = "neutral", frames: int = 1
) -> Group:
    texts = tuple(f"Would you watch it? ({n})" for n in range(questions)) if isinstance(questions, int) else questions
    asks = tuple(make_ask(text, salt=f"{clip_id} {condition}") for text in texts)
    return Group((view(clip_id, frames),), system, asks, condition)
