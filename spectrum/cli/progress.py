"""Progress on standard error: a bar on a terminal, a line now and then elsewhere, or JSON lines for batch systems."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from spectrum.respondents.base import Respondent
    from spectrum.runs.ask import AskSummary

MODES = ("auto", "bar", "lines", "json", "none")
VARIABLE = "SPECTRUM_PROGRESS"
_KEY = "spectrum.progress"
_EVERY_S = {"lines": 10.0, "json": 5.0}
_FEWEST_S = 3.0
"""Before that a rate is a guess."""
_STEP_S, _WINDOW_S = 0.5, 120.0
"""The rate is taken of samples that far apart, over the latest so many seconds."""


class Track:
    """Where a long piece of work stands; `at` may be called as often as one likes."""

    def __init__(
        self,
        console: "Console",
        what: str,
        total: int | None,
        mode: str,
        before: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`before` of the total were done by an earlier run, and count as done."""
        self._console = console
        self._what = what
        self._total = total
        self._before = before
        self._mode = _usable(mode, console)
        self._clock = clock
        self._started = clock()
        self._said: float | None = None
        self._done, self._note = before, ""
        self._cost: float | None = None
        self._samples: deque[tuple[float, int]] = deque()
        self._bar = _bar(console) if self._mode == "bar" else None
        if self._bar is not None:
            self._task = self._bar.add_task(what, total=total, completed=before, told="", note="")

    def at(self, done: int, note: str = "", total: int | None = None, cost: float | None = None) -> None:
        """`done` more are finished than before; `note` is a few words beside the bar, `cost` in USD where known."""
        self._done, self._note, self._cost = self._before + done, note, cost
        self._total = total if total is not None else self._total
        self._sample()
        if self._bar is not None:
            self._bar.update(
                self._task, completed=self._done, total=self._total, told=self._told(left=False), note=note
            )
        elif self._mode in _EVERY_S and self._clock() - self._last > _EVERY_S[self._mode]:
            self._say()

    def __enter__(self) -> "Track":
        if self._bar is not None:
            self._bar.start()
        elif self._mode == "json":
            self._say()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif self._mode == "json":
            self._say("progress-end")

    @property
    def _last(self) -> float:
        return self._started if self._said is None else self._said

    def _sample(self) -> None:
        now = self._clock()
        if self._done == self._before:
            return  # what comes before the first that is done (a model loads, a first call goes alone) is no measure
        if not self._samples or now - self._samples[-1][0] >= _STEP_S:
            self._samples.append((now, self._done))
        while len(self._samples) > 2 and now - self._samples[1][0] > _WINDOW_S:
            self._samples.popleft()

    @property
    def _rate(self) -> float | None:
        """A second, lately: neither what an earlier run did nor the loading of a model counts."""
        if not self._samples:
            return None
        first, before = self._samples[0]
        seconds = self._clock() - first
        return (self._done - before) / seconds if seconds >= _FEWEST_S and self._done > before else None

    @property
    def _left_s(self) -> float | None:
        rate = self._rate
        return None if self._total is None or rate is None else max(0, self._total - self._done) / rate

    def _told(self, *, left: bool) -> str:
        """Rate, time left and cost, as far as they are known."""
        parts = []
        if self._rate is not None:
            parts.append(f"{self._rate:.1f}/s" if self._rate >= 1 else f"{60 * self._rate:.1f}/min")
        if left and self._left_s is not None:
            parts.append(f"about {self._left_s:.0f} s left")
        if self._cost is not None:
            parts.append(f"{self._cost:.2f} USD")
        return ", ".join(parts)

    def _say(self, event: str = "progress") -> None:
        self._said = self._clock()
        if self._mode == "json":
            click.echo(json.dumps(self._event(event)), err=True)
            return
        of = f" of {self._total}" if self._total else ""
        told = " ".join(filter(None, (f"{self._what}: {self._done}{of}", self._told(left=True), self._note)))
        self._console.print(told, highlight=False, markup=False, soft_wrap=True)

    def _event(self, event: str) -> dict[str, Any]:
        rate, left = self._rate, self._left_s
        return {
            "event": event,
            "what": self._what,
            "done": self._done,
            "total": self._total,
            "rate": None if rate is None else round(rate, 3),
            "left_s": None if left is None else round(left, 1),
            "cost": None if self._cost is None else round(self._cost, 6),
            "seconds": round(self._clock() - self._started, 1),
            "note": self._note,
        }


class AskTrack:
    """Progress of `runs.ask.ask`: asks done, failed, and what they cost."""

    def __init__(self, track: Track, respondent: "Respondent") -> None:
        self._track = track
        self._respondent = respondent

    def at(self, state: "AskSummary") -> None:
        """What `ask` tells of itself."""
        self._track.at(
            state.answered + state.reused + state.failed,
            f"{state.failed} failed" if state.failed else "",
            cost=spent_usd(self._respondent),
        )


@contextmanager
def tracked(what: str, total: int | None = None, *, quiet: bool = False, before: int = 0) -> Iterator[Track]:
    """A Track on standard error for the block's length, in the way that --progress or SPECTRUM_PROGRESS asks for."""
    from rich.console import Console

    with Track(Console(stderr=True), what, total, "none" if quiet else chosen_mode(), before) as track:
        yield track


@contextmanager
def tracked_asks(total: int, respondent: "Respondent", before: int = 0, *, quiet: bool = False) -> Iterator[AskTrack]:
    """Progress of a run's asks, `before` of which were answered by an earlier call."""
    with tracked("asks", total, quiet=quiet, before=before) as track:
        yield AskTrack(track, respondent)


def remember(context: click.Context, _: click.Parameter, mode: str) -> str:
    """Callback of --progress: keeps what was chosen for `tracked`."""
    context.meta[_KEY] = mode
    return mode


def chosen_mode() -> str:
    """What --progress of the command that is running was given, or "auto"."""
    context = click.get_current_context(silent=True)
    return "auto" if context is None else str(context.meta.get(_KEY, "auto"))


def spent_usd(respondent: object) -> float | None:
    """What an API respondent has cost so far in USD; None where no prices were given, or nothing is paid for."""
    usd = getattr(getattr(respondent, "spent", None), "usd", None)
    return None if usd is None else float(usd)


def stored_answers(folder: Path) -> int:
    """How many asks of a run folder were answered before; 0 where it cannot be read, which the run itself will say."""
    from spectrum.errors import RunFolderError
    from spectrum.runs.folder import RunFolder
    from spectrum.runs.store import AnswerStore

    try:
        with AnswerStore(RunFolder(folder).answers, read_only=True) as store:
            return len(store)
    except RunFolderError:
        return 0


def _usable(mode: str, console: "Console") -> str:
    """A bar needs a terminal that can redraw a line; where there is none, "bar" falls back to lines as "auto" does."""
    if mode in ("auto", "bar"):
        return "bar" if console.is_terminal and not console.is_dumb_terminal else "lines"
    return mode


def _bar(console: "Console") -> Any:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
        transient=True,
    )
