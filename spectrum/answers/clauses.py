"""A reply cut into sentences and clauses, with lists of the options ("yes or no") taken out."""

from dataclasses import dataclass, field

from spectrum.answers.phrases import words
from spectrum.answers.text import ENDS, PARTS, is_word
from spectrum.answers.vocabulary import Hit, Vocabulary

_ENDS = frozenset(ENDS)
_ASKS = frozenset("?؟")
_PARTS = frozenset(PARTS)
_JOINING_MARKS = frozenset("/|")
BREAK = "&"
"""Stands among a clause's `before` marks for a word such as "but"."""


@dataclass(slots=True)
class Clause:
    """Words between two marks."""

    words: list[str]
    before: str
    """The marks since the clause before it."""
    first: bool
    """Whether it begins its sentence."""


@dataclass(slots=True)
class Sentence:
    """Clauses up to a full stop, a question mark or a line's end."""

    clauses: list[Clause] = field(default_factory=list)
    question: bool = False

    @property
    def words(self) -> list[str]:
        """All words, in order."""
        return [word for clause in self.clauses for word in clause.words]


def sentences(stream: list[str]) -> list[Sentence]:
    """Sentences with at least one word. Quotes, emphasis and emoji part nothing."""
    found: list[Sentence] = []
    current = Sentence()
    row: list[str] = []
    marks, before = "", ""

    def close_clause() -> None:
        nonlocal row, before
        if row:
            current.clauses.append(Clause(row, before, not current.clauses))
            row = []

    for place, token in enumerate(stream):
        if is_word(token) and token not in words("breaks"):
            if not row:
                before, marks = marks, ""
            row.append(token)
        elif is_word(token) or token in _PARTS:
            close_clause()
            marks += BREAK if is_word(token) else token
        elif token in _ENDS and not _numbers(stream, place, row):
            close_clause()
            marks += token
            if current.clauses:
                current.question = token in _ASKS
                found.append(current)
                current = Sentence()
    close_clause()
    if current.clauses:
        found.append(current)
    return found


def _numbers(stream: list[str], place: int, row: list[str]) -> bool:
    """Whether the stop at `place` belongs to a number ("No. 1", "3.5"); "No." before one is then no answer."""
    if stream[place] != "." or not row or place + 1 == len(stream) or not stream[place + 1].isdigit():
        return False
    if row[-1] == "no":
        row[-1] = "number"
        return True
    return row[-1].isdigit()


def without_lists(stream: list[str], known: Vocabulary) -> list[str]:
    """The stream with every list of options ("yes or no", "like/dislike", "yes and no") replaced by a mark."""
    kept: list[str] = []
    place = 0
    while place < len(stream):
        hit = known.match(stream, place) if is_word(stream[place]) else None
        if hit is None:
            kept.append(stream[place])
            place += 1
            continue
        listed, end = _list(stream, known, hit)
        if listed:
            kept.append(";")
            place = listed
        else:
            kept.extend(stream[place:end])
            place = end
    return kept


def _list(stream: list[str], known: Vocabulary, hit: Hit) -> tuple[int, int]:
    """Where the list that begins with `hit` ends (0 where it is none), and how far was looked."""
    options, place, end = {hit.option}, hit.end, 0
    strong = False
    while True:
        after, kind = _joint(stream, place)
        if kind is None:
            break
        if kind != "," and stream[after : after + 1] == ["not"] and known.match(stream, after) is None:
            return after + 1, after + 1
        following = known.match(stream, after) if after < len(stream) else None
        if following is None or (kind == "," and strong):
            break
        if kind == "both" and known.polar(following.option) and _goes_on(stream, following.end):
            break
        options.add(following.option)
        place = following.end
        if kind != ",":
            strong, end = True, place
    return (end if strong and len(options) > 1 else 0), place


def _goes_on(stream: list[str], place: int) -> bool:
    return place < len(stream) and is_word(stream[place])


def _joint(stream: list[str], place: int) -> tuple[int, str | None]:
    """The place after what joins two options, and its kind: "or", "both", "," or None where nothing joins."""
    kind: str | None = None
    while place < len(stream):
        token = stream[place]
        if token in words("joins"):
            if kind in ("or", "both"):
                break
            kind = "both" if token in words("joins_both") else "or"
        elif token in _JOINING_MARKS:
            kind = "or"
        elif token in ",、،":
            kind = kind or ","
        elif is_word(token) or token in _ENDS or token in _PARTS - frozenset("([\\"):
            break
        place += 1
    return place, kind
