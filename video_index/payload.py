"""A clip as the payload of a Qdrant point, and back: every field survives the round trip."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from video_index.clips import Clip
from video_index.errors import IndexStorageError
from video_index.filters import day_number


@cache
def _adapter() -> TypeAdapter[Clip]:
    return TypeAdapter(Clip)


def to_payload(clip: Clip) -> dict[str, Any]:
    """The clip's fields as JSON values, and `posted_day`, the date as a number that engines can range over.

    A `posted` text that is no ISO date is kept, and matches no date condition.
    """
    fields: dict[str, Any] = _adapter().dump_python(clip, mode="json")
    return {**fields, "posted_day": day_number(clip.posted)}


def from_payload(payload: dict[str, Any]) -> Clip:
    """The clip that `to_payload` wrote. Raises IndexStorageError where a point is not one of ours."""
    try:
        return _adapter().validate_python(payload)
    except ValidationError as error:
        first = error.errors()[0]
        raise IndexStorageError(
            f"the index holds a point that is no clip ({payload.get('clip_id', 'without an id')}: "
            f"{'.'.join(map(str, first['loc']))} {first['msg'].lower()}); make the index anew"
        ) from None
