"""The contract between those who ask and whatever answers. Everything here is frozen: no state between asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from spectrum.answers import AnswerSpec
from spectrum.views import ClipView


@dataclass(frozen=True, slots=True)
class Ask:
    """One question about the group's media, as it is put."""

    ask_id: str
    before_media: str
    """Text of the user turn that precedes the pictures ("" for none)."""
    after_media: str
    """Text of the user turn that follows the pictures."""
    answer_spec: AnswerSpec
    max_tokens: int = 8
    """Bound on the written answer, thinking apart."""
    written: bool = True
    """False: option probabilities are enough. A respondent that cannot score alone writes all the same."""


@dataclass(frozen=True, slots=True)
class Group:
    """Asks that share their media and system turn, so that a respondent may share the work."""

    media: tuple[ClipView, ...]
    system: str
    """System turn; "" for none."""
    asks: tuple[Ask, ...]
    condition: str = "neutral"
    """The condition's name, for respondents that keep tables by it; its text is in the turns already."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one ask: the written text and, where the respondent gives them, option probabilities."""

    ask_id: str
    text: str = ""
    finish_reason: str | None = None
    """"stop", "length", "content_filter" or None where unknown."""
    probabilities: tuple[float, ...] | None = None
    """Mass on each option of a ChoiceSpec at the answer's place, surface forms summed; NOT normalised, so
    that 1 - sum is the mass outside the options. None where not available."""
    tokens_in: int = 0
    tokens_out: int = 0
    latency_s: float = 0.0
    error: str | None = None
    """Why there is no answer, in a line, where the ask failed for good; the text is then ""."""


@runtime_checkable
class Respondent(Protocol):
    """Whatever answers. Implementations keep nothing of one group when they answer the next."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hex digest of all that makes its answers its own (weights, tokenizer, template; never a path)."""
        ...

    @property
    def settings(self) -> dict[str, str]:
        """Generation settings by name, as they enter ask_id and manifest (decoding, dtype, think budget)."""
        ...

    @property
    def concurrency(self) -> int:
        """How many groups may be answered at once (1 for a local model); `answer` is then called from threads.

        It may change from one moment to the next: whoever asks reads it again as groups come back.
        """
        ...

    def answer(self, group: Group) -> Sequence[Reply]:
        """One reply an ask, in the order of `group.asks`.

        An ask that fails for good becomes a Reply with `error`; RespondentError is raised only where no
        further ask can succeed, BudgetReached where the user's budget is spent.
        """
        ...

    def close(self) -> None:
        """Free what is held; called once."""
        ...


def scores_alone(respondent: Respondent) -> bool:
    """Whether it can give option probabilities without writing: its own `scores_alone`, where it has one."""
    return bool(getattr(respondent, "scores_alone", False))


def writing_costs(respondent: Respondent) -> bool:
    """Whether written answers cost it clearly more than option probabilities: its own `writing_costs`, if any."""
    return bool(getattr(respondent, "writing_costs", False))
