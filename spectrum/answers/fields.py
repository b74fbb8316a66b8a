"""A written reply by its spec: one choice, one number, free words, or the named fields of an object."""

import json
import re
from collections.abc import Mapping

from spectrum.answers.choice import finished_by_filter, parse_choice, without_choice
from spectrum.answers.objects import as_text, key, take_object
from spectrum.answers.refusals import refuses
from spectrum.answers.scale import read_scale, read_value
from spectrum.answers.specs import Answer, AnswerSpec, ChoiceSpec, FieldsSpec, Outcome, ScaleSpec, TextSpec
from spectrum.answers.text import clean, without_markup, without_thinking

_LONGEST_REFUSAL = 300
"""Characters. A longer text that begins with an apology goes on to say something."""
_LABEL = r"(?:^|[{{,;\n])[ \t\"'`*_•-]{{0,20}}(?:{names})[\"'`*_]{{0,4}}[ \t]{{0,4}}[:=]"
_TRIM = " \t\r\n\"'`*_,;{}"


def parse(text: str, spec: AnswerSpec, *, finish_reason: str | None = None) -> Answer:
    """A reply read by its spec. Never raises on any text.

    ChoiceSpec: see parse_choice. ScaleSpec: the number, as text. TextSpec: the words themselves, thinking and outer
    blanks gone. FieldsSpec: `fields` holds every field that was read; the outcome is that of the `decision` field and
    the choice its value; without a decision the outcome is `choice` where every choice and number was read, and the
    choice is the fields as a JSON object.
    """
    if isinstance(spec, ChoiceSpec):
        return parse_choice(text, spec.options, finish_reason=finish_reason)
    if finished_by_filter(finish_reason):
        return Answer(Outcome.REFUSED)
    said, thinking = without_thinking(clean(text))
    if thinking:
        return Answer(Outcome.TRUNCATED)
    if isinstance(spec, ScaleSpec):
        number = read_scale(said, spec.low, spec.high)
        if number is not None:
            return Answer(Outcome.CHOICE, str(number))
        return Answer(without_choice(refuses(said), finish_reason))
    if isinstance(spec, TextSpec):
        return _words(said, finish_reason)
    return _fields(said, spec, finish_reason)


def _words(said: str, finish_reason: str | None) -> Answer:
    said = said.strip()
    if said and not (len(said) <= _LONGEST_REFUSAL and refuses(re.split(r"(?<=[.!?。])\s", said, maxsplit=1)[0])):
        return Answer(Outcome.CHOICE, said)
    return Answer(without_choice(bool(said), finish_reason))


def _fields(said: str, spec: FieldsSpec, finish_reason: str | None) -> Answer:
    found, _ = take_object(said)
    values = _by_name(found, spec) if found is not None else _by_label(without_markup(said), spec)
    read: dict[str, str] = {}
    for name, field_spec in spec.fields:
        value = _field(values[name], field_spec) if name in values else None
        if value is not None:
            read[name] = value
    fields = tuple(read.items())
    if spec.decision is None:
        needed = [name for name, field_spec in spec.fields if not isinstance(field_spec, TextSpec)]
        if read and all(name in read for name in needed):
            return Answer(Outcome.CHOICE, json.dumps(read, ensure_ascii=False), fields)
    elif spec.decision in read:
        return Answer(Outcome.CHOICE, read[spec.decision], fields)
    elif not values:
        decided = parse(said, dict(spec.fields)[spec.decision], finish_reason=finish_reason)
        if isinstance(dict(spec.fields)[spec.decision], ChoiceSpec) and decided.choice is not None:
            return Answer(Outcome.CHOICE, decided.choice, ((spec.decision, decided.choice),))
    return Answer(without_choice(refuses(said), finish_reason), None, fields)


def _by_name(found: Mapping[str, object], spec: FieldsSpec) -> dict[str, object]:
    given = {key(name): value for name, value in found.items()}
    inner = [value for value in found.values() if isinstance(value, Mapping)]
    if len(inner) == 1 and not any(key(name) in given for name, _ in spec.fields):
        given = {key(str(name)): value for name, value in inner[0].items()}
    return {name: given[key(name)] for name, _ in spec.fields if key(name) in given}


def _by_label(said: str, spec: FieldsSpec) -> dict[str, object]:
    """Fields written as lines ("name: value") or in an object whose quotes do not match.

    A value reaches to the next field's name. Of a name that stands twice neither value counts.
    """
    spelled = {name: r"[\W_]{0,2}".join(map(re.escape, re.findall(r"[^\W_]+", name))) for name, _ in spec.fields}
    groups = "|".join(f"(?P<f{place}>{pattern})" for place, pattern in enumerate(spelled.values()))
    marks = list(re.finditer(_LABEL.format(names=groups), said, re.IGNORECASE | re.MULTILINE))
    ends = [*(mark.start() for mark in marks), len(said)][1:]
    values: dict[str, object] = {}
    twice: set[str] = set()
    for mark, end in zip(marks, ends, strict=bool(marks)):
        name = spec.fields[int(str(mark.lastgroup)[1:])][0]
        twice |= {name} & values.keys()
        values[name] = said[mark.end() : end].strip(_TRIM)
    return {name: value for name, value in values.items() if name not in twice}


def _field(value: object, spec: ChoiceSpec | ScaleSpec | TextSpec) -> str | None:
    if isinstance(spec, ScaleSpec):
        number = read_value(value, spec.low, spec.high)
        return None if number is None else str(number)
    if isinstance(spec, ChoiceSpec):
        text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else as_text(value)
        return parse_choice(text, spec.options).choice
    return None if value is None else as_text(value).strip() or None
