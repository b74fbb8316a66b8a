"""Answer specs as JSON text, for the plan's `answer_spec` column."""

import json
from typing import Any

from spectrum.answers import AnswerSpec, ChoiceSpec, FieldsSpec, ScaleSpec, TextSpec


def dump_spec(spec: AnswerSpec) -> str:
    """JSON of a spec, with sorted keys, so that equal specs give equal text."""
    return json.dumps(_plain(spec), sort_keys=True, ensure_ascii=False)


def load_spec(text: str) -> AnswerSpec:
    """The spec that `dump_spec` wrote. Raises ValueError where the text is not one."""
    try:
        return _spec(json.loads(text))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an answer spec: {text!r}") from error


def _plain(spec: AnswerSpec) -> dict[str, Any]:
    if isinstance(spec, ChoiceSpec):
        return {"kind": "choice", "options": spec.options, "acceptance": spec.acceptance}
    if isinstance(spec, ScaleSpec):
        return {"kind": "scale", "low": spec.low, "high": spec.high}
    if isinstance(spec, FieldsSpec):
        fields = [[name, _plain(field)] for name, field in spec.fields]
        return {"kind": "fields", "fields": fields, "decision": spec.decision}
    return {"kind": "text"}


def _spec(plain: dict[str, Any]) -> AnswerSpec:
    match plain["kind"]:
        case "choice":
            return ChoiceSpec(tuple(plain["options"]), tuple(plain["acceptance"]))
        case "scale":
            return ScaleSpec(plain["low"], plain["high"])
        case "fields":
            return FieldsSpec(tuple((name, _field(field)) for name, field in plain["fields"]), plain["decision"])
        case "text":
            return TextSpec()
        case kind:
            raise ValueError(f"unknown kind of answer spec: {kind!r}")


def _field(plain: dict[str, Any]) -> ChoiceSpec | ScaleSpec | TextSpec:
    spec = _spec(plain)
    if isinstance(spec, FieldsSpec):
        raise ValueError("a field of an answer spec cannot hold fields itself")
    return spec
