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

_POLL_S = 0.2
"""Waiting in short turns lets a signal through on platforms where a lock cannot be interrupted."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a group: its replies, or the error that was raised."""

    group: Group
    replies: Sequence[Reply]
    error: BaseException | None = None


class Crew:
    """Up to `size` threads that answer groups. They are daemons: a stop never waits for a hung request."""

    def __init__(self, respondent: Respondent, size: int) -> None:
        self._respondent = respondent
        self._todo: queue.SimpleQueue[Group | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self._size = size

    def __enter__(self) -> "Crew":
        for number in range(self._size):
            threading.Thread(target=self._work, name=f"ask-{number}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in range(self._size):
            self._todo.put(None)

    def submit(self, group: Group) -> None:
        """Hand a group to the next free thread."""
        self._todo.put(group)

    def take(self) -> Done:
        """Wait for the next group that is done, in whatever order they end."""
        while True:
            try:
                return self._done.get(timeout=_POLL_S)
            except queue.Empty:
                continue

    def _work(self) -> None:
        while (group := self._todo.get()) is not None:
            try:
                self._done.put(Done(group, tuple(self._respondent.answer(group))))
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
