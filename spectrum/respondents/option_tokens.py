"""Which token sequences say an option, and how much probability lies on each option at the answer's place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

NEGLIGIBLE = 1e-5
"""A beginning that holds less mass than this is not followed to its end; its mass counts as outside."""

_LEADS = ("", " ", "\n", "\n\n")
_LONGEST_TOKEN = 40

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class OptionForms:
    """Every token sequence that counts for an option; no sequence stands under two options."""

    sequences: tuple[tuple[Tokens, ...], ...]
    """For each option, its sequences. None of them begins with another one of the same option."""

    @cached_property
    def tree(self) -> Mapping[Tokens, tuple[int, ...]]:
        """After each proper beginning of a sequence, () among them, the tokens that may follow it, sorted."""
        found: dict[Tokens, set[int]] = {(): set()}
        for forms in self.sequences:
            for sequence in forms:
                for size, token in enumerate(sequence):
                    found.setdefault(sequence[:size], set()).add(token)
        return {prefix: tuple(sorted(tokens)) for prefix, tokens in found.items()}

    @cached_property
    def branches(self) -> tuple[Tokens, ...]:
        """Beginnings after which the next token decides: every proper, non-empty prefix, shortest first."""
        return tuple(sorted(filter(None, self.tree), key=lambda prefix: (len(prefix), prefix)))

    def masses(self, following: Mapping[Tokens, Mapping[int, float]]) -> tuple[float, ...]:
        """Mass on each option; `following[prefix][token]` is p(token | prompt, prefix).

        A sequence whose prefix is not in `following` counts nothing. Where an option's sequence is the
        beginning of another option's ("like", "like a lot"), the longer one's mass is taken off the shorter.
        """
        found = [0.0] * len(self.sequences)
        for prefix, ends in self._ends.items():
            step = following.get(prefix)
            if step is not None:
                begun = reach(following, prefix)
                for token, option, sign in ends:
                    found[option] += sign * begun * step[token]
        return tuple(found)

    @cached_property
    def _ends(self) -> Mapping[Tokens, tuple[tuple[int, int, int], ...]]:
        """After each beginning, tokens that end a form, the option it counts for, and whether it adds or takes off."""
        found: dict[Tokens, list[tuple[int, int, int]]] = {}
        for owner, forms in enumerate(self.sequences):
            for form in forms:
                found.setdefault(form[:-1], []).append((form[-1], owner, 1))
                for longer in self._extensions(form, owner):
                    found.setdefault(longer[:-1], []).append((longer[-1], owner, -1))
        return {prefix: tuple(ends) for prefix, ends in found.items()}

    def _extensions(self, form: Tokens, owner: int) -> tuple[Tokens, ...]:
        longer = sorted(
            (
                other
                for index, forms in enumerate(self.sequences)
                if index != owner
                for other in forms
                if len(other) > len(form) and other[: len(form)] == form
            ),
            key=len,
        )
        return tuple(_without_extensions(longer))


def reach(following: Mapping[Tokens, Mapping[int, float]], tokens: Tokens) -> float:
    """Probability that the answer begins with `tokens`; 0 where a step on the way was not followed."""
    probability = 1.0
    for size, token in enumerate(tokens):
        step = following.get(tokens[:size])
        if step is None:
            return 0.0
        probability *= step[token]
    return probability


class OptionTokens:
    """Finds the surface forms of options in one tokenizer: case, leading space, leading line breaks.

    Single tokens are found by reading the whole vocabulary, longer forms by encoding the option's spellings
    where an answer would stand. A form counts only if its tokens, read back, say the option and nothing else.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._single: dict[str, list[tuple[int, str]]] | None = None
        self._known: dict[tuple[str, ...], OptionForms | None] = {}

    def forms(self, options: Sequence[str]) -> OptionForms | None:
        """The sequences of each option; None where this tokenizer cannot spell one of them."""
        key = tuple(options)
        if key not in self._known:
            self._known[key] = self._find(key)
        return self._known[key]

    def _find(self, options: tuple[str, ...]) -> OptionForms | None:
        folded = {option.strip().casefold() for option in options}
        exact = len(folded) < len(options)  # options that differ in case only keep to their own spelling
        found = tuple(self._sequences(option.strip(), exact) for option in options)
        return OptionForms(found) if all(found) else None

    def _sequences(self, option: str, exact: bool) -> tuple[Tokens, ...]:
        singles: list[Tokens] = [
            (token,) for token, text in self._vocabulary().get(option.casefold(), []) if text == option or not exact
        ]
        spellings = {option} if exact else _spellings(option)
        longer = {
            form
            for spelling in spellings
            for form in self._encodings(spelling)
            if len(form) > 1 and self._says(form, option, exact)
        }
        return tuple(_without_extensions(singles + sorted(longer, key=lambda form: (len(form), form))))

    def _encodings(self, spelling: str) -> list[Tokens]:
        """Token sequences of a spelling in the middle of text and at its start.

        Some tokenizers put a mark before the first word of any text; encoding behind other text and taking
        that off again gives the tokens without it.
        """
        found = [self._encode(spelling), self._tail("\n", spelling)]
        found += [self._tail("a", lead + spelling) for lead in _LEADS[1:]]
        return [form for form in found if form]

    def _encode(self, text: str) -> Tokens:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False))

    def _tail(self, head: str, text: str) -> Tokens:
        before, whole = self._encode(head), self._encode(head + text)
        return whole[len(before) :] if whole[: len(before)] == before else ()

    def _says(self, form: Tokens, option: str, exact: bool) -> bool:
        text = self._tokenizer.decode(list(form)).strip()
        return bool(text == option or (not exact and text.casefold() == option.casefold()))

    def _vocabulary(self) -> dict[str, list[tuple[int, str]]]:
        """Tokens by what they say alone, stripped and case-folded."""
        if self._single is None:
            self._single = {}
            texts = self._tokenizer.batch_decode([[token] for token in range(len(self._tokenizer))])
            for token, raw in enumerate(texts):
                text = raw.strip()
                if text and len(text) <= _LONGEST_TOKEN:
                    self._single.setdefault(text.casefold(), []).append((token, text))
        return self._single


def _spellings(option: str) -> set[str]:
    return {option, option.lower(), option.upper(), option[:1].upper() + option[1:], option.capitalize()}


def _without_extensions(sequences: Sequence[Tokens]) -> list[Tokens]:
    """The sequences, shortest first, less those that begin with an earlier one (whose mass holds theirs)."""
    kept: list[Tokens] = []
    for sequence in sequences:
        if not any(sequence[: len(shorter)] == shorter for shorter in kept):
            kept.append(sequence)
    return kept
