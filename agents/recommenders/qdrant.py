"""Qdrant's recommendation strategies, computed here by its semantics, so that ties and keys are ours.

`average`: the query is 2 avg(liked) - avg(skipped), avg(liked) without skips, scored by dot product. `best_score`: a
clip's largest similarity to a liked clip, p, against its largest to a skipped one, n: s(p) where p > n, else -s(n),
with s(x) = (x / (1 + |x|) + 1) / 2 (Qdrant 1.7 and later). Qdrant's own engine can be asked instead: see stored.py.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.errors import FeedError
from agents.recommenders.base import Choice, Request, Shown
from agents.recommenders.blind import random_choice
from agents.recommenders.ranking import MARGIN, best_rows, exact_dots, top_choice

Strategy = Literal["best_score", "average"]
STRATEGIES: tuple[Strategy, ...] = ("best_score", "average")
_KEPT = 256
"""Running maxima kept: two arrays of one number a clip for each agent."""

_APART = 2.0
"""Keeps the order of liked clips (1 to 3) above that of skipped ones (-3 to -1)."""

Sides = tuple[NDArray[np.float32], NDArray[np.float32]]
_Signs = tuple[tuple[int, bool], ...]
"""(row, liked) of each clip of a history that taught something."""


def squashed(similarity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Qdrant's scaled fast sigmoid, (x / (1 + |x|) + 1) / 2; infinities stay what they are."""
    finite = np.where(np.isfinite(similarity), similarity, 0.0)
    scaled: NDArray[np.float64] = np.where(
        np.isfinite(similarity), 0.5 * (finite / (1 + np.abs(finite)) + 1), similarity
    )
    return scaled


def best_score(liked: NDArray[np.float64], skipped: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores from each clip's largest similarity to liked and to skipped ones, -inf where there is none; (n,)."""
    scores: NDArray[np.float64] = np.where(liked > skipped, squashed(liked), -squashed(skipped))
    return scores


class QdrantFeed:
    """Qdrant's `recommend`: liked and watched clips are its positives, skipped ones its negatives, unweighted.

    Before any feedback the order is the random feed's of the same key. Qdrant refuses `average` without positives;
    here the query is then -avg(skipped).
    """

    def __init__(self, strategy: str = "best_score") -> None:
        if strategy not in STRATEGIES:
            raise FeedError(f"qdrant: unknown strategy {strategy!r}; choose one of: {', '.join(STRATEGIES)}")
        self.strategy = strategy
        # Only saves time: the maxima over a history extend those over the same history less its last clip.
        self._maxima: OrderedDict[_Signs, Sides] = OrderedDict()
        self._of: Catalogue | None = None

    @property
    def name(self) -> str:
        """`qdrant` and the strategy."""
        return f"qdrant(strategy={self.strategy})"

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        """The open clip of largest score."""
        if self._of is not catalogue:
            self._maxima.clear()
            self._of = catalogue
        learnt = [request for request in requests if request.learnt]
        ranked = iter((self._average if self.strategy == "average" else self._best)(catalogue, learnt))
        return [next(ranked) if request.learnt else random_choice(catalogue, request) for request in requests]

    def _average(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        queries = [_average_query(catalogue, request) for request in requests]
        lengths = [max(float(np.linalg.norm(query)), 1e-12) for query in queries]
        units = [query / length for query, length in zip(queries, lengths, strict=True)]
        if not units:
            return []
        fast = np.array(units, dtype=np.float32) @ catalogue.vectors.T

        def one(place: int) -> Choice:
            unit = units[place]
            ranking = best_rows(fast[place], lambda rows: exact_dots(catalogue, rows, unit), requests[place])
            scaled = [(row, score * lengths[place]) for row, score in ranking]
            return top_choice(scaled, catalogue, requests[place])

        return [one(place) for place in range(len(requests))]

    def _best(self, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice]:
        self._extend(catalogue, requests)
        return [self._best_of(catalogue, request) for request in requests]

    def _best_of(self, catalogue: Catalogue, request: Request) -> Choice:
        near, far = self._maxima[_signs(request)]
        # The order of the scores without their sigmoid: liked clips from 1 up, skipped ones from -1 down. A clip as
        # near to a liked as to a skipped one jumps between the two: count it as liked until it is known exactly.
        fast = np.where(near > far - MARGIN, near + np.float32(_APART), -far - np.float32(_APART))
        positive, negative = _examples(catalogue, request.history)

        def exact(rows: NDArray[np.int64]) -> NDArray[np.float64]:
            liked, skipped = _nearest(catalogue, rows, positive), _nearest(catalogue, rows, negative)
            return np.where(liked > skipped, liked + _APART, -skipped - _APART)

        ranking = [(row, _score(place)) for row, place in best_rows(fast, exact, request)]
        return top_choice(ranking, catalogue, request)

    def _extend(self, catalogue: Catalogue, requests: Sequence[Request]) -> None:
        """Bring the running maxima of every request up to date by one product with the catalogue."""
        wanted = dict.fromkeys(_signs(request) for request in requests)
        known = [self._known(signs) for signs in wanted]
        new = sorted({row for signs, count in zip(wanted, known, strict=True) for row, _ in signs[count:]})
        place = {row: number for number, row in enumerate(new)}
        similar = catalogue.vectors[new] @ catalogue.vectors.T
        sharing = Counter(signs[:count] for signs, count in zip(wanted, known, strict=True))
        for signs, count in zip(wanted, known, strict=True):
            begun = signs[:count]
            sharing[begun] -= 1
            if count < len(signs):
                # The last to build on the maxima of a beginning may write into them, unless somebody stands there.
                last = begun in self._maxima and not sharing[begun] and begun not in wanted
                near, far = (self._maxima.pop(begun) if last else self._copied(begun)) or _none(len(catalogue))
                for row, liked in signs[count:]:
                    side = near if liked else far
                    np.maximum(side, similar[place[row]], out=side)
                self._maxima[signs] = (near, far)
            self._maxima.move_to_end(signs)
        while len(self._maxima) > max(_KEPT, len(wanted)):
            self._maxima.popitem(last=False)

    def _copied(self, signs: _Signs) -> Sides | None:
        kept = self._maxima.get(signs)
        return None if kept is None else (kept[0].copy(), kept[1].copy())

    def _known(self, signs: _Signs) -> int:
        """Length of the longest beginning whose maxima are kept."""
        known = len(signs)
        while known and signs[:known] not in self._maxima:
            known -= 1
        return known


def _none(clips: int) -> Sides:
    """Maxima over no clip."""
    return np.full(clips, -np.inf, dtype=np.float32), np.full(clips, -np.inf, dtype=np.float32)


def _signs(request: Request) -> _Signs:
    return tuple((shown.row, shown.weight > 0) for shown in request.history if shown.weight)


def _score(place: float) -> float:
    """Qdrant's score from a clip's place in the order."""
    similarity = np.array(place - _APART if place > 0 else -place - _APART)
    return float(squashed(similarity)) if place > 0 else -float(squashed(similarity))


def _average_query(catalogue: Catalogue, request: Request) -> NDArray[np.float64]:
    liked, skipped = _examples(catalogue, request.history)
    if not len(skipped):
        return np.asarray(liked.mean(axis=0))
    if not len(liked):
        return np.asarray(-skipped.mean(axis=0))
    return np.asarray(2 * liked.mean(axis=0) - skipped.mean(axis=0))


def _examples(catalogue: Catalogue, history: Sequence[Shown]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    liked = [shown.row for shown in history if shown.weight > 0]
    skipped = [shown.row for shown in history if shown.weight < 0]
    return catalogue.vectors[liked].astype(np.float64), catalogue.vectors[skipped].astype(np.float64)


def _nearest(catalogue: Catalogue, rows: NDArray[np.int64], examples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest similarity of each row to an example; -inf where there is none."""
    most = np.full(rows.size, -np.inf)
    for example in examples:
        most = np.maximum(most, exact_dots(catalogue, rows, example))
    return most
