"""Stopping in order: the first Ctrl-C finishes what is in flight and saves, the second stops now.

SIGTERM (a cluster's scheduler, `timeout`, a container that is stopped) and SIGHUP (a terminal or ssh session that is
closed) ask for the same as one Ctrl-C. The exit status is 128 and the signal's number: 130, 143, 129.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any

from spectrum.errors import Stopped

_HANG_UP: int | None = getattr(signal, "SIGHUP", None)
"""None where the platform has none."""
_ONE_REQUEST_S = 1.0
"""`timeout` sends SIGTERM to the process and again to its group: so soon after the first it is the same request."""


class Ended(KeyboardInterrupt):
    """SIGTERM or SIGHUP where nothing is in flight: unwinds as Ctrl-C does."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_status = 128 + number


class Interrupt:
    """While the block runs, the first SIGINT, SIGTERM or SIGHUP only sets `requested`; a second one raises Stopped.

    A second SIGHUP does not: closing a terminal sends several. An ignored SIGHUP (`nohup`) stays ignored. Signals
    reach the main thread only: entered in another thread this changes nothing, and `request` is the way to stop.
    A Stopped that leaves the block carries `exit_status`.
    """

    def __init__(self, on_first: Callable[[], None] | None = None) -> None:
        """`on_first` is called once when a stop is first requested by a signal, to tell the user."""
        self._requested = threading.Event()
        self._on_first = on_first
        self._previous: dict[int, Any] = {}
        self._terminals: list[int] = []
        self._first = int(signal.SIGINT)
        self._asked_at = 0.0

    @property
    def requested(self) -> bool:
        """Whether to hand out no further work."""
        return self._requested.is_set()

    @property
    def exit_status(self) -> int:
        """128 and the number of the first signal; 130 where a stop was requested otherwise."""
        return 128 + self._first

    def request(self) -> None:
        """Ask for a stop after what is in flight, as the first signal does."""
        self._requested.set()

    def __enter__(self) -> "Interrupt":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, *_ending()):
                self._previous[number] = signal.signal(number, self._on_signal)
            self._terminals = _terminals()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._previous:
            signal.signal(*self._previous.popitem())
        if isinstance(error, Stopped):
            error.exit_status = self.exit_status

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number == _HANG_UP:
            _leave(self._terminals)
        if not self.requested:
            self._first, self._asked_at = number, time.monotonic()
            self.request()
            if self._on_first is not None:
                self._on_first()
        elif not self._same_request(number):
            raise Stopped("stopped at once; finished work is stored, what was in flight will be asked again")

    def _same_request(self, number: int) -> bool:
        soon = time.monotonic() - self._asked_at < _ONE_REQUEST_S
        return number == _HANG_UP or (number == self._first == signal.SIGTERM and soon)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Within the block, SIGTERM and SIGHUP raise Ended, so that what is open is closed; for the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    terminals = _terminals()

    def end(number: int, frame: FrameType | None) -> None:
        if number == _HANG_UP:
            _leave(terminals)
        raise Ended(number)

    previous = {number: signal.signal(number, end) for number in _ending()}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _ending() -> list[int]:
    """SIGTERM, and SIGHUP unless somebody asked for it to be ignored."""
    heard = _HANG_UP is not None and signal.getsignal(_HANG_UP) is not signal.SIG_IGN
    return [signal.SIGTERM, *([_HANG_UP] if _HANG_UP is not None and heard else [])]


def _terminals() -> list[int]:
    """Those of the standard streams that are a terminal now: when it has hung up, they no longer look like one."""
    return [stream for stream in (0, 1, 2) if _is_terminal(stream)]


def _is_terminal(stream: int) -> bool:
    with suppress(OSError):
        return os.isatty(stream)
    return False


def _leave(terminals: list[int]) -> None:
    """Point streams at nothing: writing to a terminal that is gone fails, and would end what is to be finished."""
    if not terminals:
        return
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in terminals:
        os.dup2(nothing, stream)
    os.close(nothing)
