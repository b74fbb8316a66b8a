"""A written reply as a whole number on a scale: "7", "7/10", "seven", "Score: 7", {"rating": 7}."""

import re
from collections.abc import Mapping
from functools import cache

from spectrum.answers.clauses import sentences, without_lists
from spectrum.answers.objects import key, take_object
from spectrum.answers.phrases import lines, words
from spectrum.answers.text import is_word, tokens, without_markup
from spectrum.answers.vocabulary import Vocabulary, plain
from spectrum.answers.votes import decide, tally

_FRACTION = re.compile(r"(?<![\w.])(\d{1,9})\s{0,3}(?:/|out of|von|sur|de|из|su)\s{0,3}(\d{1,9})(?![\w])")
_SHARE = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?\s?(?:%|percent)")
_POINT_ZERO = re.compile(r"(?<![\w.,])(\d{1,9})[.,]0{1,9}(?![\w.,]?\d)")
_UNIT = re.compile(r"(?<=\d)\s?(?:分|点|점)")
_MINUS = re.compile(r"(?<![\w)])[-−](?=\d)")


def read_scale(said: str, low: int, high: int) -> int | None:
    """The whole number from `low` to `high` that a clean text gives; None where there is none, or more than one.

    "7/10" counts where 10 is `high`. Naming the scale itself ("from 1 to 10") gives no number; a percentage, a
    fraction, a range or a number outside the scale does not count.
    """
    found, around = take_object(said)
    if found is not None:
        return _from_object(found, low, high)
    stream = tokens(_numbers_alone(without_markup(around), low, high))
    values: dict[tuple[str, ...], int] = {}
    for token in stream:
        value = _value(token)
        if value is not None and not (token == "one" and plain(said) != "one"):
            values[(token,)] = value
    distinct = sorted(set(values.values()))
    known = Vocabulary(tuple(str(value) for value in distinct))
    known.add((spelling, distinct.index(value)) for spelling, value in values.items())
    option = decide(tally(sentences(without_lists(stream, known)), known), refused=lambda: False)
    if option is None:
        return None
    return distinct[option] if low <= distinct[option] <= high else None


def read_value(value: object, low: int, high: int) -> int | None:
    """A field's value as a whole number on the scale; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        return read_scale(value, low, high)
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if low <= value <= high else None


def _from_object(found: Mapping[str, object], low: int, high: int) -> int | None:
    scored = {name: value for name, value in found.items() if key(name) in words("score_keys") | words("answer_keys")}
    others = {name: value for name, value in found.items() if key(name) not in words("explaining_keys")}
    numbers = {read_value(value, low, high) for value in (scored or others).values()}
    return numbers.pop() if len(numbers) == 1 else None


def _numbers_alone(text: str, low: int, high: int) -> str:
    """The text with "7/10" as "7", without the scale's own ends, percentages and other fractions."""
    ends = rf"(?<![\w.]){low}\s{{0,3}}(?:-|–|—|to|bis|à|a|до|and)\s{{0,3}}{high}(?![\w])"
    text = re.sub(ends, " scale ", text)
    text = _FRACTION.sub(lambda match: f" {match[1]} " if int(match[2]) == high else " fraction ", text)
    text = _SHARE.sub(" percentage ", text)
    text = _POINT_ZERO.sub(r"\1", text)
    text = _UNIT.sub(" ", text)
    return _MINUS.sub("minus", text)


def _value(token: str) -> int | None:
    if not is_word(token):
        return None
    if token.startswith("minus") and token[5:].isdecimal() and len(token) < 20:
        return -int(token[5:])
    if token.isdecimal():
        return int(token) if len(token) < 16 else None
    return _number_words().get(token)


@cache
def _number_words() -> dict[str, int]:
    rows = [line.split() for line in lines("numbers")]
    return {name: int(number) for number, *names in rows for name in names}
