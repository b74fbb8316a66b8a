"""Answers that were recorded earlier, as a respondent: one JSON object a line. docs/respondents.md has the format."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from spectrum.answers import ChoiceSpec
from spectrum.errors import ConfigError
from spectrum.respondents.base import Ask, Group, Reply
from video_index.keyed import integer

NO_ANSWER = "no recorded answer"

_Mass = Annotated[float, Field(ge=0, le=1)]
_Key = tuple[str, str, str, str]


class RecordedLine(BaseModel):
    """One line of a recording: what was asked (by ask_id, or by clip and question) and what came back."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    ask_id: str | None = None
    clip_id: str | None = None
    """Several clips are joined by "+"; "#" and a treatment follow where the pictures were not shown as they are."""
    condition: str = "neutral"
    system: str | None = None
    """System turn it was given under; None matches any."""
    before_media: str = ""
    after_media: str | None = None
    text: str = ""
    finish_reason: str | None = None
    probabilities: tuple[_Mass, ...] | None = None
    error: str | None = None

    @model_validator(mode="after")
    def _has_key(self) -> Self:
        if self.ask_id is None and (self.clip_id is None or self.after_media is None):
            raise ValueError("needs ask_id, or clip_id and after_media")
        return self

    def reply(self, ask: Ask) -> Reply:
        """The reply to an ask that this line answers."""
        spec = ask.answer_spec
        wanted = len(spec.options) if isinstance(spec, ChoiceSpec) else None
        if self.probabilities is not None and len(self.probabilities) != wanted:
            return Reply(ask.ask_id, error=f"recorded {len(self.probabilities)} probabilities for other options")
        text = "" if self.error is not None else self.text
        return Reply(
            ask.ask_id,
            text=text,
            finish_reason=self.finish_reason,
            probabilities=self.probabilities,
            error=self.error,
        )


class RecordedRespondent:
    """Gives back recorded answers: by ask_id, else by clip, question text and condition.

    Where several lines answer one question (repeats), the ask_id draws one of them, always the same. An ask
    without a line is `Reply.error` "no recorded answer". Frames are not looked at.
    """

    def __init__(self, path: Path) -> None:
        """Read the file. Raises ConfigError naming file and line for a line that cannot be used."""
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"recorded:{path} cannot be read: {error.strerror or error}") from None
        self._name = f"recorded:{path.name}"
        self._fingerprint = hashlib.blake2b(raw, digest_size=16).hexdigest()
        self._by_ask: dict[str, RecordedLine] = {}
        self._by_question: dict[_Key, list[RecordedLine]] = {}
        for line in _lines(path, raw):
            if line.ask_id is not None:
                self._by_ask[line.ask_id] = line
            if line.clip_id is not None and line.after_media is not None:
                key = (line.clip_id, line.condition, line.before_media, line.after_media)
                self._by_question.setdefault(key, []).append(line)

    @property
    def name(self) -> str:
        """The file's name."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Hex digest of the file's bytes."""
        return self._fingerprint

    @property
    def settings(self) -> dict[str, str]:
        """None: they were the settings of whoever was recorded."""
        return {}

    @property
    def concurrency(self) -> int:
        """One group at a time: there is nothing to wait for."""
        return 1

    def answer(self, group: Group) -> Sequence[Reply]:
        """One reply an ask."""
        return [self._reply(group, ask) for ask in group.asks]

    def close(self) -> None:
        """Nothing is held."""

    def _reply(self, group: Group, ask: Ask) -> Reply:
        if ask.ask_id in self._by_ask:
            return self._by_ask[ask.ask_id].reply(ask)
        clip = "+".join(view.shown_id for view in group.media)
        lines = self._by_question.get((clip, group.condition, ask.before_media, ask.after_media), [])
        matching = [line for line in lines if line.system in (None, group.system)]
        if not matching:
            return Reply(ask.ask_id, error=NO_ANSWER)
        return matching[integer(len(matching), "recorded", ask.ask_id)].reply(ask)


def write_recording(path: Path, answered: Iterable[tuple[Group, Sequence[Reply]]]) -> int:
    """Write groups with their replies as a recording that RecordedRespondent reads; returns how many lines.

    The file appears whole or not at all. Raises ValueError where replies and asks do not pair up.
    """
    count = 0
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            for group, replies in answered:
                for ask, reply in zip(group.asks, replies, strict=True):
                    if ask.ask_id != reply.ask_id:
                        raise ValueError(f"reply {reply.ask_id} is not the answer to ask {ask.ask_id}")
                    file.write(_line(group, ask, reply).model_dump_json(exclude_none=True) + "\n")
                    count += 1
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _line(group: Group, ask: Ask, reply: Reply) -> RecordedLine:
    return RecordedLine(
        ask_id=ask.ask_id,
        clip_id="+".join(view.shown_id for view in group.media),
        condition=group.condition,
        system=group.system,
        before_media=ask.before_media,
        after_media=ask.after_media,
        text=reply.text,
        finish_reason=reply.finish_reason,
        probabilities=reply.probabilities,
        error=reply.error,
    )


def _lines(path: Path, raw: bytes) -> Iterable[RecordedLine]:
    for number, line in enumerate(raw.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield RecordedLine.model_validate(json.loads(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            words = first["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{path}:{number}: {place + ': ' if place else ''}{words}") from None
        except ValueError as error:
            raise ConfigError(f"{path}:{number}: not a JSON object: {error}") from None
