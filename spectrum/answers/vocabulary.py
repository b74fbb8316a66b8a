"""What the words of a reply may mean, given the options: spellings, denials, yes and no in many languages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from spectrum.answers.phrases import lines, pairs, words
from spectrum.answers.text import clean, is_word, tokens

_PREFIXES = ("dis", "un", "in", "im", "non", "non-", "anti")


@dataclass(frozen=True, slots=True)
class Hit:
    """An option found in a row of words: words[start:end]."""

    start: int
    end: int
    option: int


@dataclass(slots=True)
class Vocabulary:
    """One set of options as it may be written."""

    options: tuple[str, ...]
    spellings: dict[tuple[str, ...], int] = field(default_factory=dict)
    starts: frozenset[str] = frozenset()
    longest: int = 1
    plain: dict[str, int] = field(default_factory=dict)
    """Options by their whole text, however marked up."""
    whole: dict[str, int] = field(default_factory=dict)
    """Replies that mean an option only where they are all that was said ("absolutely")."""
    affirmative: int | None = None
    negative: int | None = None
    denials: dict[int, int] = field(default_factory=dict)
    """What denying an option chooses, where denying it chooses anything."""

    def add(self, spellings: Iterable[tuple[tuple[str, ...], int]]) -> None:
        """More spellings of options; the first that was given stands."""
        for spelling, option in spellings:
            self.spellings.setdefault(spelling, option)
        self.starts = frozenset(spelling[0] for spelling in self.spellings)
        self.longest = max((len(spelling) for spelling in self.spellings), default=1)

    def polar(self, option: int) -> bool:
        """Whether an option is yes or no."""
        return option in (self.affirmative, self.negative)

    def match(self, row: list[str], place: int) -> Hit | None:
        """The longest option that starts at row[place]."""
        if row[place] not in self.starts:
            return None
        for length in range(min(self.longest, len(row) - place), 0, -1):
            option = self.spellings.get(tuple(row[place : place + length]))
            if option is not None:
                return Hit(place, place + length, option)
        return None


def plain(text: str) -> str:
    """A text's words between single blanks, marks gone; for a text without words, the text itself, trimmed."""
    found = [part for token in tokens(text) if is_word(token) for part in token.split("-")]
    return " ".join(found) if found else text.strip()


@lru_cache(maxsize=512)
def vocabulary(options: tuple[str, ...]) -> Vocabulary:
    """The vocabulary of a tuple of options."""
    known = Vocabulary(options)
    texts = [plain(clean(option)) for option in options]
    rows: list[tuple[tuple[str, ...], int]] = []
    for option, text in enumerate(texts):
        if texts.count(text) == 1:
            known.plain[text] = option
        row = tuple(token for token in tokens(clean(options[option])) if is_word(token))
        rows += [(spelling, option) for spelling in (row, tuple(text.split())) if spelling]
    known.add([*rows, *_yes_and_no(known, texts), *_going_on(texts)])
    _add_denials(known, texts)
    return known


def _yes_and_no(known: Vocabulary, texts: list[str]) -> Iterator[tuple[tuple[str, ...], int]]:
    for block in ("affirmative", "negative"):
        named = [option for option, text in enumerate(texts) if text in words(block)]
        if len(named) != 1:
            continue
        setattr(known, block, named[0])
        yield from (((word,), named[0]) for word in words(block))
        for line in lines(f"whole_{block}"):
            known.whole.setdefault(line, named[0])


def _add_denials(known: Vocabulary, texts: list[str]) -> None:
    if len(texts) != 2 or known.affirmative is not None or known.negative is not None:
        return
    for option, other in ((0, 1), (1, 0)):
        word, against = texts[option], texts[other]
        negated = {f"{prefix}{word}" for prefix in _PREFIXES} | {f"not {word}", f"no {word}", f"non {word}"}
        if (
            against in negated
            or (word, against) in pairs("opposites")
            or (word, against) in pairs("complements")
            or (against, word) in pairs("complements")
        ):
            known.denials[option] = other


def _going_on(texts: list[str]) -> Iterator[tuple[tuple[str, ...], int]]:
    """ "Keep watching" is "watch"."""
    for option, text in enumerate(texts):
        if not text.isascii() or not text.isalpha() or len(text) < 3:
            continue
        stem = text[:-1] if text.endswith("e") else text
        for gerund in (f"{stem}ing", f"{stem}{stem[-1]}ing"):
            for before in ("keep", "keep on", "continue"):
                yield (*before.split(), gerund), option
