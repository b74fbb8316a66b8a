"""A written reply as a choice among options, a refusal, nothing readable, or cut short. Never a guess."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from spectrum.answers.clauses import sentences, without_lists
from spectrum.answers.objects import as_text, key, take_object
from spectrum.answers.phrases import words
from spectrum.answers.refusals import refuses
from spectrum.answers.specs import Answer, Outcome
from spectrum.answers.text import clean, tokens, without_markup, without_thinking
from spectrum.answers.vocabulary import Vocabulary, plain, vocabulary
from spectrum.answers.votes import decide, tally

Refused = Callable[[], bool]
"""Whether the whole reply declines; asked only where it matters, for it is the slowest thing to know."""

_DEEPEST = 4
_MOST_OBJECTS = 8
_LONGEST_BARE = 2000


def parse_choice(text: str, options: Sequence[str], *, finish_reason: str | None = None) -> Answer:
    """What a reply chose.

    `choice`: it states one of `options` (given back as spelled there), bare or in a sentence, in an object, under a
    label, after thinking; yes and no are known in many languages. `refused`: it declines, or the provider's filter
    ended it. `truncated`: a thought is left open, or the length limit ended it (`finish_reason`) before a choice.
    `unparsed`: anything else, two options among it. Takes time linear in the text's length and never raises.
    """
    if finished_by_filter(finish_reason):
        return Answer(Outcome.REFUSED)
    said, thinking = without_thinking(clean(text))
    if thinking:
        return Answer(Outcome.TRUNCATED)
    refused = cache(lambda: refuses(said))
    known = vocabulary(tuple(options))
    option = _option(said, known, refused)
    if option is not None:
        return Answer(Outcome.CHOICE, known.options[option])
    return Answer(without_choice(refused(), finish_reason))


def without_choice(refused: bool, finish_reason: str | None) -> Outcome:
    """The outcome of a reply that holds no choice: what a length limit cut might have gone on to choose."""
    if finished_by_length(finish_reason):
        return Outcome.TRUNCATED
    return Outcome.REFUSED if refused else Outcome.UNPARSED


def finished_by_filter(finish_reason: str | None) -> bool:
    """Whether a provider ended the reply for its content ("content_filter", "refusal", "SAFETY")."""
    return (finish_reason or "").casefold() in words("finish_filtered")


def finished_by_length(finish_reason: str | None) -> bool:
    """Whether the token limit ended the reply ("length", "max_tokens")."""
    return (finish_reason or "").casefold() in words("finish_cut")


def _option(said: str, known: Vocabulary, refused: Refused) -> int | None:
    if "?" not in said and len(said) < _LONGEST_BARE:
        whole = plain(said)
        bare = known.plain.get(whole, known.plain.get(said.strip()))
        bare = known.whole.get(whole) if bare is None else bare
        if bare is not None:
            return bare
    from_objects, around = _from_objects(said, known, refused)
    stream = without_lists(tokens(without_markup(around)), known)
    in_text = decide(tally(sentences(stream), known), refused)
    stated = from_objects | ({in_text} - {None})
    return stated.pop() if len(stated) == 1 else None


def _from_objects(said: str, known: Vocabulary, refused: Refused) -> tuple[set[int | None], str]:
    """The options that the objects in a reply choose, and the text around the objects."""
    options: set[int | None] = set()
    found, around = take_object(said)
    for _ in range(_MOST_OBJECTS):
        if found is None:
            break
        options.add(_from_object(found, known, refused, 0))
        found, around = take_object(around)
    return options - {None}, around


def _from_object(found: Mapping[str, object], known: Vocabulary, refused: Refused, depth: int) -> int | None:
    """The option that an object's answering fields agree on; without such fields, its other fields but reasons."""
    answering = {name: value for name, value in found.items() if key(name) in words("answer_keys")}
    if answering:
        finals = {name: value for name, value in answering.items() if "final" in key(name)}
        return _agreed(finals or answering, known, refused, depth)
    others = {name: value for name, value in found.items() if key(name) not in words("explaining_keys")}
    ticked = [option for name, value in others.items() if value is True and (option := _named(name, known)) is not None]
    if ticked:
        return ticked[0] if len(ticked) == 1 else None
    if any(_named(name, known) is not None for name in others):
        return None
    return _agreed(others, known, refused, depth)


def _named(name: str, known: Vocabulary) -> int | None:
    return known.plain.get(plain(clean(name)))


def _agreed(fields: Mapping[str, object], known: Vocabulary, refused: Refused, depth: int) -> int | None:
    options = {_from_value(value, known, refused, depth) for value in fields.values()} - {None}
    return options.pop() if len(options) == 1 else None


def _from_value(value: object, known: Vocabulary, refused: Refused, depth: int) -> int | None:
    if depth > _DEEPEST:
        return None
    if isinstance(value, bool):
        return known.affirmative if value else known.negative
    if isinstance(value, Mapping):
        return _from_object({str(name): inner for name, inner in value.items()}, known, refused, depth + 1)
    if isinstance(value, list | tuple):
        return _from_value(value[0], known, refused, depth + 1) if len(value) == 1 else None
    return _option(as_text(value), known, refused) if isinstance(value, str) else None
