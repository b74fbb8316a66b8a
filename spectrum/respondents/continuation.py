"""What a model writes after a row, and what may be asked of whatever continues rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.option_tokens import OptionForms, Tokens
from spectrum.respondents.prompt_rows import Row

Stop = Callable[[int, Tokens], bool]
"""Given a row's place among the rows and what was written after it so far, whether to write no more."""


def renumbered(stop: Stop, chosen: Sequence[int]) -> Stop:
    """The same for some of the rows: those at the places `chosen`, in that order."""
    return lambda place, tokens: stop(chosen[place], tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Continuation:
    """What the model wrote after a row."""

    tokens: Tokens
    """Without the stop token and padding."""
    stopped: bool
    """Whether a stop token ended it, rather than the limit or a stopping criterion."""
    is_number: bool
    """False where the logits of a step that counts were NaN or infinite."""
    logits: tuple[Any, ...] = ()
    """Next-token logits before each of the first steps, float32 (vocabulary,), as many as were asked for."""
    masses: tuple[float, ...] | None = None
    """Mass on each option at the row's end, not normalised; None without options, or where a pass failed."""


class Engine(Protocol):
    """Continues rows greedily. Rows share nothing but work: each is continued as it would be alone."""

    @property
    def checkpoint(self) -> Checkpoint:
        """What writes."""
        ...

    def __call__(
        self,
        rows: Sequence[Row],
        limits: Sequence[int],
        *,
        forms: Sequence[OptionForms | None] | None = None,
        stop: Stop | None = None,
        keep_steps: int = 0,
    ) -> list[Continuation | None]:
        """Up to `limits[i]` tokens after row i, and the masses of its options where it has `forms`.

        None stands for a row that exceeds the device's memory all alone.
        """
        ...
