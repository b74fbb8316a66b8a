"""Check what a respondent gave back and read it into rows for the store."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from spectrum.answers import ChoiceSpec, parse
from spectrum.errors import RespondentError
from spectrum.respondents.base import Ask, Reply
from spectrum.runs.records import Failure, StoredAnswer

_MASS_SLACK = 1e-3
"""Option masses come from float32 softmax: their sum may pass 1 by rounding, not by more."""


def check_replies(name: str, asks: Sequence[Ask], replies: Sequence[Reply], *, partial: bool = False) -> None:
    """Hold replies against the asks they answer; `partial` allows some to be missing.

    Raises RespondentError that says which respondent did what wrong.
    """
    for reply in replies:
        if not isinstance(reply, Reply):
            raise RespondentError(f"respondent {name} returned a {type(reply).__name__} where a Reply belongs")
    ids = [reply.ask_id for reply in replies]
    wanted = {ask.ask_id: ask for ask in asks}
    problems = {
        "unknown": [ask_id for ask_id in ids if ask_id not in wanted],
        "twice": [ask_id for ask_id in ids if ids.count(ask_id) > 1],
        "missing": [] if partial else [ask_id for ask_id in wanted if ask_id not in ids],
    }
    for problem, found in problems.items():
        if found:
            raise RespondentError(
                f"respondent {name} gave {len(ids)} replies to {len(wanted)} asks; {problem}: {found[0]}"
            )
    for reply in replies:
        _check_content(name, wanted[reply.ask_id], reply)


def _check_content(name: str, ask: Ask, reply: Reply) -> None:
    if not isinstance(reply.text, str):
        raise RespondentError(f"respondent {name}: a reply's text is {type(reply.text).__name__}, not str")
    masses = reply.probabilities
    if masses is None:
        return
    if not isinstance(ask.answer_spec, ChoiceSpec) or len(masses) != len(ask.answer_spec.options):
        raise RespondentError(
            f"respondent {name}: {len(masses)} probabilities do not fit the options of ask {ask.ask_id}"
        )
    sound = all(math.isfinite(mass) and mass >= 0 for mass in masses)
    if not sound or sum(masses) > 1 + _MASS_SLACK:
        raise RespondentError(f"respondent {name}: probabilities {tuple(masses)} are no masses within 0 to 1")


def read_replies(asks: Sequence[Ask], replies: Sequence[Reply]) -> tuple[list[StoredAnswer], list[Failure]]:
    """Parse checked replies, in the order of the asks; a reply with an error is a failure, not an answer."""
    by_id = {reply.ask_id: reply for reply in replies}
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    answers: list[StoredAnswer] = []
    failures: list[Failure] = []
    for ask in asks:
        reply = by_id.get(ask.ask_id)
        if reply is None:
            continue
        plain = _plain(reply)
        if plain.error is not None:
            failures.append(Failure(plain.ask_id, plain.error, plain.tokens_in, plain.tokens_out, plain.latency_s, now))
            continue
        answer = parse(plain.text, ask.answer_spec, finish_reason=plain.finish_reason)
        answers.append(StoredAnswer.of(plain, answer, now))
    return answers, failures


def _plain(reply: Reply) -> Reply:
    """The reply in built-in types that a database takes: a user's respondent may hand over NumPy numbers."""
    masses = reply.probabilities
    return Reply(
        ask_id=reply.ask_id,
        text=_storable(reply.text),
        finish_reason=reply.finish_reason,
        probabilities=None if masses is None else tuple(float(mass) for mass in masses),
        tokens_in=int(reply.tokens_in),
        tokens_out=int(reply.tokens_out),
        latency_s=float(reply.latency_s),
        error=None if reply.error is None else _storable(reply.error),
    )


def _storable(text: str) -> str:
    """Text without lone surrogates, which UTF-8 cannot hold (broken byte sequences of a tokenizer)."""
    return text.encode("utf-8", "replace").decode("utf-8")
