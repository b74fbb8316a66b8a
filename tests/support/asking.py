"""Respondents with known answers and groups to put to them, for tests of asking and storing."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from spectrum.answers import AnswerSpec, ChoiceSpec
from spectrum.respondents.base import Ask, Group, Reply
from spectrum.views import ClipView
from video_index.clips import Frame, ViewSpec
from video_index.keyed import integer, uniform

YES_NO = ChoiceSpec(("Yes", "No"), (1.0, 0.0))
TEXTS = ("Yes.", "No, I don't", "I'm sorry, I can't assist with that.", "Subjective", "**Yes** - because", "no")


def keyed_reply(ask_id: str) -> Reply:
    """The one reply the keyed respondent ever gives to an ask."""
    mass = uniform(ask_id, "mass")
    return Reply(
        ask_id,
        text=TEXTS[integer(len(TEXTS), ask_id, "text")],
        finish_reason="stop",
        probabilities=(mass * 0.9, (1 - mass) * 0.9) if integer(4, ask_id, "scored") else None,
        tokens_in=integer(100, ask_id, "in"),
        tokens_out=2,
        latency_s=0.001,
    )


@dataclass
class Keyed:
    """Answers by ask_id alone; remembers what it was sent and how many groups it held at once."""

    concurrency: int = 1
    delay_s: float = 0.0
    change: Callable[[Reply, int], Reply] | None = None
    """Given a reply and how often its ask was sent before: what to give instead."""
    looks: bool = False
    """Whether it loads the frames."""
    name: str = "keyed"
    fingerprint: str = "f" * 32
    sent: list[str] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    most_at_once: int = 0
    closed: bool = False
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def settings(self) -> dict[str, str]:
        return {"decoding": "greedy"}

    def answer(self, group: Group) -> Sequence[Reply]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            before = {ask.ask_id: self.sent.count(ask.ask_id) for ask in group.asks} if self.change else {}
            self.sent += [ask.ask_id for ask in group.asks]
            self.groups.append(group)
        try:
            if self.looks:
                for view in group.media:
                    view.load()
            if self.delay_s:
                time.sleep(self.delay_s)
            replies = [keyed_reply(ask.ask_id) for ask in group.asks]
            if self.change is not None:
                replies = [self.change(reply, before[reply.ask_id]) for reply in replies]
            return replies
        finally:
            with self._lock:
                self._at_once -= 1

    def close(self) -> None:
        self.closed = True


def still(clip_id: str, shade: int = 128) -> ClipView:
    """A view of one grey 8 x 8 picture."""
    frame = Frame(np.full((8, 8, 3), shade, np.uint8), 0.0)
    return ClipView(clip_id, ViewSpec(), lambda: (frame,))


def make_groups(
    count: int, size: int = 4, spec: AnswerSpec = YES_NO, view: Callable[[str], ClipView] = still
) -> list[Group]:
    """`count` groups of `size` asks, named g0a0, g0a1, ..."""
    return [
        Group(
            (view(f"clip{number}"),),
            "",
            tuple(Ask(f"g{number}a{place}", "", "Do you like it?", spec) for place in range(size)),
        )
        for number in range(count)
    ]


def ids(groups: Iterable[Group]) -> Iterator[str]:
    for group in groups:
        for ask in group.asks:
            yield ask.ask_id
