"""Conditions: what is added to a question (a persona, say) and where; and the turns that come of it."""

from dataclasses import dataclass
from typing import Literal

from spectrum.errors import ConfigError
from spectrum.questions import Question

Placement = Literal["system", "after_media"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A name, the text it adds, and where. The text is added as it is."""

    name: str
    text: str = ""
    placement: Placement = "system"
    """The system turn, or the user turn between the pictures and the question."""

    def __post_init__(self) -> None:
        if self.placement not in ("system", "after_media"):
            raise ConfigError(
                f"condition {self.name!r}: placement is {self.placement!r}; it can be system or after_media"
            )


NEUTRAL = Condition("neutral")
"""The empty condition: nothing is added."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The turns of one question: the system turn ("" for none) and the two sides of the pictures."""

    system: str
    before_media: str
    after_media: str


def render(question: Question, condition: Condition = NEUTRAL) -> Rendered:
    """The question under the condition.

    Under "after_media" the condition's text stands before the question's own, with a blank line between, so that the
    last words a respondent reads are the same under every condition: the request for a one-word answer.
    """
    if condition.placement == "system" or not condition.text:
        return Rendered(condition.text, question.before_media, question.after_media)
    return Rendered("", question.before_media, f"{condition.text}\n\n{question.after_media}")
