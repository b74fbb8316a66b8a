"""Opening a chat model through LangChain: which package and which key each provider needs."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from spectrum.errors import ConfigError, RespondentError
from spectrum.respondents.options import RespondentOptions
from video_index.errors import MissingExtraError
from video_index.extras import import_extra

TOP_LOGPROBS = 20
"""The most that OpenAI and a default vLLM server give."""

ModelFor = Callable[[int], Any]
"""Gives a LangChain chat model (or a runnable over one) bound to so many output tokens."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What LangChain needs for one provider."""

    package: str
    keys: tuple[str, ...] = ()
    """Environment variables, one of which must be set; () where the provider has other ways in."""
    logprobs: bool = False
    """Whether it is known to take logprobs and top_logprobs=20."""
    max_tokens: str = "max_tokens"
    """Name of the constructor's bound on the output."""
    no_retries: int = 0
    """`max_retries` that turns its own retries off; Google's counts attempts."""


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "openai": Provider("langchain-openai", ("OPENAI_API_KEY",), logprobs=True),
        "azure_openai": Provider("langchain-openai", ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"), logprobs=True),
        "anthropic": Provider("langchain-anthropic", ("ANTHROPIC_API_KEY",)),
        "azure_ai": Provider("langchain-azure-ai"),
        "bedrock": Provider("langchain-aws"),
        "bedrock_converse": Provider("langchain-aws"),
        "cohere": Provider("langchain-cohere", ("COHERE_API_KEY", "CO_API_KEY")),
        "deepseek": Provider("langchain-deepseek", ("DEEPSEEK_API_KEY",), logprobs=True),
        "fireworks": Provider("langchain-fireworks", ("FIREWORKS_API_KEY",)),
        "google_genai": Provider(
            "langchain-google-genai",
            ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"),
            no_retries=1,
        ),
        "google_vertexai": Provider("langchain-google-vertexai", no_retries=1),
        "groq": Provider("langchain-groq", ("GROQ_API_KEY",)),
        "huggingface": Provider("langchain-huggingface"),
        "litellm": Provider("langchain-litellm"),
        "mistralai": Provider("langchain-mistralai", ("MISTRAL_API_KEY",)),
        "nvidia": Provider("langchain-nvidia-ai-endpoints", ("NVIDIA_API_KEY",)),
        "ollama": Provider("langchain-ollama", max_tokens="num_predict"),
        "openrouter": Provider("langchain-openrouter", ("OPENROUTER_API_KEY",)),
        "perplexity": Provider("langchain-perplexity", ("PPLX_API_KEY", "PERPLEXITY_API_KEY")),
        "together": Provider("langchain-together", ("TOGETHER_API_KEY",)),
        "xai": Provider("langchain-xai", ("XAI_API_KEY",)),
    }
)
"""Providers by the name that init_chat_model knows them by."""

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal"})


@dataclass(frozen=True, slots=True)
class ChatTarget:
    """A model as a spec names it: provider, model name and, where given, the server's address."""

    provider: str
    model: str
    base_url: str | None = None

    @classmethod
    def parse(cls, provider: str, target: str) -> "ChatTarget":
        """Read `NAME` or `NAME@http://host:port/v1`; OPENAI_BASE_URL counts as an address given.

        Raises ConfigError for an empty name and for an address with a password in it.
        """
        cut = min((at for at in (target.find("@http://"), target.find("@https://")) if at >= 0), default=-1)
        model, base_url = (target, None) if cut < 0 else (target[:cut], target[cut + 1 :])
        if base_url is None and provider == "openai":
            base_url = os.environ.get("OPENAI_API_BASE") or os.environ.get("OPENAI_BASE_URL")
        if not model:
            raise ConfigError(f"{provider}: needs a model name, as in {provider}:NAME")
        if base_url is not None and "@" in urlsplit(base_url).netloc:
            raise ConfigError(f"{provider}:{model}: keys come from the environment, not from the address")
        return cls(provider, model, base_url)

    @property
    def host(self) -> str:
        """Host and port of the address given, "" for the provider's own."""
        return urlsplit(self.base_url or "").netloc

    @property
    def local(self) -> bool:
        """Whether the address is this machine's."""
        return urlsplit(self.base_url or "").hostname in _LOCAL_HOSTS


def model_factory(target: ChatTarget, options: RespondentOptions) -> ModelFor:
    """A function that builds the LangChain model for a bound on the output, its own retries off.

    Raises MissingExtraError where LangChain or the provider's package is absent, RespondentError where no key
    is set: both before anything is asked.
    """
    provider = PROVIDERS[target.provider]
    chat_models = import_extra("langchain.chat_models", "chat")
    import_extra("tenacity", "chat")
    arguments: dict[str, Any] = {
        "model_provider": target.provider,
        "timeout": options.timeout_s,
        "max_retries": provider.no_retries,
        **_key(target, provider),
    }
    if options.temperature is not None:
        arguments["temperature"] = options.temperature
    if target.base_url is not None:
        arguments["base_url"] = target.base_url
    if wants_logprobs(target, options):
        arguments |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}

    def build(max_tokens: int) -> Any:
        try:
            return chat_models.init_chat_model(
                target.model, **arguments, **{provider.max_tokens: max_tokens + options.think_budget}
            )
        except ImportError as error:
            if not isinstance(error.__cause__, ModuleNotFoundError):
                raise
            raise MissingExtraError(
                f"{target.provider}: needs {provider.package}; run: pip install {provider.package}"
            ) from None
        except Exception as error:  # noqa: BLE001 - each provider has its own types for a setting it refuses
            words = redacted(" ".join(str(error).split()), secrets())
            raise RespondentError(f"{target.provider}:{target.model} cannot be opened: {words[:300]}") from None

    return build


def wants_logprobs(target: ChatTarget, options: RespondentOptions) -> bool:
    """Whether log probabilities are asked for: as the user says, else where the provider is known to give them."""
    return PROVIDERS[target.provider].logprobs if options.logprobs is None else options.logprobs


def secrets() -> tuple[str, ...]:
    """The keys in the environment, for keeping them out of every text."""
    names = {name for provider in PROVIDERS.values() for name in provider.keys}
    return tuple(value for name in sorted(names) if len(value := os.environ.get(name, "")) >= 8)


def redacted(text: str, hidden: Iterable[str]) -> str:
    """The text without any of the hidden words, the longest first."""
    for word in sorted(hidden, key=len, reverse=True):
        text = text.replace(word, "***")
    return text


def _key(target: ChatTarget, provider: Provider) -> dict[str, str]:
    if not provider.keys or any(os.environ.get(name) for name in provider.keys):
        return {}
    if target.provider == "openai" and target.local:
        return {"api_key": "none-needed"}
    advice = " (any word will do for a server that asks for no key)" if target.base_url else ""
    raise RespondentError(
        f"{target.provider}:{target.model} needs a key: set {' or '.join(provider.keys)} in the environment{advice}"
    )
