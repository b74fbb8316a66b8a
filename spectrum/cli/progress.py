"""Progress on standard error: a bar with rate and time left on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_EVERY_S = 10.0


class Track:
    """Where a long piece of work stands; `at` may be called as often as one likes."""

    def __init__(self, console: "Console", what: str, total: int | None, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = console
        self._what = what
        self._total = total
        self._done = 0
        self._started = self._said = time.monotonic()
        self._bar = None
        if console.is_terminal and not quiet:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=console,
                transient=True,
            )
            self._task = self._bar.add_task(what, total=total, rate="", note="")
        self._quiet = quiet

    def at(self, done: int, note: str = "", total: int | None = None) -> None:
        """`done` of the total are finished; `note` is a few words beside the bar."""
        self._done = done
        self._total = total if total is not None else self._total
        seconds = time.monotonic() - self._started
        rate = f"{done / seconds:.1f}/s" if seconds > 1 else ""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=self._total, rate=rate, note=note)
        elif not self._quiet and time.monotonic() - self._said > _EVERY_S:
            self._said = time.monotonic()
            of = f" of {self._total}" if self._total else ""
            left = ""
            if self._total and done >= 5:
                left = f", about {seconds / done * (self._total - done):.0f} s left"
            self._console.print(f"{self._what}: {done}{of} {rate}{left} {note}".rstrip(), highlight=False, markup=False)

    def __enter__(self) -> "Track":
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def tracked(what: str, total: int | None = None, *, quiet: bool = False) -> Iterator[Track]:
    """A Track on standard error for the block's length."""
    from rich.console import Console

    with Track(Console(stderr=True), what, total, quiet) as track:
        yield track
