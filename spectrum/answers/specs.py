"""What may be answered (specs) and what an answer turned out to be (outcomes)."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of an ask. Only `choice` carries a choice; a refusal is not a dislike."""

    CHOICE = "choice"
    REFUSED = "refused"
    UNPARSED = "unparsed"
    TRUNCATED = "truncated"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ChoiceSpec:
    """One of a few words. `acceptance` says how far each option means accepting the clip, 0 to 1."""

    options: tuple[str, ...]
    acceptance: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.options) < 2 or len(set(self.options)) != len(self.options):
            raise ValueError(f"a choice needs two or more distinct options, not {self.options!r}")
        if len(self.acceptance) != len(self.options):
            raise ValueError("acceptance must give one number an option")


@dataclass(frozen=True, slots=True)
class ScaleSpec:
    """A whole number from `low` to `high`."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class TextSpec:
    """Free words (a description, a reason)."""


@dataclass(frozen=True, slots=True)
class FieldsSpec:
    """Named fields of a JSON object, each with its own spec; `decision` names the field that counts."""

    fields: tuple[tuple[str, "ChoiceSpec | ScaleSpec | TextSpec"], ...]
    decision: str | None = None


AnswerSpec = ChoiceSpec | ScaleSpec | TextSpec | FieldsSpec


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as it was read: an outcome and, for `choice` only, the option (or number, or decision)."""

    outcome: Outcome
    choice: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    """For a FieldsSpec: every field that was read, as text."""
