"""Ctrl-C twice: the first finishes what is in flight and saves, the second stops now."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from spectrum.errors import Stopped


class Interrupt:
    """While the block runs, the first SIGINT or SIGTERM only sets `requested`; the second raises Stopped.

    Signals reach the main thread only: entered in another thread this changes nothing, and `request` is
    the way to stop.
    """

    def __init__(self, on_first: Callable[[], None] | None = None) -> None:
        """`on_first` is called once when a stop is first requested by a signal, to tell the user."""
        self._requested = threading.Event()
        self._on_first = on_first
        self._previous: dict[int, Any] = {}

    @property
    def requested(self) -> bool:
        """Whether to hand out no further work."""
        return self._requested.is_set()

    def request(self) -> None:
        """Ask for a stop after what is in flight, as the first signal does."""
        self._requested.set()

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._previous:
            signal.signal(*self._previous.popitem())

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise Stopped("stopped at once; finished work is stored, what was in flight will be asked again")
        self.request()
        if self._on_first is not None:
            self._on_first()
