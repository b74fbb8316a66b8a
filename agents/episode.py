"""An episode as a pure state machine: what comes next, and what the state is after it. No asking, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agents.actions import LEAVE, Action
from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.memory import Remembered
from agents.recommenders.base import Choice, DrawKey, Recommender, Request, Shown, choose_all
from video_index.keyed import digest, shuffled

Kind = Literal["feed", "probe"]
Ended = Literal["", "left", "exhausted"]


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of an episode whose feed differs from the arm's own."""

    name: str
    feed_slots: int
    own_feed: bool
    """False: the random feed, whatever the arm's."""
    learns: bool
    """False: what the agent does moves nothing."""


PAPER_PHASES = (Phase("before", 50, False, False), Phase("training", 100, True, True), Phase("after", 50, True, False))
"""50 clips before, 100 that train the feed, 50 after: the paper's measure, on our feed."""


@dataclass(frozen=True, slots=True)
class EpisodeSpec:
    """How long an episode is, where its probes lie, and what a feed may do in it."""

    slots: int
    """Feed and probe slots together."""
    probe_every: int
    """Every n-th slot is a probe; 0 for an episode without probes."""
    seed: int
    again_after: int | None = None
    """A clip may come again once so many further feed slots were shown; None: never."""
    phases: tuple[Phase, ...] = ()
    """In order, counted in feed slots; what comes after them is the arm's own feed, learning."""
    memory_words: int = 0
    """Bound on what an agent with memory is told of its past slots."""

    def is_probe(self, slot: int) -> bool:
        """Whether the slot (counted from 0) measures instead of feeding."""
        return self.probe_every > 0 and (slot + 1) % self.probe_every == 0

    def probes_before(self, slot: int) -> int:
        """How many probe slots lie before a slot."""
        return slot // self.probe_every if self.probe_every else 0

    @property
    def probes(self) -> int:
        """How many probe slots the episode holds."""
        return self.probes_before(self.slots)

    @property
    def feed_slots(self) -> int:
        """How many feed slots the episode holds."""
        return self.slots - self.probes

    @property
    def half_time(self) -> int:
        """How many feed slots lie before the middle of the episode, where a reversed agent turns."""
        middle = (self.slots + 1) // 2
        return middle - self.probes_before(middle)

    def phase(self, fed: int) -> Phase:
        """The phase of a feed slot (counted from 0)."""
        for phase in self.phases:
            if fed < phase.feed_slots:
                return phase
            fed -= phase.feed_slots
        return Phase("", 0, True, True)

    def without_probes(self) -> "EpisodeSpec":
        """The same feed slots and no probe."""
        return replace(self, slots=self.feed_slots, probe_every=0)


@dataclass(frozen=True, slots=True)
class EpisodeState:
    """What lies behind one agent. A probe slot moves `slot` and nothing else."""

    slot: int = 0
    history: tuple[Shown, ...] = ()
    past: tuple[Remembered, ...] = ()
    feed_state: str = ""
    """Hash chain over clips and weights in order: equal only where the feed has learnt the same."""
    ended: Ended = ""

    @property
    def fed(self) -> int:
        """How many feed slots lie behind the agent."""
        return len(self.history)


@dataclass(frozen=True, slots=True)
class Slot:
    """What an agent sees next."""

    number: int
    kind: Kind
    clip_id: str
    choice: Choice | None
    """How the feed came to it; None for a probe."""
    yoked: bool = False
    """Whether another agent's feed was shown."""


def slot_kind(spec: EpisodeSpec, state: EpisodeState) -> Kind | None:
    """What kind of slot comes next; None at the episode's end."""
    if state.ended or state.slot >= spec.slots:
        return None
    return "probe" if spec.is_probe(state.slot) else "feed"


def request_of(
    spec: EpisodeSpec, state: EpisodeState, catalogue: Catalogue, key: DrawKey, barred: NDArray[np.int64]
) -> Request:
    """The agent's request to a feed; `barred` are rows of its probe clips, which never enter its feed."""
    closed = np.zeros(len(catalogue), dtype=np.bool_)
    closed[barred] = True
    recent = state.history if spec.again_after is None else state.history[max(0, state.fed - spec.again_after) :]
    closed[[shown.row for shown in recent]] = True
    return Request(state.history, key, closed)


def next_slot(
    spec: EpisodeSpec,
    state: EpisodeState,
    catalogue: Catalogue,
    recommender: Recommender,
    replicate: int,
    probes: Sequence[str],
) -> Slot | None:
    """The next slot of a single agent, or None at the episode's end (its length, or a feed with nothing to show).

    `probes` are the replicate's probe clips in order, one a probe slot.
    """
    kind = slot_kind(spec, state)
    if kind is None:
        return None
    if kind == "probe":
        return Slot(state.slot, "probe", probes[spec.probes_before(state.slot)], None)
    request = request_of(spec, state, catalogue, DrawKey(spec.seed, replicate), catalogue.rows(probes))
    (found,) = choose_all(recommender, catalogue, [request])
    return None if found is None else Slot(state.slot, "feed", found.clip_id, found)


def after_slot(
    state: EpisodeState,
    slot: Slot,
    action: Action | None,
    catalogue: Catalogue,
    weight: float | None = None,
    *,
    learns: bool = True,
) -> EpisodeState:
    """The state after the slot. A feed slot without a readable action is shown and teaches nothing.

    `weight` stands in for the action's own where the feed learns from something else (modelled watch time).
    """
    if slot.kind == "probe":
        return replace(state, slot=state.slot + 1)
    learnt = 0.0 if action is None or not learns else action.feed_weight if weight is None else weight
    row = catalogue.row_of[slot.clip_id]
    return EpisodeState(
        slot=state.slot + 1,
        history=(*state.history, Shown(row, learnt)),
        past=(*state.past, Remembered(catalogue.title(row), action.word if action else None)),
        feed_state=digest("feed-state", state.feed_state, slot.clip_id, repr(float(learnt))).hex(),
        ended="left" if action is not None and action.word == LEAVE else "",
    )


def exhausted(state: EpisodeState) -> EpisodeState:
    """The state of an agent whose feed has nothing left to show: an end, not an error."""
    return replace(state, ended="exhausted")


def probe_order(strata: Sequence[Sequence[str]], count: int, seed: int, replicate: int) -> tuple[str, ...]:
    """`count` distinct probe clips in rounds over the strata (one a value, and the controls), in keyed order.

    Raises FeedError where the strata hold fewer clips than that.
    """
    queues = [shuffled(stratum, seed, replicate, "probe", index) for index, stratum in enumerate(strata)]
    order: list[str] = []
    taken: set[str] = set()
    while len(order) < count:
        before = len(order)
        turn = shuffled((str(index) for index in range(len(queues))), seed, replicate, "probe-round", before)
        for index in map(int, turn):
            queue = queues[index]
            while queue and queue[0] in taken:
                queue.pop(0)
            if queue and len(order) < count:
                taken.add(queue[0])
                order.append(queue.pop(0))
        if len(order) == before:
            raise FeedError(
                f"{count} probe slots need as many clips, the value sets hold {before}; "
                "index more clips, or ask for fewer slots or probes"
            )
    return tuple(order)
