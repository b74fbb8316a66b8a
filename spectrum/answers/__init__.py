"""Answers: what may be answered (specs), what came of it (outcomes), and how a written reply is read."""

from spectrum.answers.choice import parse_choice
from spectrum.answers.fields import parse
from spectrum.answers.specs import (
    Answer,
    AnswerSpec,
    ChoiceSpec,
    FieldsSpec,
    Outcome,
    ScaleSpec,
    TextSpec,
)

__all__ = [
    "Answer",
    "AnswerSpec",
    "ChoiceSpec",
    "FieldsSpec",
    "Outcome",
    "ScaleSpec",
    "TextSpec",
    "parse",
    "parse_choice",
]
