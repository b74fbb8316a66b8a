"""What the store keeps of one ask: an answer, or why there is none."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spectrum.answers import Answer, Outcome
from spectrum.respondents.base import Reply


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One row of tables.ANSWERS, `error` apart: a failure is no answer."""

    ask_id: str
    outcome: str
    choice: str | None = None
    fields: str | None = None
    """JSON object of the fields that were read, None for a plain choice."""
    text: str = ""
    finish_reason: str | None = None
    probabilities: tuple[float, ...] | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    latency_s: float = 0.0
    answered_at: str = ""
    """UTC, ISO."""

    @classmethod
    def of(cls, reply: Reply, answer: Answer, answered_at: str) -> "StoredAnswer":
        """The row of a reply that was read as `answer`."""
        return cls(
            ask_id=reply.ask_id,
            outcome=str(answer.outcome),
            choice=answer.choice,
            fields=json.dumps(dict(answer.fields), ensure_ascii=False) if answer.fields else None,
            text=reply.text,
            finish_reason=reply.finish_reason,
            probabilities=reply.probabilities,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            latency_s=reply.latency_s,
            answered_at=answered_at,
        )

    @property
    def content(self) -> tuple[object, ...]:
        """All that two runs of one deterministic respondent must share: no clock in it."""
        return (self.outcome, self.choice, self.fields, self.text, self.finish_reason, self.probabilities)

    def read(self) -> Answer:
        """The answer as it was read from the reply."""
        fields: dict[str, str] = json.loads(self.fields) if self.fields else {}
        return Answer(Outcome(self.outcome), self.choice, tuple(fields.items()))

    def row(self) -> tuple[Any, ...]:
        """The values of the store's columns."""
        packed = None if self.probabilities is None else pack(self.probabilities)
        return (
            self.ask_id,
            self.outcome,
            self.choice,
            self.fields,
            self.text,
            self.finish_reason,
            packed,
            self.tokens_in,
            self.tokens_out,
            self.latency_s,
            self.answered_at,
        )

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> "StoredAnswer":
        """The answer in a row of the store."""
        ask_id, outcome, choice, fields, text, finish_reason, packed, tokens_in, tokens_out, latency, at = row
        masses = None if packed is None else unpack(packed)
        return cls(ask_id, outcome, choice, fields, text, finish_reason, masses, tokens_in, tokens_out, latency, at)


@dataclass(frozen=True, slots=True)
class Failure:
    """An ask that failed for good this time; it is asked again when the run is resumed."""

    ask_id: str
    error: str
    tokens_in: int = 0
    tokens_out: int = 0
    latency_s: float = 0.0
    failed_at: str = ""
    """UTC, ISO."""


def pack(numbers: Sequence[float]) -> bytes:
    """Little-endian doubles: exact, compact, and read back without parsing."""
    return np.asarray(numbers, dtype="<f8").tobytes()


def unpack(packed: bytes) -> tuple[float, ...]:
    """The numbers that `pack` wrote."""
    return tuple(np.frombuffer(packed, dtype="<f8").tolist())
