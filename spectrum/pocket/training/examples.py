"""Draws what the pocket VLM practises: a picture, somebody to be, and many questions about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from spectrum.pocket.concepts import concepts
from spectrum.pocket.formats import Answers, Formats, Mind, Prompt, Shown
from video_index.keyed import integer

_MOST_TRAITS = 5


@dataclass(frozen=True, slots=True)
class Pack:
    """Questions that share a system turn, what is said before the pictures, and the pictures."""

    clips: tuple[int, ...]
    """Numbers of the clips shown, one after the other; -1 is a blank one."""
    frames: int
    system: str
    before: str
    asked: tuple[tuple[str, Answers], ...]


class Practice:
    """Draws packs. `share_personas` of them have a persona; stages differ in what they draw."""

    def __init__(self, formats: Formats, shown: Sequence[Shown], rng: np.random.Generator) -> None:
        self._formats = formats
        self._shown = shown
        self._rng = rng
        self._by_before: dict[str, tuple[Prompt, ...]] = {}
        for prompt in formats.opinions:
            self._by_before[prompt.before] = (*self._by_before.get(prompt.before, ()), prompt)

    def pack(
        self, *, personas: float, opinions: int, seen: int, others: float, direct: bool = False, rivals: bool = False
    ) -> Pack:
        """One pack: so many opinions and questions about what is seen; `others` is the chance of each other kind.

        `direct` opinions are those where yes accepts: a model that does not know yet what it likes learns nothing
        from would and would not together, which cancel. `rivals` personas have
        two traits, one for and one against something, and mostly the picture alludes to one of them.
        """
        rng, formats = self._rng, self._formats
        befores = tuple(self._by_before)
        before = befores[rng.choice(len(befores), p=_leaning(len(befores)))]
        first = int(rng.integers(len(self._shown)))
        blank = rng.random() < 0.03
        shown = None if blank else self._shown[first]
        texts, mind = self._somebody(shown, personas, rivals)
        frames = 1 if rivals else 4 if rng.random() < 0.9 else int(rng.integers(1, 4))
        if shown is not None and rng.random() < others / 2:
            return self._pair(first, shown, texts, mind)
        pool = [prompt for prompt in self._by_before[before] if not direct or _is_direct(prompt)]
        opinions = opinions if pool else 0
        prompts = [pool[place] for place in rng.integers(0, len(pool), opinions)]
        prompts += [
            self._any([one for one in formats.seen if one.before == before] or formats.seen) for _ in range(seen)
        ]
        if texts:
            alludes = [one for one in formats.alludes if one.before == before]
            prompts += alludes if rivals else [self._any(alludes)]
        if rng.random() < others:
            prompts.append(self._any(formats.scales))
        if rng.random() < others and before == "":
            prompts.append(self._any(formats.reasons))
        if rng.random() < others and before == "" and texts:
            prompts.append(formats.decision(len(texts)))
        asked = tuple((prompt.after, formats.answers(prompt, shown, mind)) for prompt in prompts)
        system = formats.introduction(texts) if texts else ""
        return Pack((-1 if blank else first,), frames, system, before, asked)

    def _pair(self, first: int, shown: Shown, texts: tuple[str, ...], mind: Mind) -> Pack:
        second = int(self._rng.integers(len(self._shown)))
        prompt = self._any(self._formats.which)
        answers = self._formats.preference(prompt, shown, self._shown[second], mind)
        system = self._formats.introduction(texts) if texts else ""
        return Pack((first, second), 4, system, prompt.before, ((prompt.after, answers),))

    def _any(self, prompts: Sequence[Prompt]) -> Prompt:
        return prompts[int(self._rng.integers(len(prompts)))]

    def _somebody(self, shown: Shown | None, share: float, rivals: bool) -> tuple[tuple[str, ...], Mind]:
        rng = self._rng
        if rng.random() >= share:
            return (), Mind()
        count = 2 if rivals else int(rng.integers(1, _MOST_TRAITS + 1))
        plain = 0 if rivals else count if rng.random() < 0.1 else int(rng.random() < 0.15)
        codes = list(self._formats.trait_words)
        rng.shuffle(codes)
        if shown is not None and rng.random() < (0.85 if rivals else 0.5):
            # Else most personas would say nothing about the picture; one trait that does is enough.
            near = [code for code in codes if code in _values()[shown.concept]][:1]
            codes = [*near, *(code for code in codes if code not in near)]
        first = 1.0 if rng.random() < 0.5 else -1.0
        traits: list[tuple[str, str, float, str]] = []
        for place, code in enumerate(codes[: max(0, count - plain)]):
            sign = first * (-1) ** place if rivals else 1.0 if rng.random() < 0.5 else -1.0
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
            template = templates[int(self._rng.integers(len(templates)))]
            word = words[int(self._rng.integers(len(words)))]
            if not held_out_trait(template, word):
                return template.format(word=word), word


def held_out_trait(template: str, word: str) -> bool:
    """Whether this word in this template is never trained on: one in five."""
    return integer(5, "held-out trait", template, word) == 0


def _is_direct(prompt: Prompt) -> bool:
    words = [option.casefold() for option in prompt.spec.options] if prompt.spec else []
    return words == ["yes", "no"] and prompt.spec is not None and prompt.spec.acceptance[0] == 1.0


def _leaning(count: int) -> list[float]:
    """Shares of what is said before the pictures: the bank's text, the first, most of all."""
    rest = 0.3 / (count - 1)
    return [0.7, *[rest] * (count - 1)]


@cache
def _values() -> dict[str, tuple[str, ...]]:
    return {concept.name: concept.values for concept in concepts()}
