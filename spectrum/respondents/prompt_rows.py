"""Prompts as token rows: the head that ends with the last picture, and the question's own tail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from spectrum.respondents.base import Ask
from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.held import Held
from spectrum.respondents.option_tokens import Tokens
from spectrum.respondents.picture_memo import PictureMemo, pictures_processed_once
from spectrum.respondents.prompt_layout import PromptLayout, Shown, UnwritablePromptError
from video_index.extras import import_extra
from video_index.keyed import digest

_HEADS_BYTES = 256 * 2**20
_TAILS_BYTES = 32 * 2**20
_TAIL_OVERHEAD, _BYTES_A_TOKEN = 400, 36


@dataclass(frozen=True)
class Head:
    """A prompt up to the end of its last picture, or the whole prompt where no picture can be found in it."""

    inputs: Mapping[str, Any]
    """As the processor gives them; tensors along the text, shape (1, length, ...), are cut there."""
    pictures: str
    """Key of the pictures' content and kind: equal keys are equal pictures."""
    ends_with_picture: bool

    @cached_property
    def tokens(self) -> Tokens:
        """Token ids, placeholders of pictures included."""
        ids: list[int] = self.inputs["input_ids"][0].tolist()
        return tuple(ids)

    @cached_property
    def key(self) -> str:
        """Hex digest of tokens and pictures: heads with equal keys are the same prompt beginning."""
        return digest("head", self.pictures, str(self.tokens)).hex()

    @property
    def length(self) -> int:
        """Tokens, pictures included."""
        return int(self.inputs["input_ids"].shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One prompt: its head, the tokens that follow it, and tokens already written after the prompt."""

    head: Head
    tail: Tokens
    written: Tokens = ()

    @property
    def length(self) -> int:
        """Tokens of the prompt, pictures included, without those written after it."""
        return self.head.length + len(self.tail)

    @property
    def after_head(self) -> Tokens:
        """The tail and what was written after it."""
        return self.tail + self.written

    def whole(self) -> dict[str, Any]:
        """The processor's inputs of the whole row; what lies along the text is made longer by `after_head`."""
        return {name: self._with_rest(name, value) for name, value in self.head.inputs.items()}

    def _with_rest(self, name: str, value: Any) -> Any:
        if not self.after_head or not lies_along_text(value, self.head.length):
            return value
        torch = import_extra("torch", "models")
        if name == "input_ids":
            added = value.new_tensor([self.after_head])
        else:
            fill = _FILLS.get(name, 0)
            added = value.new_full((1, len(self.after_head), *value.shape[2:]), fill)
        return torch.cat([value, added], dim=1)


_FILLS = {"attention_mask": 1}


def lies_along_text(value: Any, length: int) -> bool:
    """Whether a tensor holds an entry a token, as input_ids does, and not an entry a picture or patch."""
    return getattr(value, "ndim", 0) >= 2 and tuple(value.shape[:2]) == (1, length)


class PromptRows:
    """Encodes the asks of a group, preparing their pictures once and every new wording once.

    Token ids always come from encoding a whole prompt. The tail of a question that was encoded before is taken
    from memory: it depends on the texts alone, which is held against a second question of the same pictures
    before it is relied upon, so the tokens are those of the whole prompt.
    """

    def __init__(self, checkpoint: Checkpoint, layout: PromptLayout) -> None:
        self.layout = layout
        self._checkpoint = checkpoint
        self._picture_tokens = picture_tokens(checkpoint)
        self._memo = PictureMemo()
        self._heads: Held[Head] = Held(_HEADS_BYTES)
        self._tails: Held[Tokens] = Held(_TAILS_BYTES)
        self._tails_hold: bool | None = None
        """Whether two questions were seen to share their head; None until two have been compared."""

    def encode(
        self, system: str, asks: Sequence[Ask], media: Sequence[Shown], pictures: str
    ) -> list[Row | UnwritablePromptError]:
        """A row an ask, in their order, or why the ask cannot be put; `pictures` is the key of the media."""
        with pictures_processed_once(self._checkpoint.processor, self._memo, pictures):
            return [self._row(system, ask, media, pictures) for ask in asks]

    def _row(self, system: str, ask: Ask, media: Sequence[Shown], pictures: str) -> Row | UnwritablePromptError:
        head_key = digest("head", system, ask.before_media, pictures).hex()
        kinds = " ".join(part["type"] for one in media for part in one.parts)
        tail_key = digest("tail", system, ask.before_media, ask.after_media, kinds).hex()
        head, tail = self._heads.get(head_key), self._tails.get(tail_key)
        if head is not None and tail is not None and self._tails_hold:
            return Row(head, tail)
        try:
            encoded = self.layout.encode(system, ask, media)
        except UnwritablePromptError as error:
            return error
        row = self.cut(encoded, pictures)
        if head is not None and row.head.ends_with_picture:
            same = head.tokens == row.head.tokens
            self._tails_hold = same and self._tails_hold is not False
            row = Row(head, row.tail) if same else row
        if row.head.ends_with_picture:
            self._heads.put(head_key, row.head, _size(row.head.inputs))
            self._tails.put(tail_key, row.tail, _TAIL_OVERHEAD + _BYTES_A_TOKEN * len(row.tail))
        return row

    def cut(self, encoded: Mapping[str, Any], pictures: str) -> Row:
        """A whole prompt's inputs as head and tail."""
        ids: list[int] = encoded["input_ids"][0].tolist()
        end = 1 + max((place for place, token in enumerate(ids) if token in self._picture_tokens), default=-1)
        along = {name: value for name, value in encoded.items() if lies_along_text(value, len(ids))}
        plain = all(
            bool((value[:, end:] == _FILLS.get(name, 0)).all()) for name, value in along.items() if name != "input_ids"
        )
        if not 0 < end < len(ids) or not plain:
            return Row(Head(dict(encoded), pictures, False), ())
        cut = {name: value[:, :end] if name in along else value for name, value in encoded.items()}
        return Row(Head(cut, pictures, True), tuple(ids[end:]))


def picture_tokens(checkpoint: Checkpoint) -> frozenset[int]:
    """Ids of the tokens that stand for parts of pictures in a prompt of this checkpoint."""
    config, processor = checkpoint.model.config, checkpoint.processor
    names = [f"{kind}_token_{part}" for kind in ("image", "video") for part in ("id", "index")]
    found = {getattr(owner, name, None) for owner in (config, processor) for name in names}
    return frozenset(token for token in found if isinstance(token, int))


def _size(inputs: Mapping[str, Any]) -> int:
    return sum(int(getattr(value, "nbytes", 0)) for value in inputs.values())
