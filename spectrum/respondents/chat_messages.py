"""A group as chat messages, and what a chat message says: pure translation, no network."""

from collections.abc import Mapping, Sequence
from typing import Any

from spectrum.respondents.base import Ask
from spectrum.respondents.chat_pictures import Picture

_STOP = {"stop", "end_turn", "stop_sequence", "complete", "eos", "eos_token", "finished"}
_LENGTH = {"length", "max_tokens", "max_output_tokens", "model_length", "error_limit"}
_FILTERED = {
    "content_filter", "content_filtered", "refusal", "safety", "recitation", "blocklist", "spii",
    "prohibited_content", "image_safety", "guardrail_intervened", "error_toxic",
}  # fmt: skip


def picture_blocks(pictures: Sequence[Picture]) -> list[dict[str, str]]:
    """Pictures as LangChain's image blocks."""
    return [{"type": "image", "base64": picture.base64, "mime_type": "image/jpeg"} for picture in pictures]


def messages(system: str, ask: Ask, pictures: Sequence[Picture]) -> list[Any]:
    """[system?] and one human message: text before, pictures (base64 JPEG), text after, as LangChain messages."""
    from langchain_core.messages import HumanMessage, SystemMessage

    turns: list[Any] = [SystemMessage(content=system)] if system else []
    return [*turns, HumanMessage(content=_content(ask, picture_blocks(pictures)))]


def openai_messages(system: str, ask: Ask, pictures: Sequence[Picture], *, media_ids: bool) -> list[dict[str, Any]]:
    """The same as OpenAI's protocol has it on the wire; with `media_ids`, the field `uuid` that vLLM takes."""
    shown = [
        {
            "type": "image_url",
            "image_url": {"url": f"data:image/jpeg;base64,{picture.base64}"},
            **({"uuid": picture.media_id} if media_ids else {}),
        }
        for picture in pictures
    ]
    turns: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    return [*turns, {"role": "user", "content": _content(ask, shown)}]


def written(message: Any) -> tuple[str, str | None]:
    """The text of a LangChain AIMessage and its finish reason: "stop", "length", "content_filter" or None.

    Where the provider marks a refusal (OpenAI's refusal field, or a refusal block), its words are the text
    and the reason is "content_filter": the answer was withheld, whatever the words look like.
    """
    refusal = message.additional_kwargs.get("refusal") or _refusal_block(message.content)
    if refusal:
        return str(refusal), "content_filter"
    return _text(message.content), _finish_reason(message.response_metadata)


def usage(message: Any) -> tuple[int, int] | None:
    """Tokens in and out as the provider counted them; None where it did not say."""
    counted = message.usage_metadata
    return None if not counted else (int(counted["input_tokens"]), int(counted["output_tokens"]))


def scored_tokens(message: Any) -> list[Mapping[str, Any]] | None:
    """The written tokens with their log probabilities, as OpenAI's protocol gives them; None where absent.

    Anything of another shape counts as absent: servers differ, and a wrong number is worse than none.
    """
    given = message.response_metadata.get("logprobs")
    tokens = given.get("content") if isinstance(given, Mapping) else None
    if not isinstance(tokens, list) or not all(_is_scored(token) for token in tokens):
        return None
    tops = (entry for token in tokens for entry in token.get("top_logprobs") or ())
    return tokens if all(_is_scored(entry) for entry in tops) else None


def _is_scored(token: Any) -> bool:
    return (
        isinstance(token, Mapping)
        and isinstance(token.get("token"), str)
        and isinstance(token.get("logprob"), int | float)
    )


def _content(ask: Ask, shown: Sequence[Mapping[str, Any]]) -> list[Any]:
    before = [{"type": "text", "text": ask.before_media}] if ask.before_media else []
    after = [{"type": "text", "text": ask.after_media}] if ask.after_media else []
    return [*before, *shown, *after]


def _text(content: str | Sequence[Any]) -> str:
    if isinstance(content, str):
        return content
    blocks = (block if isinstance(block, str) else block.get("text") for block in content if block)
    return "".join(text for text in blocks if isinstance(text, str))


def _refusal_block(content: str | Sequence[Any]) -> str | None:
    if isinstance(content, str):
        return None
    blocks = (block for block in content if isinstance(block, dict))
    return next((str(block["refusal"]) for block in blocks if block.get("refusal")), None)


def _finish_reason(metadata: Mapping[str, Any]) -> str | None:
    names = ("finish_reason", "stop_reason", "stopReason", "done_reason")
    given = next((metadata[name] for name in names if metadata.get(name)), None)
    reason = str(given).rpartition(".")[2].lower()
    if reason in _STOP:
        return "stop"
    if reason in _LENGTH:
        return "length"
    return "content_filter" if reason in _FILTERED else None
