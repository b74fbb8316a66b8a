"""Answer specs as JSON text, for the plan's `answer_spec` column."""

import json
from typing import Any

from spectrum.answers import AnswerSpec, ChoiceSpec, FieldsSpec, ScaleSpec


def dump_spec(spec: AnswerSpec) -> str:
    """JSON of a spec, with sorted keys, so that equal specs give equal text."""
    return json.dumps(_plain(spec), sort_keys=True, ensure_ascii=False)


def _plain(spec: AnswerSpec) -> dict[str, Any]:
    if isinstance(spec, ChoiceSpec):
        return {"kind": "choice", "options": spec.options, "acceptance": spec.acceptance}
    if isinstance(spec, ScaleSpec):
        return {"kind": "scale", "low": spec.low, "high": spec.high}
    if isinstance(spec, FieldsSpec):
        fields = [[name, _plain(field)] for name, field in spec.fields]
        return {"kind": "fields", "fields": fields, "decision": spec.decision}
    return {"kind": "text"}
