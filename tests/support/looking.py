"""A respondent that looks at every picture, and notes what it was shown: `py:tests.support.looking:Looking`."""

import time
from collections.abc import Callable
from typing import ClassVar

from spectrum.answers import ChoiceSpec
from spectrum.respondents.base import Group, Reply
from video_index.keyed import uniform


class Looking:
    """Chooses by key, one group at a time; what happens to the clips meanwhile is up to the test."""

    concurrency = 1
    shown: ClassVar[list[tuple[str, float]]] = []
    """(clip_id, mean brightness) of every clip looked at, by all of them."""
    after_groups: ClassVar[dict[int, Callable[[], None]]] = {}
    """What is done after so many groups."""

    def __init__(self, delay: str = "0") -> None:
        self._delay = float(delay)
        self.name = "looking"
        self.fingerprint = "looking 1"
        self.settings = {"decoding": "greedy"}
        self._groups = 0

    def answer(self, group: Group) -> list[Reply]:
        """One reply an ask, after `delay` seconds and once all pictures were seen."""
        time.sleep(self._delay)
        for view in group.media:
            frames = view.load()
            self.shown.append((view.clip_id, float(sum(frame.pixels.mean() for frame in frames) / len(frames))))
        replies = []
        for ask in group.asks:
            assert isinstance(ask.answer_spec, ChoiceSpec)
            options = ask.answer_spec.options
            chosen = int(uniform("looking", ask.ask_id) * len(options))
            masses = tuple(0.9 if place == chosen else 0.1 / (len(options) - 1) for place in range(len(options)))
            replies.append(Reply(ask.ask_id, options[chosen], "stop", masses))
        self._groups += 1
        if (then := self.after_groups.pop(self._groups, None)) is not None:
            then()
        return replies

    def close(self) -> None:
        """Nothing is held."""
