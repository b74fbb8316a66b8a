"""Are choices between pairs transitive? Circular triads against chance (Kendall and Babington Smith 1940)."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.intervals import CONFIDENCE
from spectrum.stats.observations import IntArray

CHANCE = 0.25
"""Of eight ways to decide three pairs, two are circles."""


@dataclass(frozen=True, slots=True)
class Intransitivity:
    """How many triads of clips go round in a circle."""

    triads: int
    """Triads asked about."""
    decided: int
    """Those of which each pair has a winner: orders and wordings of a pair that split evenly have none."""
    circular: int
    share: float | None
    """Of the decided; None where none is."""
    low: float | None
    """95%, Clopper and Pearson."""
    high: float | None
    p: float | None
    """One-sided, that a chooser at random has so few circles: small where choices are more transitive than chance."""


def circular_triads(winners: IntArray, confidence: float = CONFIDENCE) -> Intransitivity:
    """From (t, 3) winners of the pairs (a, b), (b, c), (c, a) of each triad.

    1 where the pair's first-named clip won, -1 where the second, 0 where undecided. Named round the triangle, a
    circle is three equal signs.
    """
    decided = winners[(winners != 0).all(axis=1)]
    if not len(decided):
        return Intransitivity(len(winners), 0, 0, None, None, None, None)
    from scipy import stats

    circular = int((np.abs(decided.sum(axis=1)) == 3).sum())
    test = stats.binomtest(circular, len(decided), CHANCE, alternative="less")
    interval = stats.binomtest(circular, len(decided), CHANCE).proportion_ci(confidence, method="exact")
    return Intransitivity(
        triads=len(winners),
        decided=len(decided),
        circular=circular,
        share=circular / len(decided),
        low=float(interval.low),
        high=float(interval.high),
        p=float(test.pvalue),
    )
