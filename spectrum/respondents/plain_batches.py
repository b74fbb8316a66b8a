"""The engine for any architecture: whole prompts in left-padded batches, through the model's own `generate`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.continuation import Continuation, Stop, renumbered
from spectrum.respondents.option_masses import Answered, option_masses, steps_needed
from spectrum.respondents.option_tokens import OptionForms
from spectrum.respondents.prompt_rows import Row
from spectrum.respondents.token_batches import GreedyBatches

ROWS = 16


@dataclass(frozen=True, slots=True)
class PlainBatches:
    """Continues rows without sharing anything between them; slow, and the measure of the fast engine."""

    batches: GreedyBatches

    @property
    def checkpoint(self) -> Checkpoint:
        """What writes."""
        return self.batches.checkpoint

    def __call__(
        self,
        rows: Sequence[Row],
        limits: Sequence[int],
        *,
        forms: Sequence[OptionForms | None] | None = None,
        stop: Stop | None = None,
        keep_steps: int = 0,
    ) -> list[Continuation | None]:
        """As `Engine` says; rows of one group."""
        forms = forms or [None] * len(rows)
        done: list[Continuation | None] = [None] * len(rows)
        kinds = {(limit, form is not None) for limit, form in zip(limits, forms, strict=True)}
        for limit, is_choice in sorted(kinds):
            chosen = [i for i in range(len(rows)) if limits[i] == limit and (forms[i] is not None) == is_choice]
            steps = max((steps_needed(form) for i in chosen if (form := forms[i]) is not None), default=0)
            ends = None if stop is None else renumbered(stop, chosen)
            written = self.batches([rows[i] for i in chosen], limit, keep_steps=max(steps, keep_steps), stop=ends)
            for index, continuation in zip(chosen, written, strict=True):
                done[index] = continuation
        return self._with_masses(rows, forms, done)

    def _with_masses(
        self, rows: Sequence[Row], forms: Sequence[OptionForms | None], done: Sequence[Continuation | None]
    ) -> list[Continuation | None]:
        answered = {
            index: Answered(rows[index], form, continuation)
            for index, (form, continuation) in enumerate(zip(forms, done, strict=True))
            if form is not None and continuation is not None and continuation.is_number
        }
        masses = dict(zip(answered, option_masses(self.batches, list(answered.values())), strict=True))
        return [
            replace(one, masses=masses[index]) if one is not None and index in masses else one
            for index, one in enumerate(done)
        ]
