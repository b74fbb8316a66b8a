"""An episode as a pure state machine: what comes next, and what the state is after it. No asking, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agents.actions import Action
from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.recommenders import Choice, DrawKey, Recommender, Shown, choose
from video_index.keyed import digest, shuffled


@dataclass(frozen=True, slots=True)
class EpisodeSpec:
    """How long an episode is and where its probes lie."""

    slots: int
    """Feed and probe slots together."""
    probe_every: int
    """Every n-th slot is a probe; 0 for an episode without probes."""
    seed: int

    def is_probe(self, slot: int) -> bool:
        """Whether the slot (counted from 0) measures instead of feeding."""
        return self.probe_every > 0 and (slot + 1) % self.probe_every == 0

    @property
    def probes(self) -> int:
        """How many probe slots the episode holds."""
        return sum(self.is_probe(slot) for slot in range(self.slots))


@dataclass(frozen=True, slots=True)
class EpisodeState:
    """What lies behind one agent. A probe slot moves `slot` and nothing else."""

    slot: int = 0
    history: tuple[Shown, ...] = ()

    def feed_state(self, catalogue: Catalogue) -> str:
        """Hash of what the feed has learnt: clips and weights in order."""
        parts = [f"{catalogue.clip_ids[shown.row]}:{shown.weight!r}" for shown in self.history]
        return digest("feed-state", *parts).hex()


@dataclass(frozen=True, slots=True)
class Slot:
    """What an agent sees next."""

    number: int
    kind: Literal["feed", "probe"]
    clip_id: str
    choice: Choice | None
    """How the feed came to it; None for a probe."""


def next_slot(
    spec: EpisodeSpec,
    state: EpisodeState,
    catalogue: Catalogue,
    recommender: Recommender,
    replicate: int,
    probes: Sequence[str],
) -> Slot | None:
    """The next slot, or None at the episode's end (its length, or a feed with nothing left to show).

    `probes` are the replicate's probe clips in order, one a probe slot.
    """
    if state.slot >= spec.slots:
        return None
    if spec.is_probe(state.slot):
        done = sum(spec.is_probe(slot) for slot in range(state.slot))
        return Slot(state.slot, "probe", probes[done], None)
    found = choose(recommender, catalogue, state.history, DrawKey(spec.seed, replicate))
    if found is None:
        return None
    return Slot(state.slot, "feed", catalogue.clip_ids[found.row], found)


def after_slot(state: EpisodeState, slot: Slot, action: Action | None) -> EpisodeState:
    """The state after the slot. A feed slot without a readable action is shown and teaches nothing."""
    if slot.choice is None:
        return EpisodeState(state.slot + 1, state.history)
    weight = action.feed_weight if action is not None else 0.0
    return EpisodeState(state.slot + 1, (*state.history, Shown(slot.choice.row, weight)))


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
