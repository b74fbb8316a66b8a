"""What the guides' names and sizes stand for where they are run: everything that is changed is in these tables."""

import re
from collections.abc import Callable, Mapping, Sequence

NAMES = (
    (r"hf:\./model-b", "hf:{other}"),
    (r"hf:.+|RESPONDENT", "hf:{pocket}"),
    (r"openai:.+", "{served}"),
    (r"ViT-B-32/laion2b_s34b_b79k", "{embedder}"),
    (r"~/videos|CLIPS|spectrum/pocket/data/clips", "{clips}"),
    (r"(spectrum/pocket/.+)", "{root}/\\1"),
    (r"SUITE_OR_INDEX", "suite.json"),
    (r"http://HOST:6333/(.+)", "{qdrant}/\\1"),
    (r"8000", "0"),
)
"""Whole words, first match: checkpoints of the hub or a folder, API models, the default embedder, clips, a file of this
repository, a suite, a Qdrant server, a port."""

SIZES = {"--slots": "10", "--agents": "2", "--pairs": "30", "--ladder-clips": "1", "--runs": "40"}
"""Options that say how much; what the guide says is replaced by this."""

ADDED: Mapping[str, Sequence[str]] = {
    "index": ("--embedder", "{embedder}"),
    "bench": ("--limit", "30", "--ladder-clips", "1"),
    "browse": ("--slots", "10", "--agents", "2"),
    "adhere": ("--first", "2", "--per-value", "1", "--per-clip", "1"),
    "power": ("--runs", "20"),
    "calibrate": ("--fast", "--gate", "negation"),
}
"""Sizes (and the small embedder) that a command gets unless the guide says its own."""

ALSO = {
    ("browse", "--preset"): ("--agents", "1", "--until-exhausted"),
    ("bench", "--protocol"): ("--limit", "10"),
    ("adhere", "suite.json"): ("--first", "2", "--per-clip", "1"),
    ("adhere", "planted:follower?follow=0.5&strength=1"): ("--per-value", "3", "--per-clip", "1"),
}
"""In place of ADDED where a command has this word, which settles the rest."""


Here = Mapping[str, Callable[[], object]]
"""Where the stand-ins are on this machine, by the names in the tables; asked for when they are needed."""


def filled(text: str, here: Here) -> str:
    """A text of the tables with the places put in."""
    for name, place in here.items():
        if f"{{{name}}}" in text:
            text = text.replace(f"{{{name}}}", str(place()))
    return text


def stand_in(words: Sequence[str], here: Here) -> list[str]:
    """A command of a guide, `spectrum` left out, as it is run here. Every word of it stays but for its stand-in."""
    name, *rest = words
    put = [name]
    for before, word in zip(words, rest, strict=False):
        put.append(SIZES[before] if before in SIZES else filled(_named(word), here))
    assert len(put) == len(words)
    added = next((ALSO[key] for key in ALSO if key[0] == name and key[1] in words), ADDED.get(name, ()))
    for option, value in _options(added):
        if option not in words:
            put += [option, *(filled(text, here) for text in value)]
    return put


def _named(word: str) -> str:
    for pattern, put in NAMES:
        if found := re.fullmatch(pattern, word):
            return found.expand(put)
    return word


def _options(words: Sequence[str]) -> list[tuple[str, list[str]]]:
    options: list[tuple[str, list[str]]] = []
    for word in words:
        if word.startswith("--"):
            options.append((word, []))
        else:
            options[-1][1].append(word)
    return options
