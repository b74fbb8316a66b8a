"""Chat respondents on a loopback server: the key they send, and a store for what they answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrum.respondents.chat import ChatRespondent
from spectrum.respondents.chat_providers import ChatTarget, model_factory, wants_logprobs
from spectrum.respondents.options import RespondentOptions
from spectrum.runs.store import AnswerStore
from tests.support.openai_server import OpenAIServer

KEY = "sk-loopback-0123456789"


@pytest.fixture
def loopback_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """KEY in the environment, and nothing there that leads elsewhere than to the server a test names."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AnswerStore]:
    with AnswerStore(tmp_path / "answers.sqlite") as opened:
        yield opened


def chat(
    server: OpenAIServer, *, model: str = "tiny-vlm", backoff_s: float = 0.01, wire: bool = True, **options: object
) -> ChatRespondent:
    """A respondent that asks the server, impatient by default: it waits .01 s before a second try."""
    target = ChatTarget("openai", model, server.url)
    chosen = RespondentOptions(**{"timeout_s": 5.0, **options})  # type: ignore[arg-type]
    return ChatRespondent(
        model_factory(target, chosen),
        provider="openai",
        model_name=model,
        host=target.host,
        options=chosen,
        logprobs=wants_logprobs(target, chosen),
        wire=wire,
        backoff_s=backoff_s,
    )
