"""Draws what the pocket VLM practises: somebody to be, things to see or be told of, and questions about them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np

from spectrum.pocket.concepts import concepts
from spectrum.pocket.formats import Answers, Formats, Mind, Prompt, Shown
from video_index.keyed import integer

T = TypeVar("T")

_MOST_TRAITS = 6
_MOST_ORDERS = 120
_BLANKS = 0.03
"""Share of pictures that show nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answers."""

    text: str
    answers: Answers
    kind: str
    """The prompt's kind; "turned" for an opinion that a persona turns round."""


@dataclass(frozen=True, slots=True)
class Block:
    """Questions that share what is said before the pictures, and the pictures or a name in their place."""

    before: str
    told: str
    """What is named in place of pictures; "" where pictures are shown."""
    clips: tuple[int, ...]
    """Numbers of the clips shown, one after the other; -1 is a blank one."""
    frames: int
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """Blocks that share a system turn."""

    system: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Mix:
    """What packs are made of."""

    told: float
    """Share of steps that name things in place of pictures."""
    personas: float
    """Share of packs with a persona."""
    blocks: int
    asked: int
    """Questions a block."""
    kinds: Mapping[str, float]
    """Weight of each kind of question: those of Prompt, with "seen" for all about what is seen."""
    direct: bool = False
    """Opinions are those where yes accepts: would and would not cancel while nobody knows what is liked."""
    which: float = 0.0
    """Share of blocks that put two clips side by side."""
    one_frame: float = 0.0
    """Share of blocks that show one frame in place of four."""


class Practice:
    """Draws packs."""

    def __init__(self, formats: Formats, shown: Sequence[Shown], rng: np.random.Generator) -> None:
        self._formats = formats
        self._shown = shown
        self._rng = rng
        self._prompts: dict[str, tuple[Prompt, ...]] = {
            "opinion": formats.opinions,
            "seen": formats.seen,
            "trait": formats.alludes,
            "feeling": formats.feels,
            "scale": formats.scales,
            "reason": formats.reasons,
        }
        for prompt in formats.seen:
            self._prompts[prompt.kind] = (*self._prompts.get(prompt.kind, ()), prompt)
        self._befores = tuple(dict.fromkeys(prompt.before for prompt in formats.opinions))
        self._fitting: dict[tuple[str, str, bool, bool], tuple[Prompt, ...]] = {}
        self._clips: dict[str, list[int]] = {}
        self._things: dict[str, list[str]] = {}
        for number, one in enumerate(shown):
            for code in _values()[one.concept]:
                self._clips.setdefault(code, []).append(number)
        for concept in concepts():
            for code in concept.values:
                self._things.setdefault(code, []).append(concept.name)
        self._names = [concept.name for concept in concepts()]

    def packs(self, mix: Mix, count: int) -> list[Pack]:
        """The packs of one step: all in words, or all with pictures, so that rows are of like length."""
        told = bool(self._rng.random() < mix.told)
        return [self._pack(mix, told) for _ in range(count)]

    def _pack(self, mix: Mix, told: bool) -> Pack:
        traits, mind = self._somebody() if self._rng.random() < mix.personas else ((), Mind())
        system = self._formats.introduction(traits) if traits else ""
        return Pack(system, tuple(self._block(mix, told, len(traits), mind) for _ in range(mix.blocks)))

    def _block(self, mix: Mix, told: bool, traits: int, mind: Mind) -> Block:
        rng = self._rng
        before = self._befores[rng.choice(len(self._befores), p=_leaning(len(self._befores)))]
        near = self._near(mind)
        if told:
            shown = Shown(self._told(near, mind))
            asked = self._questions(mix, before, shown, traits, mind, told)
            return Block(before, shown.concept, (), 0, asked)
        if rng.random() < _BLANKS:
            return Block(before, "", (-1,), 4, self._questions(mix, before, None, traits, mind, told))
        clip = self._any(self._clips[near]) if near else int(rng.integers(len(self._shown)))
        frames = 1 if rng.random() < mix.one_frame else 4 if rng.random() < 0.9 else int(rng.integers(2, 4))
        if rng.random() < mix.which:
            return self._pair(clip, mind)
        return Block(before, "", (clip,), frames, self._questions(mix, before, self._shown[clip], traits, mind, told))

    def _questions(
        self, mix: Mix, before: str, shown: Shown | None, traits: int, mind: Mind, told: bool
    ) -> tuple[Asked, ...]:
        kinds = [kind for kind in mix.kinds if traits or kind not in ("trait", "feeling", "decision")]
        weights = np.array([mix.kinds[kind] for kind in kinds])
        found: list[Asked] = []
        for place in self._rng.choice(len(kinds), mix.asked, p=weights / weights.sum()):
            kind = kinds[place]
            if kind == "decision":
                prompts: Sequence[Prompt] = (self._formats.decision(traits),) if before == "" else ()
            else:
                prompts = self._fit(kind, before, told, mix.direct)
            if prompts:
                prompt = self._any(prompts)
                found.append(self._asked(prompt, shown, mind))
        return tuple(found)

    def _asked(self, prompt: Prompt, shown: Shown | None, mind: Mind) -> Asked:
        answers, kind = self._formats.answers(prompt, shown, mind), prompt.kind
        if (
            kind == "opinion"
            and mind.traits
            and _likeliest(answers) != _likeliest(self._formats.answers(prompt, shown, Mind()))
        ):
            kind = "turned"
        return Asked(prompt.after, answers, kind)

    def _fit(self, kind: str, before: str, told: bool, direct: bool) -> tuple[Prompt, ...]:
        """Prompts of a kind that follow what is said before, can be answered from a name, and are direct."""
        key = (kind, before, told, direct)
        if key not in self._fitting:
            found = [prompt for prompt in self._prompts[kind] if prompt.before == before]
            if told:
                found = [prompt for prompt in found if prompt.kind not in ("palette", "scenery", "count", "text",
                                                                           "description")]  # fmt: skip
            if direct and kind == "opinion":
                found = [prompt for prompt in found if _is_direct(prompt)]
            self._fitting[key] = tuple(prompt for prompt in found for _ in range(_times(prompt)))
        return self._fitting[key]

    def _pair(self, first: int, mind: Mind) -> Block:
        second = int(self._rng.integers(len(self._shown)))
        prompt = self._any(self._formats.which)
        answers = self._formats.preference(prompt, self._shown[first], self._shown[second], mind)
        return Block(prompt.before, "", (first, second), 4, (Asked(prompt.after, answers, "which"),))

    def _near(self, mind: Mind) -> str:
        """A value that a trait names, for most of what a persona is shown; else ""."""
        codes = [code for code, _ in mind.traits if code]
        return self._any(codes) if codes and self._rng.random() < 0.65 else ""

    def _told(self, near: str, mind: Mind) -> str:
        rng = self._rng
        if rng.random() < 0.7:
            return self._any(self._things[near] if near else self._names)
        if near and rng.random() < 0.5:
            return self._any([word for word, (code, _) in zip(mind.words, mind.traits, strict=True) if code == near])
        words = self._formats.trait_words
        return self._any(words[near or self._any(tuple(words))])

    def _any(self, options: Sequence[T]) -> T:
        return options[int(self._rng.integers(len(options)))]

    def _somebody(self) -> tuple[tuple[str, ...], Mind]:
        rng = self._rng
        count = int(rng.integers(1, _MOST_TRAITS + 1))
        plain = count if rng.random() < 0.05 else int(rng.random() < 0.15)
        codes = list(self._formats.trait_words)
        rng.shuffle(codes)
        traits: list[tuple[str, str, float, str]] = []
        while len(traits) < count - plain:
            code, sign = codes[len(traits)], 1.0 if rng.random() < 0.5 else -1.0
            if traits and rng.random() < 0.15:
                _, code, sign, _ = traits[-1]  # a value named twice
            text, word = self._trait(code, sign)
            traits.append((text, code, sign, word))
        for place in rng.integers(0, len(self._formats.plain_traits), min(plain, count)):
            traits.append((self._formats.plain_traits[place], "", 0.0, "nothing"))
        order = [traits[int(place)] for place in rng.permutation(len(traits))]
        mind = Mind(tuple((code, sign) for _, code, sign, _ in order), tuple(word for _, _, _, word in order))
        return tuple(text for text, _, _, _ in order), mind

    def _trait(self, code: str, sign: float) -> tuple[str, str]:
        templates, words = self._formats.trait_templates()[sign], self._formats.trait_words[code]
        while True:
            template, word = self._any(templates), self._any(words)
            if not held_out_trait(template, word):
                return template.format(word=word), word


def held_out_trait(template: str, word: str) -> bool:
    """Whether this word in this template is never trained on: one in five."""
    return integer(5, "held-out trait", template, word) == 0


def _is_direct(prompt: Prompt) -> bool:
    words = [option.casefold() for option in prompt.spec.options] if prompt.spec else []
    return words == ["yes", "no"] and prompt.spec is not None and prompt.spec.acceptance[0] == 1.0


def _times(prompt: Prompt) -> int:
    """How often a prompt is in the bag: sets of three and of five actions come equally often, in all their orders."""
    return _MOST_ORDERS // math.factorial(len(prompt.spec.options)) if prompt.kind == "opinion" and prompt.spec else 1


def _likeliest(answers: Answers) -> str:
    return max(answers, key=lambda answer: answer[1])[0]


def _leaning(count: int) -> list[float]:
    """Shares of what is said before the pictures: the bank's text, the first, most of all."""
    rest = 0.3 / (count - 1)
    return [0.7, *[rest] * (count - 1)]


@cache
def _values() -> dict[str, tuple[str, ...]]:
    return {concept.name: concept.values for concept in concepts()}
