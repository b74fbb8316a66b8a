"""A model behind an API as a respondent: any LangChain chat model."""

import itertools
import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spectrum.answers import ChoiceSpec
from spectrum.respondents import chat_messages
from spectrum.respondents.base import Ask, Group, Reply
from spectrum.respondents.chat_calls import Called, Caller, Request
from spectrum.respondents.chat_errors import Failure
from spectrum.respondents.chat_gate import Turn
from spectrum.respondents.chat_group import GroupOfAsks
from spectrum.respondents.chat_pictures import PICTURE_FORMAT, EncodedPictures, Picture
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

_SIZE_MEMORY = 0.3
_MOST_RESTING = 2
_PICTURE_TOKENS = 300
"""Rough tokens of a picture, for a budget's reservations until the first usage numbers arrive."""


class ChatRespondent:
    """Answers by a LangChain chat model: one request an ask, many at once, a clip's questions next to each other.

    A request holds [system?] and one human turn: text before, pictures, text after. Pictures are encoded once
    a clip. How many requests are in flight is found out (see chat_gate). A call that failed in passing (rate
    limit, 5xx, timeout, broken connection or body) is sent again after a wait that doubles from `backoff_s` to
    30 s, with keyed jitter, and is never shorter than the server's Retry-After; the provider package's own
    retries are off. What a server rejects for one ask is that reply's `error`; what its content filter rejects
    is a refusal, as a filtered answer is. Wrong key, unknown model and a server that fails ask after ask are
    RespondentError.

    An ask that need not be written is one token long where log probabilities come; its text is then "". Where
    that token does not settle the options, it is written after all.

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
        wire: bool = False,
        backoff_s: float = 0.5,
    ) -> None:
        """`model_for(max_tokens)` gives a LangChain model; `logprobs`: whether it asks for them.

        `wire`: the model is LangChain's for OpenAI's protocol, and its server gets messages in just that form:
        a third of the processor time of having LangChain translate eight pictures for every question.

        Raises ConfigError for a budget that cannot be kept; what `model_for` raises, it raises here.
        """
        self._options = options or RespondentOptions()
        self._name = f"{provider}:{model_name}" + (f"@{host}" if host else "")
        self._wire = wire
        self._logprobs = logprobs
        self._pictures = EncodedPictures()
        self._caller = Caller(model_for, label=self._name, options=self._options, hidden=secrets(), backoff_s=backoff_s)
        temperature = getattr(self._caller.model(8), "temperature", None)
        self._settings = {
            "temperature": "provider's default" if temperature is None else str(float(temperature)),
            "top_logprobs": str(TOP_LOGPROBS) if logprobs else "off",
            "think_budget": str(self._options.think_budget),
            "pictures": PICTURE_FORMAT,
        }
        pairs = [part for key in sorted(self._settings) for part in (key, self._settings[key])]
        self._fingerprint = digest("chat", provider, model_name, host, *pairs).hex()
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._groups: dict[int, GroupOfAsks] = {}
        self._group_size = 8.0
        """Asks of a group, averaged over the last few."""
        self._unsettled: set[tuple[str, ...]] = set()
        """Options that one token did not settle: they are written at once from then on."""

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
        """Groups to have in hand now: those that are, and more while fewer requests are ready than may be sent.

        No more are taken while many wait to be sent again: a server that is down would gather the whole run.
        """
        most = self._options.concurrency
        if most == 1:
            return 1
        with self._lock:
            groups = list(self._groups.values())
            size = self._group_size
        limit, resting = self._caller.limit, self._caller.resting
        ready = sum(group.open for group in groups) - self._caller.in_flight - resting
        lacking = max(0, limit - ready) if resting <= _MOST_RESTING * limit else 0
        return max(1, min(2 * most, len(groups) + math.ceil(lacking / size)))

    @property
    def limit(self) -> int:
        """Requests that may be in flight now."""
        return self._caller.limit

    @property
    def scores_alone(self) -> bool:
        """Whether option probabilities come without a written answer: log probabilities, and no thinking before."""
        return self._logprobs and not self._options.think_budget

    @property
    def spent(self) -> Spent:
        """Calls, tokens and, where prices were given, money used so far by all threads."""
        return self._caller.spent

    def count_before(self, calls: int, tokens_in: int, tokens_out: int) -> None:
        """Count what an earlier start of the same run used: `spent` tells both together, and budgets hold for both."""
        self._caller.count_before(calls, tokens_in, tokens_out)

    def answer(self, group: Group) -> Sequence[Reply]:
        """One reply an ask: the first ask alone, then the others at once. An unreadable clip is every reply's error."""
        number = next(self._numbers)
        asked = GroupOfAsks(group.asks, number, lambda ask, turn: self._answer_one(group, ask, pictures, turn))
        with self._lock:
            self._groups[number] = asked
            self._group_size += _SIZE_MEMORY * (len(group.asks) - self._group_size)
        try:
            pictures = self._pictures.of(group.media)
            return asked.run(self._options.concurrency, lambda: self._caller.lead_s)
        except UnreadableClipError as error:
            return [Reply(ask.ask_id, error=f"the clip cannot be shown: {error}") for ask in group.asks]
        finally:
            with self._lock:
                del self._groups[number]

    def close(self) -> None:
        """End all waits; an ask that was waiting raises RespondentError."""
        with self._lock:
            for group in self._groups.values():
                group.ended.set()

    def _answer_one(self, group: Group, ask: Ask, pictures: Sequence[Picture], turn: Turn) -> Reply:
        if not ask.written and self.scores_alone and isinstance(ask.answer_spec, ChoiceSpec):
            return self._scored(group, ask, pictures, turn)
        return self._put(group, ask, pictures, turn)

    def _scored(self, group: Group, ask: Ask, pictures: Sequence[Picture], turn: Turn) -> Reply:
        """Option probabilities by a call of one token, or by a written answer where that does not settle them."""
        assert isinstance(ask.answer_spec, ChoiceSpec)
        spent_in = spent_out = 0
        if ask.answer_spec.options not in self._unsettled:
            short = replace(ask, max_tokens=1)
            reply = self._put(group, short, pictures, turn)
            if reply.probabilities is not None:
                return replace(reply, text="", finish_reason=None)
            if reply.error is not None or reply.finish_reason == "content_filter":
                return reply
            self._unsettled.add(ask.answer_spec.options)
            spent_in, spent_out = reply.tokens_in, reply.tokens_out
        reply = self._put(group, ask, pictures, turn)
        reply = replace(reply, tokens_in=reply.tokens_in + spent_in, tokens_out=reply.tokens_out + spent_out)
        settled = reply.probabilities is not None and reply.finish_reason != "content_filter"
        return replace(reply, text="", finish_reason=None) if settled else reply

    def _put(self, group: Group, ask: Ask, pictures: Sequence[Picture], turn: Turn) -> Reply:
        reply = _reply(ask, self._caller.call(self._request(group, ask, pictures), turn))
        # A server may repeat the key it was sent, and answers are shared.
        return replace(reply, text=self._caller.without_keys(reply.text))

    def _request(self, group: Group, ask: Ask, pictures: Sequence[Picture]) -> Request:
        letters = len(group.system) + len(ask.before_media) + len(ask.after_media)
        turns, arguments = self._said(group.system, ask, pictures)
        return Request(
            ask_id=ask.ask_id,
            turns=turns,
            arguments=arguments,
            media="+".join(view.view_id for view in group.media),
            max_tokens=ask.max_tokens,
            guessed_tokens_in=letters // 3 + _PICTURE_TOKENS * len(pictures),
        )

    def _said(self, system: str, ask: Ask, pictures: Sequence[Picture]) -> tuple[list[Any], dict[str, Any]]:
        """What the model is called with: LangChain messages, or their place and the body's own messages."""
        if not self._wire:
            return chat_messages.messages(system, ask, pictures), {}
        from langchain_core.messages import HumanMessage

        said = chat_messages.openai_messages(system, ask, pictures, media_ids=self._options.media_ids)
        return [HumanMessage(content="")], {"extra_body": {"messages": said}}


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
        wire=provider == "openai" and chat_target.base_url is not None,
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
