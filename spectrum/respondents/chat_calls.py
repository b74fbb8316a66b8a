"""One answered request out of an unreliable network: retries, waits, budget, and when to give up."""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spectrum.errors import BudgetReached, RespondentError
from spectrum.respondents import chat_messages
from spectrum.respondents.chat_errors import Failure, Remedy, classify
from spectrum.respondents.chat_gate import Gate, Turn
from spectrum.respondents.chat_health import Health
from spectrum.respondents.chat_providers import ModelFor, redacted
from spectrum.respondents.options import RespondentOptions
from spectrum.respondents.spending import Ledger, Spent
from video_index.keyed import uniform

if TYPE_CHECKING:
    from tenacity import RetryCallState

_LONGEST_WAIT_S = 600.0
_LONGEST_BACKOFF_S = 30.0
_FIRST_CONTACT_TRIES = 3
_TOO_MANY_REQUESTS = 429
_LONGEST_LEAD_S = 5.0
_LEAD_CALLS = 4.0
_ADVICE = {
    "logprobs": "run again with --no-logprobs",
    "top_logprobs": "run again with --no-logprobs",
    "temperature": "run again with --temperature 1, which models that refuse other settings take",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, and what it is known by."""

    ask_id: str
    turns: list[Any]
    """LangChain messages."""
    arguments: Mapping[str, Any]
    """What else the model is called with."""
    media: str
    """Names the pictures, to tell one bad clip from a bad server."""
    max_tokens: int
    guessed_tokens_in: int


@dataclass(frozen=True, slots=True)
class Called:
    """An answered request."""

    message: Any
    """The LangChain AIMessage."""
    tokens_in: int
    tokens_out: int
    latency_s: float
    """Of the call that was answered, waits and failed calls apart."""


class Caller:
    """Sends requests from several threads; keeps the count of calls, tokens and failures."""

    def __init__(
        self, model_for: ModelFor, *, label: str, options: RespondentOptions, hidden: Iterable[str], backoff_s: float
    ) -> None:
        """`label` names the model in errors; every text in `hidden` is cut out of them.

        Raises ConfigError for a budget that cannot be kept.
        """
        self._model_for = model_for
        self._label = label
        self._options = options
        self._hidden = tuple(hidden)
        self._backoff_s = backoff_s
        self._models: dict[int, Any] = {}
        self._lock = threading.Lock()
        self._gate = Gate(options.concurrency)
        self._resting = 0
        self._health = Health()
        self._ledger = Ledger(
            price_in=options.price_in,
            price_out=options.price_out,
            budget_usd=options.budget_usd,
            budget_tokens=options.budget_tokens,
            budget_calls=options.budget_calls,
        )

    @property
    def spent(self) -> Spent:
        """What all threads have used so far."""
        return self._ledger.spent

    def count_before(self, calls: int, tokens_in: int, tokens_out: int) -> None:
        """Count what was used before against the budgets."""
        self._ledger.count_before(calls, tokens_in, tokens_out)

    @property
    def limit(self) -> int:
        """Requests that may be in flight now."""
        return self._gate.limit

    @property
    def in_flight(self) -> int:
        """Requests that are in flight now."""
        return self._gate.in_flight

    @property
    def resting(self) -> int:
        """Requests that failed and wait before they are sent again."""
        return self._resting

    @property
    def lead_s(self) -> float | None:
        """How long the first request about a clip may go alone: four usual calls; None before there was any answer."""
        if not self._health.heard:
            return None
        return min(_LONGEST_LEAD_S, _LEAD_CALLS * (self._gate.usual_s or _LONGEST_LEAD_S))

    def call(self, request: Request, turn: Turn) -> Called | Failure:
        """The answer, or why this request has none, with a text that is fit to be shown.

        Raises BudgetReached before a call that would exceed the budget, RespondentError where no further
        request can succeed and where the turn's group has ended.
        """
        from tenacity import Retrying, retry_if_result

        tries = 0

        def attempt() -> Called | Failure:
            nonlocal tries
            tries += 1
            try:
                return self._attempt(request, turn, tries)
            finally:
                turn.tried.set()

        retrying = Retrying(
            retry=retry_if_result(lambda result: isinstance(result, Failure) and result.remedy is Remedy.RETRY),
            stop=self._enough,
            wait=lambda state: self._wait(request, state.attempt_number, _result(state)),
            sleep=lambda seconds: self._rest(turn, seconds),
            retry_error_callback=lambda state: _result(state),
        )
        result = retrying(attempt)
        if isinstance(result, Failure):
            return self._give_up(request, result, tries)
        self._health.answered()
        return result

    def without_keys(self, text: str) -> str:
        """The text without anything that is to be hidden."""
        return redacted(text, self._hidden)

    def model(self, max_tokens: int) -> Any:
        """The LangChain model with this bound on its output; built once."""
        with self._lock:
            if max_tokens not in self._models:
                self._models[max_tokens] = self._model_for(max_tokens)
            return self._models[max_tokens]

    def _attempt(self, request: Request, turn: Turn, number: int) -> Called | Failure:
        model = self.model(request.max_tokens)
        place = self._gate.enter(turn)
        if place is None:
            raise RespondentError(f"{self._label} was closed while asks were waiting")
        try:
            reservation = self._ledger.reserve(
                request.guessed_tokens_in, request.max_tokens + self._options.think_budget
            )
        except BudgetReached:
            self._gate.abandon(place)
            raise
        started = time.monotonic()
        try:
            message = model.invoke(request.turns, **request.arguments)
        except Exception as error:  # noqa: BLE001 - each provider has its own types; classify tells them apart
            self._ledger.cancel(reservation)
            failure = self._judged(classify(error))
            refused = failure.status == _TOO_MANY_REQUESTS
            self._gate.failed(place, refused=refused, wait_s=self._wait(request, number, failure))
            return failure
        except BaseException:
            self._gate.abandon(place)
            raise
        latency = time.monotonic() - started
        self._gate.answered(place)
        self._health.hear()
        used = chat_messages.usage(message)
        self._ledger.settle(reservation, used)
        return Called(message, *(used or (0, 0)), latency)

    def _rest(self, turn: Turn, seconds: float) -> None:
        """Wait without holding a place; the group's end ends the wait."""
        with self._lock:
            self._resting += 1
        turn.ended.wait(seconds)
        with self._lock:
            self._resting -= 1

    def _judged(self, failure: Failure) -> Failure:
        """The failure with what this respondent knows beside it."""
        if failure.status is not None:
            self._health.hear()
        if failure.parameter in _ADVICE:
            text = f"{failure.text}; {_ADVICE[failure.parameter]}"
            return replace(failure, remedy=Remedy.STOP, text=text)
        if (failure.retry_after_s or 0.0) > _LONGEST_WAIT_S:
            text = f"{failure.text}; it asks to wait {failure.retry_after_s:.0f} s: run again after that"
            return replace(failure, remedy=Remedy.STOP, text=text)
        return failure

    def _enough(self, state: "RetryCallState") -> bool:
        if self._no_contact(_result(state)) and state.attempt_number >= _FIRST_CONTACT_TRIES:
            return True
        return state.attempt_number > self._options.max_retries

    def _no_contact(self, result: Any) -> bool:
        return isinstance(result, Failure) and result.unreachable and not self._health.heard

    def _wait(self, request: Request, number: int, failure: Failure) -> float:
        """Doubling from `backoff_s` to 30 s, keyed jitter of half; after the server's Retry-After if it gave one."""
        backoff = min(_LONGEST_BACKOFF_S, self._backoff_s * 2.0 ** (number - 1))
        jitter = uniform("retry", request.ask_id, number)
        asked = failure.retry_after_s
        return float(backoff * (0.5 + 0.5 * jitter) if asked is None else asked + 0.5 * backoff * jitter)

    def _give_up(self, request: Request, failure: Failure, tries: int) -> Failure:
        text = self.without_keys(failure.text)
        if failure.filtered:
            self._health.answered()
            return replace(failure, text=text)
        if failure.remedy is Remedy.STOP:
            raise RespondentError(f"{self._label} cannot be asked: {text}")
        if self._no_contact(failure):
            raise RespondentError(
                f"{self._label} cannot be reached ({text}): is the server running, and the address right?"
            )
        if failure.remedy is Remedy.RETRY:
            text = f"no answer after {tries} calls: {text}"
        if self._health.given_up(request.media, failure):
            raise RespondentError(f"{self._label} failed many asks in a row, the last one with: {text}")
        return replace(failure, text=text)


def _result(state: "RetryCallState") -> Any:
    assert state.outcome is not None
    return state.outcome.result()
