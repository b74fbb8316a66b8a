"""Answers of a checkpoint to one group's prompts: written text and option probabilities from one pass."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from spectrum.answers import ChoiceSpec
from spectrum.respondents.base import Ask
from spectrum.respondents.continuation import Continuation, Engine
from spectrum.respondents.option_tokens import OptionForms, OptionTokens
from spectrum.respondents.prompt_rows import Row
from spectrum.respondents.thinking import CLOSE, OPEN, ThinkingEnds, closing_place, opens_thinking

NAN_LOGITS = "the model produced NaN logits"
OUT_OF_MEMORY = "this question alone does not fit into the device's memory"
_PROMPT_END = 24


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """An ask and its prompt, encoded as one row."""

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
    """Greedy decoding of one checkpoint: what continues rows, the options' tokens, and how long it may think."""

    engine: Engine
    options: OptionTokens
    think_budget: int = 0
    write: bool = True
    """False: option probabilities of choices only, no text; other asks are written all the same."""

    def answer(self, prompts: Sequence[Prompt]) -> list[Written]:
        """One `Written` a prompt, in their order. The prompts must be of one group: they share pictures."""
        found: dict[int, Written] = {}
        places: list[_Place] = []
        for index, outcome in enumerate(self._think(prompts)):
            if isinstance(outcome, Written):
                found[index] = outcome
            else:
                places.append(outcome)
        answers = self.engine(
            [place.row for place in places],
            [self._limit(place) for place in places],
            forms=[place.forms for place in places],
        )
        found |= {place.index: self._written(place, answer) for place, answer in zip(places, answers, strict=True)}
        return [found[index] for index in range(len(prompts))]

    def _think(self, prompts: Sequence[Prompt]) -> list["_Place | Written"]:
        """The place of each answer, or, for thinking that was not closed, what was written of it."""
        opened = [opens_thinking(self._end_of(prompt.row)) for prompt in prompts]
        if self.think_budget == 0:
            # An opened block of thinking has no place for the answer; the text says so by its opening tag.
            return [
                self._place(index, prompt, prompt.row, OPEN if opened[index] else "")
                for index, prompt in enumerate(prompts)
            ]
        ends = ThinkingEnds(self.engine.checkpoint.tokenizer, opened)
        thoughts = self.engine([prompt.row for prompt in prompts], [self.think_budget] * len(prompts), stop=ends)
        return [
            self._after_thinking(index, prompt, OPEN if opened[index] else "", thought)
            for index, (prompt, thought) in enumerate(zip(prompts, thoughts, strict=True))
        ]

    def _after_thinking(
        self, index: int, prompt: Prompt, head: str, thought: Continuation | None
    ) -> "_Place | Written":
        if (problem := _problem(thought)) is not None or thought is None:
            return Written(error=problem)
        size = closing_place(self.engine.checkpoint.tokenizer, thought.tokens)
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

    def _written(self, place: _Place, answer: Continuation | None) -> Written:
        if (problem := _problem(answer)) is not None or answer is None:
            return Written(error=problem)
        if not self._writes(place):
            return Written(probabilities=answer.masses)
        tokenizer = self.engine.checkpoint.tokenizer
        return Written(
            text=place.thoughts + str(tokenizer.decode(list(answer.tokens), skip_special_tokens=True)),
            finish_reason="stop" if answer.stopped else "length",
            probabilities=answer.masses,
            tokens_out=len(place.row.written) + len(answer.tokens),
        )

    def _limit(self, place: _Place) -> int:
        return place.ask.max_tokens if self._writes(place) else 1

    def _writes(self, place: _Place) -> bool:
        """Whether text is wanted, or there is nothing but text to give."""
        return place.forms is None or (self.write and place.ask.written)

    def _read(self, tokens: Sequence[int]) -> str:
        return str(self.engine.checkpoint.tokenizer.decode(list(tokens), skip_special_tokens=False))

    def _end_of(self, row: Row) -> str:
        short = len(row.tail) < _PROMPT_END
        return self._read((row.head.tokens + row.tail if short else row.tail)[-_PROMPT_END:])


def _problem(continuation: Continuation | None) -> str | None:
    if continuation is None:
        return OUT_OF_MEMORY
    return None if continuation.is_number else NAN_LOGITS
