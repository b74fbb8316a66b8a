"""A respondent that takes its time and no processor's: `py:benchmarks.unhurried:Unhurried?delay=0.2` (seconds a group).

It chooses by key. What kills and stops a run then meets it while it asks, however busy the machine is.
"""

import time

from spectrum.answers import ChoiceSpec
from spectrum.respondents.base import Group, Reply
from video_index.keyed import uniform


class Unhurried:
    """Chooses by key, after a while."""

    concurrency = 1

    def __init__(self, delay: str = "0.2") -> None:
        self.name = "unhurried"
        self.fingerprint = "unhurried 1"
        self.settings = {"decoding": "greedy"}
        self._delay = float(delay)

    def answer(self, group: Group) -> list[Reply]:
        """One reply an ask, after `delay` seconds."""
        time.sleep(self._delay)
        replies = []
        for ask in group.asks:
            assert isinstance(ask.answer_spec, ChoiceSpec)
            options = ask.answer_spec.options
            first = uniform("unhurried", ask.ask_id)
            masses = (first, *[(1 - first) / (len(options) - 1)] * (len(options) - 1))
            replies.append(Reply(ask.ask_id, options[masses.index(max(masses))], "stop", masses))
        return replies

    def close(self) -> None:
        """Nothing is held."""
