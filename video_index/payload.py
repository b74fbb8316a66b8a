"""A clip as the payload of a Qdrant point, and back: every field survives the round trip."""

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from video_index.clips import Clip
from video_index.errors import IndexStorageError
from video_index.filters import day_number, milliseconds


@cache
def _adapter() -> TypeAdapter[Clip]:
    return TypeAdapter(Clip)


def to_payload(clip: Clip) -> dict[str, Any]:
    """The clip's fields as JSON values for whoever looks at the collection, and three kinds of extras.

    `record` is the clip as JSON text, which is what reads back: engines parse numbers to the last bit but
    one. Filters go by `platform_key` (lower case), `posted_day` (a number that every engine can range over;
    a `posted` text that is no ISO date is kept, and matches no date condition) and `duration_ms`.
    """
    fields: dict[str, Any] = _adapter().dump_python(clip, mode="json")
    return {
        **fields,
        "record": json.dumps(fields, ensure_ascii=False),
        "platform_key": None if clip.platform is None else clip.platform.lower(),
        "posted_day": day_number(clip.posted),
        "duration_ms": milliseconds(clip.duration_s),
    }


def from_payload(payload: dict[str, Any]) -> Clip:
    """The clip that `to_payload` wrote. Raises IndexStorageError where a point is not one of ours."""
    try:
        return _adapter().validate_json(payload.get("record", ""))
    except ValidationError as error:
        first = error.errors()[0]
        raise IndexStorageError(
            f"the index holds a point that is no clip ({payload.get('clip_id', 'without an id')}: "
            f"{first['msg'].lower()}); make the index anew"
        ) from None
