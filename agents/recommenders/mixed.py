"""Feeds that build on another: MMR, epsilon-greedy; and the planted bias, the positive control."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.recommenders.base import SHORTLIST, Choice, Recommender, Request
from agents.recommenders.blind import random_choice
from agents.recommenders.ranking import named
from agents.recommenders.rocchio import RocchioFeed
from video_index.keyed import uniform


@dataclass(frozen=True, slots=True)
class MmrFeed:
    """Maximal marginal relevance (Carbonell and Goldstein, 1998) on Rocchio's ranking.

    argmax_i relevance * s(i, q) - (1 - relevance) * max_j s(i, j), over the `candidates` clips nearest the query q,
    j running over the last `window` clips shown.
    """

    relevance: float = 0.7
    candidates: int = 200
    window: int = 20
    base: RocchioFeed = field(default_factory=RocchioFeed)

    def __post_init__(self) -> None:
        if not 0 <= self.relevance <= 1 or self.candidates < 1 or self.window < 1:
            raise FeedError("mmr: relevance lies in 0 to 1, candidates and window are 1 or more")

    @property
    def name(self) -> str:
        """`mmr`, its numbers and its base."""
        return (
            f"mmr(relevance={self.relevance:g}, candidates={self.candidates}, window={self.window}, {self.base.name})"
        )

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        """The open clip of largest marginal relevance; the random feed's before any feedback."""
        rankings = self.base.rankings(catalogue, requests, self.candidates)
        return [
            self._one(catalogue, request, ranking) if ranking else random_choice(catalogue, request)
            for request, ranking in zip(requests, rankings, strict=True)
        ]

    def _one(self, catalogue: Catalogue, request: Request, ranking: list[tuple[int, float]]) -> Choice:
        rows = np.array([row for row, _ in ranking], dtype=np.int64)
        relevant = np.array([score for _, score in ranking])
        recent = [shown.row for shown in request.history[-self.window :]]
        near = np.full(rows.size, -np.inf)
        vectors = catalogue.vectors[rows].astype(np.float64)
        for row in recent:
            near = np.maximum(near, (vectors * catalogue.vectors[row].astype(np.float64)).sum(axis=1))
        values = np.round(self.relevance * relevant - (1 - self.relevance) * near, 6) + 0.0
        order = np.lexsort((rows, -values))[:SHORTLIST]
        best = [(int(rows[place]), float(values[place])) for place in order]
        return Choice(catalogue.clip_ids[best[0][0]], best[0][1], 1.0, request.candidates, named(best, catalogue))


@dataclass(frozen=True, slots=True)
class EpsilonFeed:
    """With probability `epsilon` any open clip, else what the base feed chooses; keyed by replicate and slot."""

    epsilon: float = 0.1
    base: Recommender = field(default_factory=RocchioFeed)

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon <= 1:
            raise FeedError(f"epsilon: epsilon lies in 0 to 1, not at {self.epsilon:g}")

    @property
    def name(self) -> str:
        """`epsilon`, its share and its base."""
        return f"epsilon(epsilon={self.epsilon:g}, {self.base.name})"

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        """A mixture, with its propensity: (1 - epsilon) x the base's + epsilon / candidates for the base's clip."""
        greedy = self.base.choose(catalogue, requests)
        return [self._mixed(catalogue, request, choice) for request, choice in zip(requests, greedy, strict=True)]

    def _mixed(self, catalogue: Catalogue, request: Request, greedy: Choice) -> Choice:
        key = request.key
        share = self.epsilon / request.candidates
        exploring = uniform(key.seed, key.replicate, "explore", len(request.history)) < self.epsilon
        chosen = random_choice(catalogue, request) if exploring else greedy
        propensity = share + (1 - self.epsilon) * (greedy.propensity if chosen.clip_id == greedy.clip_id else 0.0)
        return Choice(chosen.clip_id, chosen.score, propensity, request.candidates, greedy.shortlist)


@dataclass(frozen=True, slots=True)
class PlantedBiasFeed:
    """Pushes one value by known log-odds, whatever the agent does: the positive control of exposure and drift.

    P(clip) is proportional to exp(log_odds x label of the value) over the open clips. Drawn with one keyed number a
    clip (Gumbel's trick), so that it stays as close to the random feed of the same key as the bias allows.
    """

    value: str
    log_odds: float = 1.0
    from_slot: int = 0
    """Feed slots before it are the random feed's: with a later start there is something to drift to."""

    @property
    def name(self) -> str:
        """`planted-bias`, its value and log-odds."""
        later = f", from_slot={self.from_slot}" if self.from_slot else ""
        return f"planted-bias(value={self.value}, log_odds={self.log_odds:g}{later})"

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        """A keyed draw with planted odds. Raises FeedError where the catalogue's labels lack the value."""
        if self.value not in catalogue.codes:
            raise FeedError(f"planted-bias: no value {self.value!r}; choose one of: {', '.join(catalogue.codes)}")
        pushed = self.log_odds * np.nan_to_num(catalogue.labels[:, catalogue.codes.index(self.value)])
        odds = np.exp(pushed)
        return [self._one(catalogue, request, pushed, odds) for request in requests]

    def _one(self, catalogue: Catalogue, request: Request, pushed: np.ndarray, odds: np.ndarray) -> Choice:
        if len(request.history) < self.from_slot:
            return random_choice(catalogue, request)
        order = catalogue.keyed_order(request.key.seed, request.key.replicate)
        # A clip that loses to a uniform number u has waited -log(u) / odds: the shortest wait is drawn.
        waits = -np.log(np.maximum(order, 1e-300)) / odds
        row = int(np.argmin(np.where(request.closed, np.inf, waits)))
        share = float(odds[row] / odds[~request.closed].sum())
        return Choice(catalogue.clip_ids[row], float(pushed[row]), share, request.candidates)
