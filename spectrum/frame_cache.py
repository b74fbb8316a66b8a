"""Frames kept for a while, so that a clip shown under several conditions is decoded once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from video_index.clips import Frame


class FrameCache:
    """Least recently used views first out, bounded in bytes. Threads that want one view decode it once."""

    def __init__(self, max_bytes: int = 256 * 2**20) -> None:
        """`max_bytes` bounds the pixels held; a view larger than that is decoded each time."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._held: OrderedDict[str, tuple[Frame, ...]] = OrderedDict()
        self._loading: dict[str, Future[tuple[Frame, ...]]] = {}
        self._lock = threading.Lock()

    @property
    def bytes_held(self) -> int:
        """Size of the pixels held now."""
        return self._bytes

    def frames(self, view_id: str, load: Callable[[], tuple[Frame, ...]]) -> tuple[Frame, ...]:
        """The frames of a view, from memory or from `load`.

        An error of `load` goes to everybody who waits for the view, and nothing is kept: the next call
        tries again.
        """
        with self._lock:
            held = self._held.get(view_id)
            if held is not None:
                self._held.move_to_end(view_id)
                return held
            waiting = self._loading.get(view_id)
            if waiting is None:
                mine: Future[tuple[Frame, ...]] = Future()
                self._loading[view_id] = mine
        if waiting is not None:
            return waiting.result()
        try:
            frames = load()
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            self._keep(view_id, frames)
            mine.set_result(frames)
            return frames
        finally:
            with self._lock:
                del self._loading[view_id]

    def _keep(self, view_id: str, frames: tuple[Frame, ...]) -> None:
        size = _size(frames)
        if size > self._max_bytes:
            return
        with self._lock:
            self._held[view_id] = frames
            self._bytes += size
            while self._bytes > self._max_bytes:
                _, dropped = self._held.popitem(last=False)
                self._bytes -= _size(dropped)


def _size(frames: tuple[Frame, ...]) -> int:
    return sum(frame.pixels.nbytes for frame in frames)
