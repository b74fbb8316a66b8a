"""Option probabilities from the token log probabilities that a chat protocol gives."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from spectrum.answers import AnswerSpec, ChoiceSpec

_AMBIGUOUS = 1e-3
_UNLISTED = 1e-2
_ROUNDING = 1e-3
_LEADING_MARKS = " \t\r\n▁Ġ"


def option_probabilities(tokens: Sequence[Mapping[str, Any]] | None, spec: AnswerSpec) -> tuple[float, ...] | None:
    """Mass on each option at the answer's first token, surface forms (case, leading space) summed.

    `tokens` is OpenAI's `logprobs.content`: a written token each, with its `top_logprobs`. The answer's place
    is the first token that is not white space, after a closed <think> block where there is one.

    A listed token counts for an option that it spells, or that it begins and no other option begins with
    (an option of several tokens counts by its first). The masses are not normalised. None, never a guess:
    where no log probabilities came or the spec is no choice; where tokens that begin two options hold more
    than .001; where an option is not listed while more than .01 of the mass is not listed either; where the
    listed masses add up to more than 1; and where the written token began an option but the text went on as
    another word.
    """
    if not tokens or not isinstance(spec, ChoiceSpec):
        return None
    place = _answer_place([str(token["token"]) for token in tokens])
    if place is None:
        return None
    options = [option.casefold() for option in spec.options]
    masses = [0.0] * len(options)
    listed: set[int] = set()
    ambiguous = 0.0
    top = _distribution(tokens[place])
    for surface, mass in top.items():
        begun = [index for index, option in enumerate(options) if option.startswith(surface)]
        if len(begun) == 1:
            masses[begun[0]] += mass
            listed.add(begun[0])
        elif begun:
            ambiguous += mass
    unlisted = 1.0 - sum(_distribution(tokens[place], bare=False).values())
    if not unlisted >= -_ROUNDING:  # NaN too
        return None
    if ambiguous > _AMBIGUOUS or (len(listed) < len(options) and unlisted > _UNLISTED):
        return None
    rest = "".join(str(token["token"]) for token in tokens[place:])
    return None if _went_elsewhere(_bare(str(tokens[place]["token"])), rest, options) else tuple(masses)


def _answer_place(tokens: Sequence[str]) -> int | None:
    text = "".join(tokens)
    start = 0
    if "<think>" in text or "</think>" in text:
        closing = text.rfind("</think>")
        if closing < 0:
            return None
        start = closing + len("</think>")
    offset = 0
    for place, token in enumerate(tokens):
        if offset >= start and _bare(token):
            return place
        offset += len(token)
    return None


def _distribution(token: Mapping[str, Any], *, bare: bool = True) -> dict[str, float]:
    """Mass by surface form; the written token itself is in it even where the list left it out."""
    logs = {str(entry["token"]): float(entry["logprob"]) for entry in token.get("top_logprobs") or ()}
    logs.setdefault(str(token["token"]), float(token["logprob"]))
    masses: defaultdict[str, float] = defaultdict(float)
    for text, log in logs.items():
        surface = _bare(text) if bare else text
        if surface:
            masses[surface] += math.exp(min(log, 1.0))
    return masses


def _bare(token: str) -> str:
    return token.strip(_LEADING_MARKS).casefold()


def _went_elsewhere(surface: str, rest: str, options: Sequence[str]) -> bool:
    """Whether the written token begins an option and the text is none of those it begins."""
    begun = [option for option in options if option.startswith(surface)]
    text = rest.lstrip(_LEADING_MARKS).casefold()
    return bool(begun) and not any(_begins_with_word(text, option) for option in begun)


def _begins_with_word(text: str, word: str) -> bool:
    return text.startswith(word) and not text[len(word) : len(word) + 1].isalpha()
