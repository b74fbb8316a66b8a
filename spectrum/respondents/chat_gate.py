"""How many requests go to a server at once: more while all goes well, fewer when it answers 429, and nothing else."""

import heapq
import threading
import time
from dataclasses import dataclass, field

_FIRST_LIMIT = 8
_FIRST_ROUNDS, _ROUND = 8, 32
"""Calls of a round, at least: until the first shrinking, and later. One unlucky call decides little."""
_STRAY, _STRAY_CALLS = 0.1, 1
"""A share of 429 up to this, or so few calls, count as all well: some servers scatter them whatever their load."""
_REFUSED_IN_A_ROW = 8
"""So many 429, and twice the limit, with no other answer between them stop all requests for the wait they ask for."""
_STALLED, _STALLED_S = 4.0, 0.2
"""A call is stalled after four usual calls, and a fifth of a second."""
_MEMORY = 0.1
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Turn:
    """An ask's place among all that wait, and what it shares with the asks of its group."""

    group: int
    place: int
    ended: threading.Event = field(default_factory=threading.Event)
    """Set where the group is to end: no further call is begun."""
    tried: threading.Event = field(default_factory=threading.Event)
    """Set after the ask's first call, however it went."""


@dataclass(frozen=True, slots=True)
class Place:
    """One request's leave to be in flight."""

    number: int
    round: int
    since: float
    """time.monotonic()"""


@dataclass(order=True, slots=True)
class _Waiting:
    group: int
    place: int
    given: Place | None = field(default=None, compare=False)
    passed: threading.Event = field(default_factory=threading.Event, compare=False)
    gone: bool = field(default=False, compare=False)


class Gate:
    """Lets requests pass in the order of their turns, so that the questions about a clip go one after another.

    The limit begins at 8 and is doubled after every round of calls (as many as the limit) that used it in full
    and went well, until one does not; from then on it grows by an eighth. A round in which more than a tenth of
    the calls met a 429 takes off half that share. Errors, time-outs and broken answers change nothing: fewer
    requests would not mend them. A call that takes four times as long as others do is taken for hung and gives
    its place to another, as long as no more than `most` are in flight in all.
    """

    def __init__(self, most: int) -> None:
        """`most` bounds the limit; 1 sends one request after the other."""
        self._most = most
        self._limit = float(min(most, _FIRST_LIMIT))
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._in_flight: dict[int, Place] = {}
        self._given = 0
        self._open_at = 0.0
        self._usual_s: float | None = None
        self._round = self._calls = self._refused = self._refused_in_a_row = 0
        self._full = self._shrunk = False

    @property
    def limit(self) -> int:
        """Requests that may be in flight now, hung ones apart."""
        return round(self._limit)

    @property
    def in_flight(self) -> int:
        """Requests that are in flight now."""
        return len(self._in_flight)

    @property
    def usual_s(self) -> float | None:
        """Seconds of an answered call, averaged over the last ones; None before the first."""
        return self._usual_s

    def enter(self, turn: Turn) -> Place | None:
        """Wait for a place; None where the group ended meanwhile."""
        me = _Waiting(turn.group, turn.place)
        with self._lock:
            heapq.heappush(self._waiting, me)
            self._let_in()
        while not me.passed.wait(_POLL_S):
            with self._lock:
                if turn.ended.is_set() and me.given is None:
                    me.gone = True
                    return None
                self._let_in()
        if turn.ended.is_set() and me.given is not None:
            self.abandon(me.given)
            return None
        return me.given

    def abandon(self, place: Place) -> None:
        """Leave without an answer of any kind."""
        with self._lock:
            del self._in_flight[place.number]
            self._let_in()

    def answered(self, place: Place) -> None:
        """The call brought an answer."""
        seconds = time.monotonic() - place.since
        with self._lock:
            before = seconds if self._usual_s is None else self._usual_s
            self._usual_s = before + _MEMORY * (seconds - before)
        self._leave(place, refused=False)

    def failed(self, place: Place, *, refused: bool, wait_s: float) -> None:
        """The call failed: `refused` by a 429, after which the request waits so many seconds."""
        self._leave(place, refused=refused, wait_s=wait_s)

    def _leave(self, place: Place, *, refused: bool, wait_s: float = 0.0) -> None:
        with self._lock:
            del self._in_flight[place.number]
            self._refused_in_a_row = self._refused_in_a_row + 1 if refused else 0
            if self._refused_in_a_row >= max(_REFUSED_IN_A_ROW, 2 * self._limit):
                self._open_at = max(self._open_at, time.monotonic() + wait_s)
            if place.round == self._round:
                self._calls += 1
                self._refused += refused
                if self._calls >= max(_ROUND if self._shrunk else _FIRST_ROUNDS, self._limit):
                    self._end_round()
            self._let_in()

    def _end_round(self) -> None:
        share = self._refused / self._calls
        if share > _STRAY and self._refused > _STRAY_CALLS:
            self._limit = max(1.0, self._limit * (1 - share / 2))
            self._shrunk = True
        elif self._full:
            growth = max(1.0, self._limit / 8) if self._shrunk else self._limit
            self._limit = min(float(self._most), self._limit + growth)
        self._round += 1
        self._calls = self._refused = 0
        self._full = False

    def _let_in(self) -> None:
        now = time.monotonic()
        while self._waiting and now >= self._open_at:
            if self._waiting[0].gone:
                heapq.heappop(self._waiting)
                continue
            if not self._has_room(now):
                self._full = True
                return
            first = heapq.heappop(self._waiting)
            first.given = Place(self._given, self._round, now)
            self._given += 1
            self._in_flight[first.given.number] = first.given
            first.passed.set()

    def _has_room(self, now: float) -> bool:
        if len(self._in_flight) < self.limit:
            return True
        if self._usual_s is None or len(self._in_flight) >= self._most:
            return False
        stalled_since = now - max(_STALLED_S, _STALLED * self._usual_s)
        stalled = sum(place.since < stalled_since for place in self._in_flight.values())
        return len(self._in_flight) - stalled < self.limit
