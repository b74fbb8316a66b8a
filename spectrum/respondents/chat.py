"""A model behind an API as a respondent: any LangChain chat model."""

from collections.abc import Mapping, Sequence
from typing import Any

from spectrum.errors import BudgetReached, RespondentError
from spectrum.respondents import chat_messages
from spectrum.respondents.base import Ask, Group, Reply
from spectrum.respondents.chat_calls import Called, Caller, Request
from spectrum.respondents.chat_errors import Failure
from spectrum.respondents.chat_providers import (
    TOP_LOGPROBS,
    ChatTarget,
    ModelFor,
    model_factory,
    secrets,
    wants_logprobs,
)
from spectrum.respondents.chat_scores import option_probabilities
from spectrum.respondents.options import RespondentOptions
from spectrum.respondents.spending import Spent
from video_index.errors import UnreadableClipError
from video_index.keyed import digest

_PICTURE_TOKENS = 300
"""Rough tokens of a picture, for a budget's reservations until the first usage numbers arrive."""


class ChatRespondent:
    """Answers by a LangChain chat model: one request an ask, several groups at once from threads.

    A request holds [system?] and one human turn: text before, pictures, text after. Pictures are encoded once
    a group. A call that failed in passing (rate limit, 5xx, timeout, broken connection or body) is sent again
    after a wait that doubles from `backoff_s` to 30 s, with keyed jitter, and is never shorter than the
    server's Retry-After; the provider package's own retries are off. What a server rejects for one ask is
    that reply's `error`; what its content filter rejects is a refusal, as a filtered answer is. Wrong key,
    unknown model and a server that fails ask after ask are RespondentError.

    Both RespondentError and BudgetReached carry `replies`, the group's replies so far: they are paid for.

    An API's weights cannot be hashed: the fingerprint is provider, model name, host and settings, and a model
    that its provider changes under the same name keeps its fingerprint.
    """

    def __init__(
        self,
        model_for: ModelFor,
        *,
        provider: str,
        model_name: str,
        host: str = "",
        options: RespondentOptions | None = None,
        logprobs: bool = False,
        backoff_s: float = 0.5,
    ) -> None:
        """`model_for(max_tokens)` gives a LangChain model; `logprobs`: whether it asks for them.

        Raises ConfigError for a budget that cannot be kept; what `model_for` raises, it raises here.
        """
        self._options = options or RespondentOptions()
        self._name = f"{provider}:{model_name}" + (f"@{host}" if host else "")
        self._caller = Caller(model_for, label=self._name, options=self._options, hidden=secrets(), backoff_s=backoff_s)
        temperature = getattr(self._caller.model(8), "temperature", None)
        self._settings = {
            "temperature": "provider's default" if temperature is None else str(float(temperature)),
            "top_logprobs": str(TOP_LOGPROBS) if logprobs else "off",
            "think_budget": str(self._options.think_budget),
            "pictures": chat_messages.PICTURE_FORMAT,
        }
        pairs = [part for key in sorted(self._settings) for part in (key, self._settings[key])]
        self._fingerprint = digest("chat", provider, model_name, host, *pairs).hex()

    @classmethod
    def over(
        cls, model: Any, *, name: str, options: RespondentOptions | None = None, logprobs: bool = False
    ) -> "ChatRespondent":
        """A respondent over a LangChain chat model that you built; turn its own retries off when you do."""
        scores = {"logprobs": True, "top_logprobs": TOP_LOGPROBS} if logprobs else {}
        think_budget = options.think_budget if options else 0

        def model_for(max_tokens: int) -> Any:
            return model.bind(max_tokens=max_tokens + think_budget, **scores)

        return cls(model_for, provider="chat", model_name=name, options=options, logprobs=logprobs)

    @property
    def name(self) -> str:
        """Provider, model and, where one was given, the server's host."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Hex digest of provider, model name, host and settings."""
        return self._fingerprint

    @property
    def settings(self) -> dict[str, str]:
        """Generation settings; the temperature as the model has it after LangChain's own rules."""
        return dict(self._settings)

    @property
    def concurrency(self) -> int:
        """As the options say."""
        return self._options.concurrency

    @property
    def spent(self) -> Spent:
        """Calls, tokens and, where prices were given, money used so far by all threads."""
        return self._caller.spent

    def answer(self, group: Group) -> Sequence[Reply]:
        """One reply an ask, asked one after another. A clip that cannot be read is every reply's error."""
        try:
            pictures = chat_messages.picture_blocks(group.media)
        except UnreadableClipError as error:
            return [Reply(ask.ask_id, error=f"the clip cannot be shown: {error}") for ask in group.asks]
        replies: list[Reply] = []
        try:
            for ask in group.asks:
                called = self._caller.call(_request(group, ask, pictures))
                replies.append(_reply(ask, called))
        except (BudgetReached, RespondentError) as error:
            error.replies = tuple(replies)
            raise
        return replies

    def close(self) -> None:
        """End all waits; an ask that was waiting raises RespondentError."""
        self._caller.close()


def open_chat(provider: str, target: str, options: RespondentOptions) -> ChatRespondent:
    """The respondent that a spec `provider:target` names; target is NAME or NAME@http://host:port/v1.

    Raises MissingExtraError, RespondentError (no key, or the provider's package refuses the settings) and
    ConfigError, all before anything is asked.
    """
    chat_target = ChatTarget.parse(provider, target)
    return ChatRespondent(
        model_factory(chat_target, options),
        provider=provider,
        model_name=chat_target.model,
        host=chat_target.host,
        options=options,
        logprobs=wants_logprobs(chat_target, options),
    )


def _request(group: Group, ask: Ask, pictures: Sequence[Mapping[str, str]]) -> Request:
    letters = len(group.system) + len(ask.before_media) + len(ask.after_media)
    return Request(
        ask_id=ask.ask_id,
        turns=chat_messages.messages(group.system, ask, pictures),
        media="+".join(view.view_id for view in group.media),
        max_tokens=ask.max_tokens,
        guessed_tokens_in=letters // 3 + _PICTURE_TOKENS * len(pictures),
    )


def _reply(ask: Ask, called: Called | Failure) -> Reply:
    if isinstance(called, Failure):
        if called.filtered:
            return Reply(ask.ask_id, finish_reason="content_filter")
        return Reply(ask.ask_id, error=called.text)
    text, finish_reason = chat_messages.written(called.message)
    return Reply(
        ask_id=ask.ask_id,
        text=text,
        finish_reason=finish_reason,
        probabilities=option_probabilities(chat_messages.scored_tokens(called.message), ask.answer_spec),
        tokens_in=called.tokens_in,
        tokens_out=called.tokens_out,
        latency_s=called.latency_s,
    )
