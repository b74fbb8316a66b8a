"""Forward passes of several continuations of one prefix, packed into one row without padding.

The questions about a clip stand one behind the other in a single sequence; a mask lets each token see the
prefix and its own question only, and positions are those it has in its own prompt. So the prefix is neither
copied for each question nor read again, and no place is lost to padding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.prefix_cache import Prefix, cache_of, layers_of
from spectrum.respondents.prompt_rows import Head
from spectrum.respondents.vision_features import on_device, without_pixels
from video_index.extras import import_extra

_FULL, _SLIDING = "full_attention", "sliding_attention"
_ATTENTIONS = ("sdpa", "eager")


class UnsupportedModelError(ValueError):
    """This model cannot take packed passes; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where tokens stand: each one's place in its own prompt, shape (tokens,)."""

    of_queries: Any
    of_columns: Any
    """Of all tokens in the cache, the queries included."""


class PackedPasses:
    """Runs one checkpoint's language model. Raises UnsupportedModelError where its attention is of another kind."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._model = checkpoint.model
        self._torch = import_extra("torch", "models")
        config = checkpoint.model.config.get_text_config()
        kinds = set(getattr(config, "layer_types", None) or ())
        if checkpoint.model.config.is_encoder_decoder:
            raise UnsupportedModelError("it has an encoder and a decoder")
        if checkpoint.attention not in _ATTENTIONS:
            raise UnsupportedModelError(f"its attention is {checkpoint.attention}, which takes no mask of ours")
        if kinds - {_FULL, _SLIDING}:
            raise UnsupportedModelError(f"it has layers of {', '.join(sorted(kinds - {_FULL, _SLIDING}))}")
        self.window: int | None = getattr(config, "sliding_window", None)
        self._by_kind = _SLIDING in kinds
        self._additive = checkpoint.attention == "eager"
        if kinds == {_FULL}:
            self.window = None

    def read(self, head: Head, features: dict[str, Any]) -> Prefix:
        """Read a prompt's head, its pictures being encoded already."""
        inputs = {name: on_device(self._model, value) for name, value in without_pixels(head).items()}
        if "token_type_ids" not in inputs and "mm_token_type_ids" not in inputs:
            inputs.pop("attention_mask", None)  # without padding it masks nothing, and a causal pass is faster
        cached = cache_of(())
        with self._torch.inference_mode():
            self._model(**inputs, mm_encoder_outputs=features, past_key_values=cached, use_cache=True, logits_to_keep=1)
        shift = getattr(getattr(self._model, "model", None), "rope_deltas", None)
        return Prefix(layers_of(cached), head.length, 0 if shift is None else int(shift.reshape(-1)[0]))

    def extend(self, prefix: Prefix, tokens: Sequence[int]) -> Prefix:
        """Read further tokens behind a prefix, all of which later rows share."""
        cached = cache_of(prefix.layers)
        places = self.range(prefix.length, prefix.length + len(tokens))
        seen = self._torch.ones(len(tokens), prefix.length + len(tokens), dtype=self._torch.bool, device=self.device)
        columns = self.range(0, prefix.length + len(tokens))
        self.run(cached, tokens, Places(places, columns), seen.tril(prefix.length), prefix.shift, [len(tokens) - 1])
        return Prefix(layers_of(cached), prefix.length + len(tokens), prefix.shift)

    def run(
        self, cached: Any, tokens: Sequence[int], places: Places, seen: Any, shift: int, read: Sequence[int]
    ) -> Any:
        """Read tokens behind what the cache holds; next-token logits, float32 (len(read), vocabulary).

        `seen` is bool, shape (tokens, columns): which columns each token sees, itself among them. `read` are
        the tokens after which logits are wanted.
        """
        torch = self._torch
        positions = (places.of_queries + shift)[None]
        with torch.inference_mode():
            logits = self._model(
                input_ids=torch.tensor([list(tokens)], device=self.device),
                attention_mask=self._mask(seen, places),
                position_ids=positions.expand(3, 1, -1) if self._is_mrope() else positions,
                past_key_values=cached,
                use_cache=True,
                logits_to_keep=torch.tensor(list(read), device=self.device),
            ).logits
        return logits[0].float()

    def range(self, start: int, end: int) -> Any:
        """Places start to end as a tensor on the model's device."""
        return self._torch.arange(start, end, device=self.device)

    @property
    def device(self) -> Any:
        """Where tokens go in."""
        return self._model.device

    def _is_mrope(self) -> bool:
        return hasattr(getattr(self._model, "model", None), "rope_deltas")

    def _mask(self, seen: Any, places: Places) -> Any:
        if self.window is None:
            return self._as_taken(seen)
        near = places.of_queries[:, None] - places.of_columns[None, :] < self.window
        if not self._by_kind:
            return self._as_taken(seen & near)
        return {_FULL: self._as_taken(seen), _SLIDING: self._as_taken(seen & near)}

    def _as_taken(self, seen: Any) -> Any:
        mask = seen[None, None]
        if not self._additive:
            return mask
        torch, dtype = self._torch, self._model.dtype
        return torch.zeros(mask.shape, dtype=dtype, device=self.device).masked_fill(~mask, torch.finfo(dtype).min)
