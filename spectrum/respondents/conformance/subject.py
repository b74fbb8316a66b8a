"""A checkpoint under examination: what its engine gives for a group, and what the model gives for one prompt alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spectrum.errors import RespondentError
from spectrum.respondents.base import Ask
from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.continuation import Continuation, Engine
from spectrum.respondents.engine_probe import tolerance, whole_prompt_chances
from spectrum.respondents.local_copies import Copy
from spectrum.respondents.prompt_layout import PromptLayout, pictures_key, shown_frames
from spectrum.respondents.prompt_rows import PromptRows, Row
from spectrum.views import ClipView
from video_index.clips import Frame, ViewSpec

STEPS = 3
"""Steps of an answer that are compared beside its first."""


@dataclass(frozen=True, slots=True)
class Put:
    """Questions about one clip under one system turn."""

    frames: tuple[Frame, ...]
    system: str
    asks: tuple[Ask, ...]
    layout: Literal["frames", "video"] = "frames"


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What came back for one question."""

    row: Row
    continuation: Continuation

    @property
    def chances(self) -> Any:
        """Probabilities of the first token, float32 (vocabulary,)."""
        return self.continuation.logits[0].float().softmax(dim=-1)


class Subject:
    """Puts questions to one copy's engine; `clip_first` lays prompts out with the pictures first."""

    def __init__(self, copy: Copy, *, clip_first: bool = False) -> None:
        self.copy = copy
        self.layout = (
            PromptLayout(copy.checkpoint.processor, thinking=False, clip_first=True) if clip_first else copy.layout
        )
        self.rows = PromptRows(copy.checkpoint, self.layout) if clip_first else copy.rows

    @property
    def checkpoint(self) -> Checkpoint:
        """What is examined."""
        return self.copy.checkpoint

    @property
    def tolerance(self) -> float:
        """How far probabilities may lie apart."""
        return tolerance(self.checkpoint)

    def encode(self, put: Put) -> list[Row]:
        """The questions' prompts. Raises RespondentError where one cannot be written."""
        view = ClipView("conformance", ViewSpec(frames=len(put.frames), layout=put.layout), lambda: put.frames)
        media = shown_frames(put.frames, put.layout)
        rows = self.rows.encode(put.system, put.asks, [media], pictures_key([view], [put.frames]))
        for row in rows:
            if not isinstance(row, Row):
                raise RespondentError(str(row))
        return [row for row in rows if isinstance(row, Row)]

    def answer(self, put: Put, engine: Engine | None = None) -> list[Given]:
        """What the engine writes for the questions together, with the logits of the first steps."""
        rows = self.encode(put)
        engine = engine or self.copy.engine
        continued = engine(rows, [ask.max_tokens for ask in put.asks], keep_steps=STEPS)
        return [Given(row, _whole(one)) for row, one in zip(rows, continued, strict=True)]

    def alone(self, row: Row, written: Sequence[int] = ()) -> Any:
        """Probabilities of the next token, by one forward of the whole prompt and nothing else."""
        return whole_prompt_chances(self.checkpoint, row, written)


def _whole(continuation: Continuation | None) -> Continuation:
    if continuation is None or not continuation.is_number or not continuation.logits:
        raise RespondentError("a trial question got no answer: out of memory, or NaN logits")
    return continuation
