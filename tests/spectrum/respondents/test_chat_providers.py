import pytest

from spectrum.errors import ConfigError, RespondentError
from spectrum.respondents.chat import open_chat
from spectrum.respondents.chat_providers import ChatTarget
from spectrum.respondents.options import RespondentOptions
from tests.spectrum.respondents.groups import make_group
from tests.support.openai_server import OpenAIServer
from video_index.errors import MissingExtraError


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)


def test_targets() -> None:
    assert ChatTarget.parse("openai", "gpt-4o") == ChatTarget("openai", "gpt-4o")
    local = ChatTarget.parse("openai", "Qwen/Qwen3-VL@http://localhost:8000/v1")
    assert (local.model, local.base_url, local.host, local.local) == (
        "Qwen/Qwen3-VL", "http://localhost:8000/v1", "localhost:8000", True,
    )  # fmt: skip
    dated = ChatTarget.parse("google_vertexai", "claude@20240229")
    assert (dated.model, dated.base_url, dated.host) == ("claude@20240229", None, "")
    assert not ChatTarget.parse("openai", "m@https://models.example.org/v1").local


def test_an_address_from_the_environment_is_part_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        respondent = open_chat("openai", "tiny-vlm", RespondentOptions())
        assert respondent.answer(make_group("a"))[0].error is None
    assert respondent.name.startswith("openai:tiny-vlm@127.0.0.1:")
    assert ChatTarget.parse("anthropic", "m").base_url is None


@pytest.mark.parametrize("target", ["", "@http://localhost:1/v1", "m@http://user:secret@localhost:1/v1"])
def test_targets_that_are_refused(target: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ChatTarget.parse("openai", target)
    assert "secret" not in str(caught.value)


def test_a_missing_key_is_told_before_anything_is_asked() -> None:
    with pytest.raises(RespondentError, match="set OPENAI_API_KEY in the environment"):
        open_chat("openai", "gpt-4o", RespondentOptions())
    with pytest.raises(RespondentError, match="any word will do"):
        open_chat("openai", "m@http://models.example.org/v1", RespondentOptions())


def test_a_server_on_this_machine_needs_no_key() -> None:
    with OpenAIServer() as server:
        (reply,) = open_chat("openai", f"tiny-vlm@{server.url}", RespondentOptions()).answer(make_group("a"))
    assert reply.error is None and server.requests[0].key == "none-needed"


def test_a_missing_provider_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "langchain_anthropic", None)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test-123456")
    with pytest.raises(MissingExtraError, match="pip install langchain-anthropic") as caught:
        open_chat("anthropic", "claude", RespondentOptions())
    assert "\n" not in str(caught.value)


def test_settings_that_a_package_refuses_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-123456")
    with pytest.raises(RespondentError, match="cannot be opened") as caught:
        open_chat("openai", "gpt-4o", RespondentOptions(temperature="hot"))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value) and "sk-test" not in str(caught.value)
