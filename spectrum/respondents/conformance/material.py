"""Clips and questions that the checks put: drawn by key, small, and never two alike."""

from dataclasses import dataclass, field

import numpy as np

from spectrum.answers import TextSpec
from spectrum.respondents.base import Ask
from spectrum.respondents.conformance.subject import Put
from video_index.clips import Frame
from video_index.keyed import integer

ANSWER_TOKENS = 8
QUESTIONS = (
    "Do you like this clip? Answer yes or no.",
    "Would you keep watching a video like this one, with food and family and music in it? Yes or no?",
    "Why?",
    "Would you say that a clip like this is of no interest to you at all? Answer with one word: yes or no.",
    "Which word says it: like or dislike?",
    "Is there anything in these pictures that a careful person, who likes order and safety, would rather not "
    "have to see twice on one and the same day? Answer yes or no.",
)
PERSONA = "You are a person who values adventure, music and friends above all."
OTHER_PERSONA = "You hold on to the ways of your family and dislike what is new."

_BLOCKS = 6


def clip(name: str, *, frames: int = 2, height: int = 96, width: int = 64) -> tuple[Frame, ...]:
    """Frames of coloured blocks, another pattern for every name and frame."""
    return tuple(Frame(_blocks(name, number, height, width), 0.5 + number) for number in range(frames))


@dataclass(frozen=True, slots=True)
class Material:
    """One clip with questions."""

    name: str
    frames: tuple[Frame, ...]
    questions: tuple[str, ...] = field(default=QUESTIONS)

    def put(self, *, system: str = "", before: str = "", video: bool = False) -> Put:
        """The questions as asks about the clip."""
        asks = tuple(
            Ask(f"{self.name} {number}", before, text, TextSpec(), ANSWER_TOKENS)
            for number, text in enumerate(self.questions)
        )
        return Put(self.frames, system, asks, "video" if video else "frames")


def _blocks(name: str, number: int, height: int, width: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    colours = np.array(
        [
            [[integer(256, name, number, row, column, channel) for channel in range(3)] for column in range(_BLOCKS)]
            for row in range(_BLOCKS)
        ],
        dtype=np.uint8,
    )
    rows, columns = np.arange(height) * _BLOCKS // height, np.arange(width) * _BLOCKS // width
    return np.asarray(colours[rows][:, columns])
