"""Values kept for a while by their key, bounded in bytes."""

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Held(Generic[Value]):
    """Least recently used values first out. A value larger than the whole bound is not kept."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._values: OrderedDict[str, tuple[Value, int]] = OrderedDict()

    @property
    def bytes_held(self) -> int:
        """Size of what is held now."""
        return self._bytes

    def get(self, key: str) -> Value | None:
        """The value, which is then the last to go; None where it is not held."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key][0]

    def put(self, key: str, value: Value, size: int) -> None:
        """Hold a value of `size` bytes; others go until it fits."""
        self._drop(key)
        if size > self._max_bytes:
            return
        while self._bytes + size > self._max_bytes:
            self._drop(next(iter(self._values)))
        self._values[key] = value, size
        self._bytes += size

    def clear(self) -> None:
        """Let go of everything."""
        self._values.clear()
        self._bytes = 0

    def _drop(self, key: str) -> None:
        if key in self._values:
            self._bytes -= self._values.pop(key)[1]
