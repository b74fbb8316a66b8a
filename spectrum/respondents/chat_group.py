"""The asks of one group, several at once. The first goes alone: the server has then read the clip for the others."""

import threading
from collections.abc import Callable, Sequence

from spectrum.errors import BudgetReached, RespondentError
from spectrum.respondents.base import Ask, Reply
from spectrum.respondents.chat_gate import Turn

_POLL_S = 0.05

AnswerOne = Callable[[Ask, Turn], Reply]


class GroupOfAsks:
    """Answers each ask once. What ends one for good ends the group; calls under way are waited for."""

    def __init__(self, asks: Sequence[Ask], number: int, answer_one: AnswerOne) -> None:
        """`number` orders groups: an earlier one goes first."""
        self.ended = threading.Event()
        self._asks = asks
        self._answer_one = answer_one
        self._turns = [Turn(number, place, self.ended) for place in range(len(asks))]
        self._replies: dict[int, Reply] = {}
        self._error: BaseException | None = None
        self._next = 1
        self._lead_over = threading.Event()
        self._lock = threading.Lock()

    @property
    def open(self) -> int:
        """Asks that are not done."""
        return len(self._asks) - len(self._replies)

    def run(self, hands: int, lead_s: Callable[[], float | None]) -> list[Reply]:
        """The replies, in order, with up to `hands` asks at once.

        The first ask goes alone until its first call is over, or `lead_s` seconds have passed (None: until it
        is done). Raises what ended the group; RespondentError and BudgetReached carry the replies so far.
        """
        # Daemons, as the threads that answer groups are: a stop never waits for a hung request.
        others = [
            threading.Thread(target=self._follow, args=(lead_s,), name=f"ask-beside-{number}", daemon=True)
            for number in range(min(hands, len(self._asks)) - 1)
        ]
        for thread in others:
            thread.start()
        self._answer(0)
        self._lead_over.set()
        self._go_on()
        for thread in others:
            thread.join()
        if self._error is not None:
            if isinstance(self._error, (BudgetReached, RespondentError)):
                self._error.replies = tuple(self._replies[place] for place in sorted(self._replies))
            raise self._error
        return [self._replies[place] for place in range(len(self._asks))]

    def _follow(self, lead_s: Callable[[], float | None]) -> None:
        while (wait := lead_s()) is None and not self._lead_over.wait(_POLL_S):
            continue
        if wait is not None:
            self._turns[0].tried.wait(wait)
        self._go_on()

    def _go_on(self) -> None:
        while True:
            with self._lock:
                place, self._next = self._next, self._next + 1
            if place >= len(self._asks) or self.ended.is_set():
                return
            self._answer(place)

    def _answer(self, place: int) -> None:
        try:
            self._replies[place] = self._answer_one(self._asks[place], self._turns[place])
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that asked for the group, which raises it
            with self._lock:
                self._error = self._error or error
            self.ended.set()
