"""The one protocol of recommenders, and the check that each keeps to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.errors import FeedError

SHORTLIST = 5
"""How many of the best candidates a choice names with their scores, for the trace."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One agent that waits for a clip."""

    history: tuple[Shown, ...]
    """Its feed slots so far, oldest first."""
    key: DrawKey
    closed: NDArray[np.bool_]
    """Shape (clips,): what must not be shown: clips seen already, and the episode's probe clips."""

    @property
    def candidates(self) -> int:
        """How many clips may be shown."""
        return int(self.closed.size - np.count_nonzero(self.closed))

    @property
    def learnt(self) -> bool:
        """Whether the feed has learnt anything: something was liked, watched or skipped."""
        return any(shown.weight != 0 for shown in self.history)


@dataclass(frozen=True, slots=True)
class Choice:
    """The clip a recommender chose, why, and with what probability."""

    clip_id: str
    score: float
    propensity: float
    """Probability of this clip given the history: 1 / candidates for the random feed, 1.0 for a ranking."""
    candidates: int
    """How many clips could have been shown."""
    shortlist: tuple[tuple[str, float], ...] = field(default=())
    """The best candidates with their scores, best first; empty where nothing was ranked."""


@runtime_checkable
class Recommender(Protocol):
    """Chooses clips. A function of catalogue and requests alone: what it remembers may only save time."""

    @property
    def name(self) -> str:
        """Its name with its settings, as manifest and trace record it."""
        ...

    def choose(self, catalogue: Catalogue, requests: Sequence[Request]) -> Sequence[Choice]:
        """One choice a request, in order. Every request has at least one candidate.

        Agents in lockstep ask together, so that one product with the catalogue serves all of them; the choice for
        a request must not depend on the others.
        """
        ...


def choose_all(recommender: Recommender, catalogue: Catalogue, requests: Sequence[Request]) -> list[Choice | None]:
    """A checked choice a request; None where nothing is left to show: the feed's end, not an error.

    Raises FeedError where the recommender breaks the protocol: another number of choices, a clip that is not in the
    catalogue or must not be shown (seen already, or a probe clip), a propensity outside (0, 1], or an error of its own.
    """
    waiting = [request for request in requests if request.candidates]
    try:
        chosen = list(recommender.choose(catalogue, waiting)) if waiting else []
    except FeedError:
        raise
    # A plug-in is a user's code: whatever it raises is told in one line, with its cause kept.
    except Exception as error:
        told = " ".join(str(error).split())
        raise FeedError(f"the feed {recommender.name} raised {type(error).__name__}: {told}") from error
    if len(chosen) != len(waiting):
        raise FeedError(f"the feed {recommender.name} gave {len(chosen)} clips to {len(waiting)} agents")
    for request, choice in zip(waiting, chosen, strict=True):
        _check(recommender.name, catalogue, request, choice)
    answers = iter(chosen)
    return [next(answers) if request.candidates else None for request in requests]


def _check(name: str, catalogue: Catalogue, request: Request, choice: Choice) -> None:
    if not isinstance(choice, Choice):
        raise FeedError(f"the feed {name} gave a {type(choice).__name__}, not an agents.recommenders.Choice")
    row = catalogue.row_of.get(choice.clip_id)
    if row is None:
        raise FeedError(f"the feed {name} chose the clip {choice.clip_id!r}, which is not in the index")
    if request.closed[row]:
        seen = any(shown.row == row for shown in request.history)
        why = "was shown already" if seen else "is a probe clip of this episode"
        raise FeedError(f"the feed {name} chose the clip {choice.clip_id}, which {why}; choose among the open rows")
    if not 0 < choice.propensity <= 1:
        raise FeedError(f"the feed {name} gave a propensity of {choice.propensity}; it lies above 0 and at most at 1")
