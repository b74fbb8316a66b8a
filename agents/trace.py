"""The trace of a browse run: one JSON line a slot, each sealed with the hash of all lines before it."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agents.errors import TraceError


class SlotRecord(BaseModel):
    """Everything needed to replay and audit one slot."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent: str
    """Condition and replicate, `adventurer/0`."""
    condition: str
    replicate: int
    slot: int
    kind: Literal["feed", "probe"]
    """A feed slot is chosen by the recommender and moves it; a probe slot is value-balanced and moves nothing."""
    clip_id: str
    view_id: str
    """Hash of the media bytes' hash and the frame spec that was shown."""
    ask_ids: tuple[str, ...]
    prompt: str
    """The text after the picture, of the first ask."""
    reply: str
    """The raw reply to the first ask."""
    outcome: str
    action: str | None
    """Feed slots: the action taken; None where the reply held none (the feed then learns nothing)."""
    drawn: Literal["sampled", "argmax", "written", "none"]
    """Where the action came from: keyed draw from option probabilities, their largest, the written word."""
    probabilities: tuple[float, ...] | None
    """Mass on each option in `options`, as the respondent gave it."""
    options: tuple[str, ...]
    watched: float | None
    """Modelled share of the clip watched (a model, never an observation)."""
    score: float | None
    propensity: float | None
    candidates: int | None
    feed_state: str
    """Hash of what the feed has learnt before this slot."""
    tokens_in: int
    tokens_out: int


def _seal(previous: str, body: str) -> str:
    return hashlib.blake2b(f"{previous}\n{body}".encode(), digest_size=16).hexdigest()


def _lines(records: Iterable[SlotRecord]) -> Iterator[str]:
    seal = ""
    for record in records:
        body = json.dumps(record.model_dump(mode="json"), sort_keys=True)
        seal = _seal(seal, body)
        yield json.dumps({"seal": seal, "slot": json.loads(body)}, sort_keys=True)


def write_trace(path: Path, records: Iterable[SlotRecord]) -> None:
    """Write the whole trace beside its place and rename it there, so that a reader never sees half a file."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as stream:
        for line in _lines(records):
            stream.write(line + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


def read_trace(path: Path) -> list[SlotRecord]:
    """Records in order, every seal verified.

    Raises TraceError, naming file and line, where a line is damaged, edited, missing or out of order.
    """
    records: list[SlotRecord] = []
    seal = ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TraceError(f"cannot read the trace {path}: {error}") from None
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            record = SlotRecord.model_validate(entry["slot"])
            found = entry["seal"]
        except (ValueError, KeyError, TypeError, ValidationError):
            raise TraceError(f"{path} line {number} is not a slot record; the trace is damaged") from None
        seal = _seal(seal, json.dumps(entry["slot"], sort_keys=True))
        if seal != found:
            raise TraceError(f"{path} line {number} does not match its seal: it, or a line before it, was changed")
        records.append(record)
    return records
