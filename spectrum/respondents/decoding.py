"""Answers of a checkpoint to one group's prompts: written text and option probabilities from one pass.

This is the inside that a faster engine replaces: prompts in, `Written` out, nothing kept between calls.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from spectrum.answers import ChoiceSpec
from spectrum.respondents.base import Ask
from spectrum.respondents.option_masses import Answered, option_masses, steps_needed
from spectrum.respondents.option_tokens import OptionForms, OptionTokens
from spectrum.respondents.thinking import CLOSE, OPEN, ThinkingEnds, closing_place, opens_thinking
from spectrum.respondents.token_batches import Continuation, GreedyBatches, Row

NAN_LOGITS = "the model produced NaN logits"
OUT_OF_MEMORY = "this question alone does not fit into the device's memory"
_PROMPT_END = 24


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """An ask and its prompt, encoded as one unpadded row."""

    ask: Ask
    row: Row


@dataclass(frozen=True, slots=True)
class Written:
    """What came back for one prompt; as in `Reply`."""

    text: str = ""
    finish_reason: Literal["stop", "length"] | None = None
    probabilities: tuple[float, ...] | None = None
    tokens_out: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where an answer is to be written: after the prompt and, in `row.written`, the thinking."""

    index: int
    ask: Ask
    row: Row
    forms: OptionForms | None
    """Forms of the options of a choice that can be read here."""
    thoughts: str = ""


@dataclass(frozen=True, slots=True)
class Decoding:
    """Greedy decoding of one checkpoint: batches, the options' tokens, and how long it may think."""

    batches: GreedyBatches
    options: OptionTokens
    think_budget: int = 0
    write: bool = True
    """False: option probabilities of choices only, no text; other asks are written all the same. An ask's own
    `written` switches it off for that ask."""

    def answer(self, prompts: Sequence[Prompt]) -> list[Written]:
        """One `Written` a prompt, in their order. The prompts must be of one group: they share pictures."""
        found: dict[int, Written] = {}
        places: list[_Place] = []
        for index, outcome in enumerate(self._think(prompts)):
            if isinstance(outcome, Written):
                found[index] = outcome
            else:
                places.append(outcome)
        for is_choice in (True, False):
            kind = [place for place in places if (place.forms is not None) == is_choice]
            for limit in sorted({self._limit(place) for place in kind}):
                found |= self._write([place for place in kind if self._limit(place) == limit], limit)
        return [found[index] for index in range(len(prompts))]

    def _think(self, prompts: Sequence[Prompt]) -> list["_Place | Written"]:
        """The place of each answer, or, for thinking that was not closed, what was written of it."""
        opened = {id(prompt.row): opens_thinking(self._read(_end_of(prompt.row))) for prompt in prompts}
        if self.think_budget == 0:
            # An opened block of thinking has no place for the answer; the text says so by its opening tag.
            return [
                self._place(index, prompt, prompt.row, OPEN if opened[id(prompt.row)] else "")
                for index, prompt in enumerate(prompts)
            ]

        def stop(rows: Sequence[Row], start: int) -> Any:
            return ThinkingEnds(self.batches.checkpoint.tokenizer, start, [opened[id(row)] for row in rows])

        thoughts = self.batches([prompt.row for prompt in prompts], self.think_budget, stop=stop)
        return [
            self._after_thinking(index, prompt, OPEN if opened[id(prompt.row)] else "", thought)
            for index, (prompt, thought) in enumerate(zip(prompts, thoughts, strict=True))
        ]

    def _after_thinking(
        self, index: int, prompt: Prompt, head: str, thought: Continuation | None
    ) -> "_Place | Written":
        if (problem := _problem(thought)) is not None or thought is None:
            return Written(error=problem)
        size = closing_place(self.batches.checkpoint.tokenizer, thought.tokens)
        text = head + self._read(thought.tokens if size is None else thought.tokens[:size])
        if not text.lstrip().startswith(OPEN):
            return self._place(index, prompt, prompt.row, "")
        if size is None:
            return Written(text, "length", tokens_out=len(thought.tokens))
        return self._place(index, prompt, replace(prompt.row, written=thought.tokens[:size]), text)

    def _place(self, index: int, prompt: Prompt, row: Row, thoughts: str) -> _Place:
        spec = prompt.ask.answer_spec
        readable = isinstance(spec, ChoiceSpec) and (not thoughts or CLOSE in thoughts)
        forms = self.options.forms(spec.options) if isinstance(spec, ChoiceSpec) and readable else None
        return _Place(index, prompt.ask, row, forms, thoughts)

    def _write(self, places: Sequence[_Place], limit: int) -> dict[int, Written]:
        keep = max((steps_needed(place.forms) for place in places if place.forms is not None), default=0)
        answers = self.batches([place.row for place in places], limit, keep_steps=keep)
        masses = self._masses(zip(places, answers, strict=True))
        return {
            place.index: self._written(place, answer, masses.get(place.index))
            for place, answer in zip(places, answers, strict=True)
        }

    def _masses(self, answers: Iterable[tuple[_Place, Continuation | None]]) -> dict[int, tuple[float, ...] | None]:
        readable = {
            place.index: Answered(place.row, place.forms, answer)
            for place, answer in answers
            if place.forms is not None and answer is not None and answer.is_number
        }
        return dict(zip(readable, option_masses(self.batches, list(readable.values())), strict=True))

    def _written(self, place: _Place, answer: Continuation | None, probabilities: tuple[float, ...] | None) -> Written:
        if (problem := _problem(answer)) is not None or answer is None:
            return Written(error=problem)
        if self._scores_only(place):
            return Written(probabilities=probabilities)
        tokenizer = self.batches.checkpoint.tokenizer
        return Written(
            text=place.thoughts + str(tokenizer.decode(list(answer.tokens), skip_special_tokens=True)),
            finish_reason="stop" if answer.stopped else "length",
            probabilities=probabilities,
            tokens_out=len(place.row.written) + len(answer.tokens),
        )

    def _limit(self, place: _Place) -> int:
        return 1 if self._scores_only(place) else place.ask.max_tokens

    def _scores_only(self, place: _Place) -> bool:
        return place.forms is not None and not (self.write and place.ask.written)

    def _read(self, tokens: Sequence[int]) -> str:
        tokenizer = self.batches.checkpoint.tokenizer
        return str(tokenizer.decode(list(tokens), skip_special_tokens=False))


def _problem(continuation: Continuation | None) -> str | None:
    if continuation is None:
        return OUT_OF_MEMORY
    return None if continuation.is_number else NAN_LOGITS


def _end_of(row: Row) -> list[int]:
    tokens: list[int] = row.inputs["input_ids"][0, -_PROMPT_END:].tolist()
    return tokens
