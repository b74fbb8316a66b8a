"""Keys and values of a prompt's beginning, kept apart from the passes that continue it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from video_index.extras import import_extra


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """What a language model remembers of tokens it has read. Never written to: caches start from it."""

    layers: tuple[tuple[Any, Any], ...]
    """Keys and values of each layer, shape (1, heads, length, width)."""
    length: int
    """Tokens read, pictures included."""
    shift: int
    """What is added to a token's place to give its position (M-RoPE counts a picture's tokens as fewer)."""

    @property
    def size(self) -> int:
        """Bytes of all keys and values."""
        return sum(int(keys.nbytes + values.nbytes) for keys, values in self.layers)


def cache_of(layers: Sequence[tuple[Any, Any]]) -> Any:
    """A cache for `forward` that begins with these keys and values and leaves them as they are."""
    transformers = import_extra("transformers", "models")
    cached = transformers.DynamicCache()
    for keys, values in layers:
        cached.layers.append(_growing_layer()(keys, values))
    return cached


def layers_of(cached: Any, start: int = 0) -> tuple[tuple[Any, Any], ...]:
    """Keys and values that a cache holds, from place `start` on."""
    return tuple((layer.keys[..., start:, :], layer.values[..., start:, :]) for layer in cached.layers)


def joined(parts: Sequence[Sequence[tuple[Any, Any]]]) -> tuple[tuple[Any, Any], ...]:
    """The parts' keys and values end to end, layer by layer."""
    torch = import_extra("torch", "models")
    return tuple(
        (torch.cat([keys for keys, _ in layer], dim=-2), torch.cat([values for _, values in layer], dim=-2))
        for layer in zip(*parts, strict=True)
    )


@cache
def _growing_layer() -> Any:
    """The class of a cache layer with room to grow: transformers' own copies the whole layer for each token."""
    torch = import_extra("torch", "models")
    transformers = import_extra("transformers", "models")

    # The type checker does not know what an optional package holds, and so no class of it either.
    class GrowingLayer(transformers.cache_utils.DynamicLayer):  # type: ignore[misc, name-defined]
        def __init__(self, keys: Any, values: Any) -> None:
            super().__init__()
            self.lazy_initialization(keys, values)
            self.keys, self.values = keys, values
            self._room: tuple[Any, Any] | None = None

        def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
            used = self.keys.shape[-2]
            needed = used + key_states.shape[-2]
            if self._room is None:
                self.keys = torch.cat([self.keys, key_states], dim=-2)
                self.values = torch.cat([self.values, value_states], dim=-2)
                self._room = (self.keys, self.values)
                return self.keys, self.values
            if self._room[0].shape[-2] < needed:
                self._room = _with_room(self.keys, needed), _with_room(self.values, needed)
            for room, added in zip(self._room, (key_states, value_states), strict=True):
                room[..., used:needed, :] = added
            self.keys, self.values = (room[..., :needed, :] for room in self._room)
            return self.keys, self.values

    def _with_room(held: Any, needed: int) -> Any:
        larger = held.new_empty((*held.shape[:-2], needed + max(64, needed // 4), held.shape[-1]))
        larger[..., : held.shape[-2], :] = held
        return larger

    return GrowingLayer
