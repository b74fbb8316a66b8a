"""Who chooses the next clip. A recommender scores the catalogue from the agent's history and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.errors import FeedError
from video_index.keyed import uniform


@dataclass(frozen=True, slots=True)
class Shown:
    """One feed slot that lies behind the agent."""

    row: int
    """Row of the clip in the catalogue."""
    weight: float
    """What the feed makes of the action: above 0 for liking or watching, below 0 for skipping, 0 for none."""


@dataclass(frozen=True, slots=True)
class DrawKey:
    """What a recommender's draws are keyed by. Persona and neutral agents of one replicate share it."""

    seed: int
    replicate: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The clip a recommender chose, and with what probability."""

    row: int
    score: float
    propensity: float
    """Probability of this clip given the history: 1 / candidates for the random feed, 1.0 for a ranking."""
    candidates: int


class Recommender(Protocol):
    """Scores every clip of the catalogue; the highest unseen one is shown, ties by clip id."""

    @property
    def name(self) -> str:
        """Its name with its settings, as manifest and trace record it."""
        ...

    def blind(self, history: Sequence[Shown]) -> bool:
        """Whether each unseen clip is equally likely after this history (over keys)."""
        ...

    def scores(self, catalogue: Catalogue, history: Sequence[Shown], key: DrawKey) -> NDArray[np.float64]:
        """Shape (clips,), higher is sooner; a function of its arguments alone."""
        ...


def _keyed_order(catalogue: Catalogue, key: DrawKey) -> NDArray[np.float64]:
    draws = (uniform(key.seed, key.replicate, "feed", clip_id) for clip_id in catalogue.clip_ids)
    return np.fromiter(draws, dtype=np.float64, count=len(catalogue.clip_ids))


class RandomFeed:
    """Every unseen clip is equally likely: the negative control."""

    name = "random"

    def __init__(self) -> None:
        # The order is a pure function of catalogue and key; hashing 50,000 clips again each slot is not.
        self._orders: dict[tuple[DrawKey, int], NDArray[np.float64]] = {}

    def blind(self, history: Sequence[Shown]) -> bool:
        """Always."""
        return True

    def scores(self, catalogue: Catalogue, history: Sequence[Shown], key: DrawKey) -> NDArray[np.float64]:
        """Keyed uniform numbers, one a clip; the history is ignored."""
        place = (key, id(catalogue))
        if place not in self._orders:
            self._orders[place] = _keyed_order(catalogue, key)
        return self._orders[place]


@dataclass(frozen=True, slots=True)
class RocchioFeed:
    """Moves a query towards what was liked and away from what was skipped (Rocchio, 1971), with decay.

    q = positive * mean_w(liked) - negative * mean_w(skipped), w = |weight| * decay ** age in feed slots. A clip's
    score is its cosine with q. Before any feedback the order is the random feed's of the same key.
    """

    positive: float = 1.0
    negative: float = 0.5
    decay: float = 0.95

    @property
    def name(self) -> str:
        """`rocchio` and its three numbers."""
        return f"rocchio(positive={self.positive:g}, negative={self.negative:g}, decay={self.decay:g})"

    def blind(self, history: Sequence[Shown]) -> bool:
        """Until something was liked or skipped."""
        return all(shown.weight == 0 for shown in history)

    def query(self, catalogue: Catalogue, history: Sequence[Shown]) -> NDArray[np.float64]:
        """The query vector, shape (dimensions,); zeros where nothing was liked or skipped."""
        query = np.zeros(catalogue.vectors.shape[1])
        ages = np.arange(len(history) - 1, -1, -1)
        for sign, gain in ((1.0, self.positive), (-1.0, -self.negative)):
            chosen = [index for index, shown in enumerate(history) if shown.weight * sign > 0]
            if not chosen:
                continue
            weights = np.array([abs(history[index].weight) for index in chosen]) * self.decay ** ages[chosen]
            rows = catalogue.vectors[[history[index].row for index in chosen]].astype(np.float64)
            query += gain * (weights @ rows) / weights.sum()
        return query

    def scores(self, catalogue: Catalogue, history: Sequence[Shown], key: DrawKey) -> NDArray[np.float64]:
        """Cosine of each clip with the query, rounded to 1e-6 so that machines agree on ties."""
        query = self.query(catalogue, history)
        length = float(np.linalg.norm(query))
        if length < 1e-12:
            return _keyed_order(catalogue, key)
        return np.round(catalogue.vectors.astype(np.float64) @ (query / length), 6)


RECOMMENDERS: Mapping[str, Callable[[], Recommender]] = MappingProxyType({"random": RandomFeed, "rocchio": RocchioFeed})


def open_recommender(name: str) -> Recommender:
    """The recommender of that name. Raises FeedError, listing the names, where there is none."""
    if name not in RECOMMENDERS:
        raise FeedError(f"unknown feed {name!r}; choose one of: {', '.join(RECOMMENDERS)}")
    return RECOMMENDERS[name]()


def choose(recommender: Recommender, catalogue: Catalogue, history: Sequence[Shown], key: DrawKey) -> Choice | None:
    """The best unseen clip, ties by clip id; None where every clip was shown: the feed's end, not an error."""
    seen = {shown.row for shown in history}
    candidates = len(catalogue.clip_ids) - len(seen)
    if candidates == 0:
        return None
    scores = np.array(recommender.scores(catalogue, history, key), dtype=np.float64)
    scores[list(seen)] = -np.inf
    row = int(np.argmax(scores))
    propensity = 1.0 / candidates if recommender.blind(history) else 1.0
    return Choice(row=row, score=float(scores[row]), propensity=propensity, candidates=candidates)
