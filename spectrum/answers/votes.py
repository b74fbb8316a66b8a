"""Clauses that state an option, and what they amount to together.

A clause states an option where it holds that option and otherwise only words people answer with ("I would say yes",
"it is a hard no"), or where a first-person clause goes on to its object ("I like how the dog jumps"). Everything else
that mentions an option states nothing. Statements that differ leave no answer: never a guess.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum

from spectrum.answers.clauses import BREAK, Clause, Sentence
from spectrum.answers.phrases import lines, words
from spectrum.answers.refusals import refuses_help
from spectrum.answers.vocabulary import Hit, Vocabulary


class Rank(IntEnum):
    """How openly a clause answers: higher outranks lower."""

    PARTIAL = 0
    """Of some part of it: "I like the colours"."""
    DESCRIBED = 1
    """Of the clip: "it is interesting"."""
    STATED = 2
    """As an answer: "yes", "I would skip it"."""
    LABELLED = 3
    """"Answer: yes"."""
    FINAL = 4
    """"Final answer: yes"."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One option, stated by one clause."""

    option: int
    rank: Rank
    opening: bool
    """Whether nothing was said before it."""
    placed: bool
    """Whether it stands where answers stand: a sentence's start, the first or last sentence, first person, a label."""


@dataclass(slots=True)
class Tally:
    """All votes of a reply, and the options it merely mentions."""

    votes: list[Vote]
    mentioned: set[int]
    conflict: bool = False
    """Whether one clause named two options as if both were the answer."""


def tally(found: list[Sentence], known: Vocabulary) -> Tally:
    """Read every sentence. A question holds no answer, save one that begins with it ("Yes, who would not?"); the bare
    question "yes?" supports nothing, but an answer that differs from it is then in doubt.
    """
    result = Tally([], set())
    places = [place for place, sentence in enumerate(found) if not sentence.question]
    first, last = (places[0], places[-1]) if places else (0, 0)
    for place, sentence in enumerate(found):
        _read(sentence, known, result, edge=place in (first, last) and not sentence.question, opening=place == 0)
    return result


def _read(sentence: Sentence, known: Vocabulary, result: Tally, edge: bool, opening: bool) -> None:
    clauses = sentence.clauses
    hits = [scan(clause.words, known) for clause in clauses]
    if sentence.question:
        alone = bool(hits[0]) and not any(hits[1:]) and len(clauses[0].words) == hits[0][0].end
        clauses = clauses[:1] if alone else []
    votes: list[Vote] = []
    loose: set[int] = set()
    hanging = False
    for place, clause in enumerate(clauses):
        hanging = hanging and BREAK not in clause.before
        vote = None
        if hits[place]:
            previous = clauses[place - 1] if place else None
            options = {hit.option for hit in hits[place]}
            vote = _vote(clause, hits[place], known, previous, edge, opening and place == 0)
            if vote is None and clause.words[0] in words("joins") and clause.words[1:]:
                vote = _added(clause, known)
            if vote is None and len(options) > 1 and _only_filler(clause.words, hits[place], known):
                result.conflict = True
            if vote is None or hanging:
                loose |= set() if _denied(clause, hits[place], known) else options
            else:
                votes.append(vote)
        hanging = hanging or _conditional(clause.words)
    if sentence.question and len(sentence.clauses) == 1:
        votes = [replace(vote, placed=False) for vote in votes]
    result.mentioned |= loose
    result.votes += [vote for vote in votes if _stands(vote, sentence, known, loose)]


def _denied(clause: Clause, hits: list[Hit], known: Vocabulary) -> bool:
    """Whether the clause only says which answer it is not ("not a no"): no answer, and no doubt cast on another."""
    hit = hits[0]
    negated = any(word in words("negators") for word in clause.words[: hit.start])
    return len(hits) == 1 and known.polar(hit.option) and negated and _only_filler(clause.words, hits, known)


def _added(clause: Clause, known: Vocabulary) -> Vote | None:
    """An afterthought ("... or no", "and also no"): it supports nothing, but puts a different answer in doubt."""
    row = clause.words[1:]
    hits = scan(row, known)
    if len({hit.option for hit in hits}) != 1 or not _only_filler(row, hits, known):
        return None
    return Vote(hits[0].option, Rank.STATED, opening=False, placed=False)


def _stands(vote: Vote, sentence: Sentence, known: Vocabulary, loose: set[int]) -> bool:
    others = loose - {vote.option}
    if others and vote.rank < Rank.LABELLED and (known.polar(vote.option) or vote.rank == Rank.DESCRIBED):
        return False
    declined = vote.option == known.negative and refuses_help(" ".join(sentence.words))
    return not declined


def scan(row: list[str], known: Vocabulary) -> list[Hit]:
    """The options in a row of words. Left out: "no" before a noun, "like" in a comparison or a wish."""
    hits: list[Hit] = []
    place = 0
    while place < len(row):
        hit = known.match(row, place)
        if hit is None:
            place += 1
            continue
        if not _idle(row, hit, known):
            hits.append(hit)
        place = hit.end
    return hits


def _idle(row: list[str], hit: Hit, known: Vocabulary) -> bool:
    after = row[hit.end] if hit.end < len(row) else None
    if known.polar(hit.option):
        bare = words("after_bare_yes_or_no") | words("after_yes_or_no")
        determines = hit.option == known.negative and after is not None
        return determines and after not in bare and known.match(row, hit.end) is None
    if row[hit.start : hit.end] != ["like"]:
        return False
    before = row[hit.start - 1] if hit.start else None
    labelled = any(word in words("labels") for word in row[: hit.start])
    return after in words("wishing") or (before in words("comparing") and not labelled)


def _vote(
    clause: Clause, hits: list[Hit], known: Vocabulary, previous: Clause | None, edge: bool, opening: bool
) -> Vote | None:
    row, hit = clause.words, hits[0]
    if len({found.option for found in hits}) > 1 or _quoted_from(clause, previous):
        return None
    denied = any(word in words("negators") for word in row[: hit.start])
    row, hits = _from_statement(row, hits)
    hit = hits[0]
    prefix = row[: hit.start]
    polar = known.polar(hit.option)
    whole = _only_filler(row, hits, known)
    if not whole and not _goes_on(row, hit, polar):
        return None
    option: int | None = hit.option
    if denied:
        option = known.denials.get(hit.option)
    if option is None or (not polar and not whole and "i" not in prefix and not _copular(prefix)):
        return None
    if not polar and not prefix and hit.end < len(row) and not clause.first:
        return None
    rank = _rank(prefix, polar, whole, clause, previous)
    placed = edge or clause.first or "i" in prefix or rank >= Rank.LABELLED
    return Vote(option, rank, opening, placed)


def _rank(prefix: list[str], polar: bool, whole: bool, clause: Clause, previous: Clause | None) -> Rank:
    label = set(prefix)
    if previous is not None and clause.before and all(_before(word) for word in previous.words):
        label |= set(previous.words)
    if label & words("labels") or label & words("finals"):
        return Rank.FINAL if label & words("finals") else Rank.LABELLED
    if not whole and not polar:
        return Rank.PARTIAL
    if not polar and "i" not in prefix and _copular(prefix):
        return Rank.DESCRIBED
    return Rank.STATED


def _copular(prefix: list[str]) -> bool:
    return any(word in words("copulas") for word in prefix)


def _from_statement(row: list[str], hits: list[Hit]) -> tuple[list[str], list[Hit]]:
    """The clause from its "I would say" on, where it has one before the option."""
    start = hits[0].start
    own = next((place for place in range(start - 1, -1, -1) if row[place] in ("i", "my")), None)
    if own is None or not any(word in words("answering") for word in row[own:start]):
        return row, hits
    return row[own:], [Hit(hit.start - own, hit.end - own, hit.option) for hit in hits]


def _before(word: str) -> bool:
    return word in words("before_option") or word in words("negators") or word.isdigit()


def _only_filler(row: list[str], hits: list[Hit], known: Vocabulary) -> bool:
    """Whether the clause says the option and nothing else."""
    closing = words("after_yes_or_no") if known.polar(hits[0].option) else words("after_option")
    held = {place for hit in hits for place in range(hit.start, hit.end)}
    first = hits[0].start
    if any(row[place] in ("have", "had") and row[place + 1] != "to" for place in range(first)):
        return False
    return all(
        place in held or (_before(word) if place < first else word in closing or (len(hits) > 1 and _before(word)))
        for place, word in enumerate(row)
    )


def _goes_on(row: list[str], hit: Hit, polar: bool) -> bool:
    """Whether the clause begins with its option stated, and goes on in a way that leaves it so."""
    if hit.end == len(row) or not all(_before(word) for word in row[: hit.start]):
        return False
    after = row[hit.end]
    if polar:
        then = row[hit.end + 1] if after == "and" and hit.end + 1 < len(row) else after
        return then in words("after_bare_yes_or_no")
    prefix = row[: hit.start]
    if _copular(prefix) and after in words("reason_begins"):
        return True
    return "i" in prefix and after in words("object_begins")


def _quoted_from(clause: Clause, previous: Clause | None) -> bool:
    """Whether the clause is what a sign or a caption says."""
    if previous is None or BREAK in clause.before or not set(clause.before) & set(":,-–—"):
        return False
    return previous.words[-1] in words("mentions")


def _conditional(row: list[str]) -> bool:
    if any(word in words("conditional") for word in row):
        return True
    text = f" {' '.join(row)} "
    return any(f" {phrase} " in text for phrase in lines("conditional_phrases"))


def decide(result: Tally, refused: Callable[[], bool]) -> int | None:
    """The option that the votes agree on; None where there is none or where they differ.

    A final answer outranks all else; a labelled one all but a different opening. Where the reply also declines to
    answer, a mere description of the clip is no answer.
    """
    finals = {vote.option for vote in result.votes if vote.rank == Rank.FINAL}
    if finals:
        return finals.pop() if len(finals) == 1 else None
    labelled = {vote.option for vote in result.votes if vote.rank == Rank.LABELLED}
    if labelled:
        opening = {vote.option for vote in result.votes if vote.opening}
        return labelled.pop() if len(labelled) == 1 and opening <= labelled else None
    options = {vote.option for vote in result.votes}
    if result.conflict or len(options) != 1:
        return None
    option = options.pop()
    counted = [vote for vote in result.votes if vote.placed]
    if not any(vote.rank >= Rank.STATED for vote in counted) and (not counted or refused()):
        return None
    if all(vote.rank == Rank.PARTIAL for vote in counted) and result.mentioned - {option}:
        return None
    return option
