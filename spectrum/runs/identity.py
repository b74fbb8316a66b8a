"""The identities that pair respondents and key the store: item_id and ask_id.

Both are 32 hex digits of blake2b over the parts with their lengths, so that no two different questions can
share a key by how their texts are joined. Paths, hosts and dates enter neither.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from spectrum.answers import AnswerSpec, ChoiceSpec, FieldsSpec, ScaleSpec
from video_index.keyed import digest


class ConditionText(Protocol):
    """What of a condition enters an ask's identity (spectrum.prompts.Condition fits)."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def text(self) -> str:
        """What it adds to the prompt."""
        ...

    @property
    def placement(self) -> str:
        """Where the text goes."""
        ...


def options_of(spec: AnswerSpec) -> tuple[str, ...]:
    """The options of a spec in their order, as they enter item_id; how far they accept a clip does not."""
    if isinstance(spec, ChoiceSpec):
        return spec.options
    if isinstance(spec, ScaleSpec):
        return (f"{spec.low}..{spec.high}",)
    if isinstance(spec, FieldsSpec):
        return tuple(part for name, field in spec.fields for part in (f"{name}:", *options_of(field)))
    return ()


def question_key(before_media: str, after_media: str, options: Sequence[str]) -> str:
    """Hex digest of a question's exact text and its options in their order: the verbal half of item_id."""
    return digest("question", before_media, after_media, len(options), *options).hex()


def item_id(view_ids: Sequence[str], question: str) -> str:
    """Identity of an item: the clip views (media bytes and frame spec) and a `question_key`.

    The condition is not in it: equal item_ids are what pairs two respondents or two conditions.
    """
    return digest("item", len(view_ids), *view_ids, question).hex()


def context_key(
    condition: ConditionText, fingerprint: str, settings: Mapping[str, str], repeat: int, max_tokens: int
) -> str:
    """Hex digest of all an ask has beside its item: condition, respondent, generation settings, repeat.

    `fingerprint` is the respondent's; `max_tokens`, the bound on the answer, counts as a setting.
    """
    pairs = [part for name in sorted(settings) for part in (name, settings[name])]
    return digest(
        "context", condition.name, condition.text, condition.placement, fingerprint, repeat, max_tokens, *pairs
    ).hex()


def ask_id(item: str, context: str) -> str:
    """Identity of an ask: an `item_id` under a `context_key`. It keys store and cache."""
    return digest("ask", item, context).hex()
