"""Do written answers and option probabilities say the same, beyond what a shared level makes them say?"""

import numpy as np

from spectrum.stats.observations import BoolArray, IntArray

USE_ABOVE = 0.6
"""Below this kappa the probabilities are not used (MEASUREMENT.md 3 of the project)."""


def matched_kappa(first: BoolArray, second: BoolArray, stratum: IntArray) -> float | None:
    """Cohen's kappa within strata of equal level, pooled: agreement beyond chance where chance is each stratum's.

    first, second, stratum: (n,). Pooling sums observed and expected agreement over strata before dividing
    (Barlow, Lai and Azen 1991, Statistics in Medicine 10): two raters who both say yes to one framing and no
    to another agree by level only, and get 0. None where chance already makes all agree.
    """
    excess = possible = 0.0
    for part in np.unique(stratum):
        rows = stratum == part
        a, b, count = first[rows], second[rows], int(rows.sum())
        chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
        excess += count * float((a == b).mean() - chance)
        possible += count * float(1 - chance)
    return excess / possible if possible > 1e-12 else None
