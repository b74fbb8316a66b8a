"""Threads that put groups to a respondent, and frames made ready before they are asked for."""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType

from spectrum.frame_cache import FrameCache
from spectrum.respondents.base import Group, Reply, Respondent
from spectrum.views import ClipView
from video_index.clips import Frame

_POLL_S = 0.05
"""Waiting in short turns lets a signal through on platforms where a lock cannot be interrupted, and lets a respondent
whose room for groups changes be filled again."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a group: its replies, or the error that was raised."""

    group: Group
    """As it was submitted: put again, its views are watched once and not twice, which would wait for themselves."""
    replies: Sequence[Reply]
    error: BaseException | None = None


class Crew:
    """Threads that answer groups, one for each in hand. They are daemons: a stop never waits for a hung request."""

    def __init__(self, respondent: Respondent, frames: "Frames") -> None:
        self._respondent = respondent
        self._frames = frames
        self._todo: queue.SimpleQueue[Group | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self._threads = 0
        self._in_hand = 0

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in range(self._threads):
            self._todo.put(None)

    @property
    def in_hand(self) -> int:
        """Groups that were submitted and not taken yet."""
        return self._in_hand

    def submit(self, group: Group) -> None:
        """Hand a group to a free thread, or to a new one."""
        self._in_hand += 1
        if self._in_hand > self._threads:
            threading.Thread(target=self._work, name=f"ask-{self._threads}", daemon=True).start()
            self._threads += 1
        self._todo.put(group)

    def take(self) -> list[Done]:
        """The groups that are done, in whatever order they ended; none where a short wait brought none."""
        found: list[Done] = []
        with suppress(queue.Empty):
            found.append(self._done.get(timeout=_POLL_S))
            while True:
                found.append(self._done.get_nowait())
        self._in_hand -= len(found)
        return found

    def _work(self) -> None:
        while (group := self._todo.get()) is not None:
            try:
                self._done.put(Done(group, tuple(self._respondent.answer(self._frames.watch(group)))))
            # Whatever a user's respondent raises belongs to the thread that asked, which raises it.
            except BaseException as error:  # noqa: BLE001
                self._done.put(Done(group, (), error))


class Frames:
    """What one call of `ask` shows: each view decoded once for all its groups, the next one ahead of time.

    Loading ahead begins only once the respondent has looked at a picture: a planted respondent never
    does, and decoding for it would be the whole cost of a run.
    """

    def __init__(self) -> None:
        self._cache = FrameCache()
        self._looked = False

    def watch(self, group: Group) -> Group:
        """The same group, whose views take their frames from here."""
        return replace(group, media=tuple(replace(view, load=self._loader(view)) for view in group.media))

    def prepare(self, group: Group) -> None:
        """Begin to load a group's views in a thread of its own."""
        if self._looked:
            threading.Thread(target=self._load_all, args=(group,), name="frames-ahead", daemon=True).start()

    def _loader(self, view: ClipView) -> Callable[[], tuple[Frame, ...]]:
        def load() -> tuple[Frame, ...]:
            self._looked = True
            return self._cache.frames(view.view_id, view.load)

        return load

    def _load_all(self, group: Group) -> None:
        for view in group.media:
            # The error is raised again where the frames are asked for, as without loading ahead.
            with suppress(Exception):
                self._cache.frames(view.view_id, view.load)
