"""What was made of a clip kept for a while, so that a clip shown under several conditions is decoded once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from video_index.clips import Frame

Value = TypeVar("Value")


class OnceCache(Generic[Value]):
    """Least recently used values first out, bounded in bytes. Threads that want one value make it once."""

    def __init__(self, max_bytes: int, size: Callable[[Value], int]) -> None:
        """`max_bytes` bounds what is held; a value whose `size` is larger than that is made each time."""
        self._max_bytes = max_bytes
        self._size = size
        self._bytes = 0
        self._held: OrderedDict[str, Value] = OrderedDict()
        self._making: dict[str, Future[Value]] = {}
        self._lock = threading.Lock()

    @property
    def bytes_held(self) -> int:
        """Size of what is held now."""
        return self._bytes

    def get(self, key: str, make: Callable[[], Value]) -> Value:
        """The value of a key, from memory or from `make`.

        An error of `make` goes to everybody who waits for the key, and nothing is kept: the next call
        tries again.
        """
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            waiting = self._making.get(key)
            if waiting is None:
                mine: Future[Value] = Future()
                self._making[key] = mine
        if waiting is not None:
            return waiting.result()
        try:
            value = make()
            self._keep(key, value)
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(value)
            return value
        finally:
            with self._lock:
                del self._making[key]

    def _keep(self, key: str, value: Value) -> None:
        size = self._size(value)
        if size > self._max_bytes:
            return
        with self._lock:
            self._held[key] = value
            self._bytes += size
            while self._bytes > self._max_bytes:
                _, dropped = self._held.popitem(last=False)
                self._bytes -= self._size(dropped)


class FrameCache(OnceCache[tuple[Frame, ...]]):
    """Frames by view_id."""

    def __init__(self, max_bytes: int = 256 * 2**20) -> None:
        """`max_bytes` bounds the pixels held; a view larger than that is decoded each time."""
        super().__init__(max_bytes, _size)

    def frames(self, view_id: str, load: Callable[[], tuple[Frame, ...]]) -> tuple[Frame, ...]:
        """The frames of a view, from memory or from `load`."""
        return self.get(view_id, load)


def _size(frames: tuple[Frame, ...]) -> int:
    return sum(frame.pixels.nbytes for frame in frames)
