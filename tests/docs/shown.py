"""Holds what a guide shows as output against what a command prints now: the same words and layout, other figures."""

import re
from collections.abc import Iterator, Sequence

from spectrum.values import SCHWARTZ

_NUMBER = re.compile(r"[-+±<]*(?:\d[\d,]*(?:\.\d+)?|\.\d+)[%M]?")
_VALUE = re.compile("|".join(map(re.escape, SCHWARTZ.names)))
_BAR = re.compile(r"(?<= )[-+|o ]*-[-+|o ]*(?= )")


def shape(text: str) -> str:
    """Numbers, values and drawn bars taken for others of their kind, white space for one blank."""
    text = _NUMBER.sub("#", _VALUE.sub("VALUE", _BAR.sub(" ", text)))
    return " ".join(text.split())


def chunks(text: str) -> Iterator[str]:
    """Lines of tables, and sentences of running text."""
    running: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip() and line.strip() != "..." and "  " not in line.strip():
            running.append(line.strip())
            continue
        yield from (one for one in re.split(r"(?<=[.;]) (?=[A-Za-z])", " ".join(running)) if one)
        running = []
        if line.strip() not in ("", "..."):
            yield line


def missing(shown: str, printed: str, varies: Sequence[str] = ()) -> list[str]:
    """What is shown and not printed; chunks in which one of the patterns `varies` is found depend on the answers."""
    held = [one for one in chunks(shown) if not any(re.search(pattern, one) for pattern in varies)]
    assert held, "nothing of this block is held against what is printed"
    there = shape(printed)
    return [one for one in held if not all(part in there for part in shape(one).split("..."))]
