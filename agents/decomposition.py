"""Who caused it: the persona, the feed, or both together. From agents that were shown each other's feeds.

With y(P, f) what the persona agent does on feed f and y(0, f) what the neutral agent does, fP and f0 the feeds that
adapted to each, the change y(P, fP) - y(0, f0) comes apart in two ways, and they differ by the interaction:

    persona at the neutral feed  y(P, f0) - y(0, f0)   + feed for the persona  y(P, fP) - y(P, f0)
    persona at its own feed      y(P, fP) - y(0, fP)   + feed for neutral      y(0, fP) - y(0, f0)
    interaction                  y(P, fP) - y(P, f0) - y(0, fP) + y(0, f0)
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from agents.effects import ByPair, Effect, mean_over_episodes
from agents.episodes import Episode
from spectrum.runs.arm_name import NEUTRAL, TWIN, ArmName

FloatArray = NDArray[np.float64]

YOKED: Mapping[str, tuple[int, int, int, int]] = MappingProxyType(
    {
        "total": (1, -1, 0, 0),
        "persona at the neutral feed": (0, -1, 1, 0),
        "feed for the persona": (1, 0, -1, 0),
        "persona at its own feed": (1, 0, 0, -1),
        "feed for neutral": (0, -1, 0, 1),
        "interaction": (1, 1, -1, -1),
    }
)
"""Signs of y(P, fP), y(0, f0), y(P, f0), y(0, fP)."""
ALGORITHM: Mapping[str, tuple[int, int, int, int]] = MappingProxyType(
    {
        "algorithm for the persona": (1, 0, -1, 0),
        "algorithm for neutral": (0, 1, 0, -1),
        "persona's share of the algorithm": (1, -1, -1, 1),
    }
)
"""Signs of persona adaptive, neutral adaptive, persona random, neutral random."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of a decomposition."""

    persona: str
    arm: str
    """The persona's adaptive arm."""
    design: str
    """"yoked" (the feed is exchanged) or "random" (the feed is switched off)."""
    part: str
    effect: Effect


def decompose(
    arms: Mapping[str, ByPair], outcome: Callable[[Episode], FloatArray], designs: tuple[str, ...] = ("yoked", "random")
) -> Iterator[Part]:
    """Every part that the arms allow, for each persona; cells are compared within a replicate."""
    for name in arms:
        arm = ArmName.of(name)
        if arm.feed != "adaptive" or arm.who in (NEUTRAL, TWIN):
            continue
        neutral = arm.like(NEUTRAL, "adaptive")
        cells = {
            "yoked": (name, neutral, arm.like(arm.who, "yoked", NEUTRAL), arm.like(NEUTRAL, "yoked", arm.who)),
            "random": (name, neutral, arm.like(arm.who, "random"), arm.like(NEUTRAL, "random")),
        }
        for design, parts in (("yoked", YOKED), ("random", ALGORITHM)):
            if design not in designs or any(cell not in arms for cell in cells[design]):
                continue
            pairs = sorted(set.intersection(*(set(arms[cell]) for cell in cells[design])))
            outcomes = np.array([[outcome(arms[cell][pair]) for cell in cells[design]] for pair in pairs])
            for part, signs in parts.items():
                effect = mean_over_episodes(_combined(outcomes, signs)) if pairs else None
                if effect is not None:
                    yield Part(arm.who, name, design, part, effect)


def _combined(outcomes: FloatArray, signs: tuple[int, int, int, int]) -> FloatArray:
    """Signed sums over the cells that take part; a gap in another cell does not matter; (pairs, values)."""
    used = [place for place, sign in enumerate(signs) if sign]
    weights = np.array([signs[place] for place in used], dtype=np.float64)
    return np.asarray(np.einsum("c,pcv->pv", weights, outcomes[:, used, :]))
