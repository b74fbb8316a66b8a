"""Planted browsers in a feed, in numpy: the product's feeds choose, viewers of known taste act, episodes come out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.actions import ACTIONS, Action
from agents.catalogue import Catalogue
from agents.effects import FloatArray
from agents.episode import EpisodeSpec, EpisodeState, Slot, after_slot, request_of
from agents.episodes import Episode
from agents.planted_probes import CODES, several_labels
from agents.recommenders import RandomFeed, Recommender
from agents.recommenders.base import DrawKey, choose_all
from spectrum.runs.arm_name import ArmName

CLIPS = 300
"""Of a simulated catalogue."""
_NO_PROBES = np.zeros(0, dtype=np.int64)


class DrawnCatalogue(Catalogue):
    """A catalogue whose keyed numbers come from a generator: thousands of episodes are drawn in seconds."""

    def keyed_order(self, seed: int, replicate: int) -> FloatArray:
        """A uniform number a clip, (clips,), a function of the key."""
        place = (seed, replicate)
        if place not in self._orders:
            self._orders[place] = np.random.default_rng(place).random(len(self))
        return self._orders[place]


def make_catalogue(clips: int, rng: np.random.Generator) -> DrawnCatalogue:
    """Clips of 2.3 values on average whose vectors tell what they evoke, and as much again that is no value."""
    labels = several_labels(clips, rng)
    vectors = labels @ rng.normal(size=(10, 16)) + rng.normal(size=(clips, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = tuple(f"{number:08d}" for number in range(clips))
    return DrawnCatalogue(ids, vectors.astype(np.float32), labels, codes=CODES)


@dataclass(frozen=True, slots=True, eq=False)
class Viewer:
    """Who walks an arm: acceptance of each clip, and whether it draws by keys of its own."""

    arm: str
    acceptance: FloatArray
    """(clips,)"""
    own_keys: bool = False


def walk(
    catalogue: Catalogue, feed: Recommender, viewers: Sequence[Viewer], spec: EpisodeSpec, episodes: int
) -> dict[str, dict[int, Episode]]:
    """Episodes by arm and replicate, all walkers in lockstep, every slot a feed slot.

    A clip is accepted by its viewer's probability, by a number that replicate, slot and clip decide: half of the time
    it is liked and else watched. What is not accepted is skipped.
    """
    who = [(viewer, pair) for viewer in viewers for pair in range(episodes)]
    keys = [DrawKey(spec.seed, pair + episodes * viewer.own_keys) for viewer, pair in who]
    draws = {key: _draws(key, spec.slots, len(catalogue)) for key in keys}
    states = [EpisodeState() for _ in who]
    taken: list[list[Action]] = [[] for _ in who]
    for number in range(spec.slots):
        requests = [
            request_of(spec, state, catalogue, key, _NO_PROBES) for state, key in zip(states, keys, strict=True)
        ]
        for place, choice in enumerate(choose_all(feed, catalogue, requests)):
            if choice is None:
                raise ValueError(f"{len(catalogue)} clips are too few for {spec.slots} slots")
            row = catalogue.row_of[choice.clip_id]
            action = _act(who[place][0].acceptance[row], draws[keys[place]][number, row])
            taken[place].append(action)
            states[place] = after_slot(states[place], Slot(number, "feed", choice.clip_id, choice), action, catalogue)
    found: dict[str, dict[int, Episode]] = {viewer.arm: {} for viewer in viewers}
    for (viewer, pair), key, state, actions in zip(who, keys, states, taken, strict=True):
        found[viewer.arm][pair] = _episode(viewer, pair, key, state, actions, catalogue)
    return found


def _draws(key: DrawKey, slots: int, clips: int) -> FloatArray:
    return np.random.default_rng((key.seed, key.replicate, 1)).random((slots, clips))


def _act(acceptance: float, drawn: float) -> Action:
    like, watch, skip = ACTIONS
    return like if drawn < acceptance / 2 else watch if drawn < acceptance else skip


def _episode(
    viewer: Viewer, pair: int, key: DrawKey, state: EpisodeState, actions: Sequence[Action], catalogue: Catalogue
) -> Episode:
    rows = np.array([shown.row for shown in state.history], dtype=np.int64)
    return Episode(
        arm=ArmName.of(viewer.arm),
        pair=pair,
        replicate=key.replicate,
        rows=rows,
        labels=catalogue.labels[rows],
        accepted=np.array([action.acceptance for action in actions]),
        interest=viewer.acceptance[rows],
        actions=tuple(action.word for action in actions),
        phases=("",) * len(rows),
        watched=np.array([action.watched for action in actions]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """Episodes of one simulated run."""

    catalogue: Catalogue
    arms: dict[str, dict[int, Episode]]


def walked(
    feed: Recommender, rng: np.random.Generator, episodes: int, slots: int, *, twin: bool = False, random: bool = False
) -> Walked:
    """Nobody on a feed, and its twin, and itself on the random feed; all like the same clips, and no value.

    Clips differ in appeal with an SD of 1 logit.
    """
    catalogue, spec = make_catalogue(CLIPS, rng), EpisodeSpec(slots, 0, int(rng.integers(2**31)))
    acceptance = 0.5 * (1 + np.tanh(0.5 * rng.normal(size=CLIPS)))
    viewers = [Viewer("neutral@adaptive", acceptance)]
    viewers += [Viewer("twin@adaptive", acceptance, own_keys=True)] if twin else []
    arms = walk(catalogue, feed, viewers, spec, episodes)
    if random:
        arms |= walk(catalogue, RandomFeed(), [Viewer("neutral@random", acceptance)], spec, episodes)
    return Walked(catalogue, arms)
