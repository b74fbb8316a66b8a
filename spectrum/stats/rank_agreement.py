"""Do several raters put the same things in the same order?"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray


@dataclass(frozen=True, slots=True)
class Concordance:
    """Kendall's coefficient of concordance, 0 (no agreement) to 1 (one order)."""

    w: float
    """Corrected for ties."""
    chi_square: float
    df: int
    p: float
    """Of no agreement at all (Friedman's test); approximate below about seven objects."""


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Spearman's rank correlation, ties at their mean rank."""

    rho: float
    p: float
    """Two-sided, by Student's t; rough with ten objects."""


def concordance(ratings: FloatArray) -> Concordance:
    """Kendall's W of m raters (rows) over n objects (columns), tied ranks corrected for (Kendall 1948, ch. 6).

    Raises ValueError with fewer than two raters or objects, or where every rater ties all objects.
    """
    from scipy import stats

    raters, objects = ratings.shape
    if raters < 2 or objects < 2:
        raise ValueError("concordance takes at least two raters and two objects")
    ranks = stats.rankdata(ratings, axis=1)
    sums = ranks.sum(axis=0)
    spread = float(((sums - sums.mean()) ** 2).sum())
    ties = sum(float((counts**3 - counts).sum()) for counts in (np.unique(r, return_counts=True)[1] for r in ranks))
    possible = raters**2 * (objects**3 - objects) - raters * ties
    if possible <= 0:
        raise ValueError("every rater ties all objects: there is no order to agree on")
    w = 12.0 * spread / possible
    chi_square = raters * (objects - 1) * w
    return Concordance(w, chi_square, objects - 1, float(stats.chi2.sf(chi_square, objects - 1)))


def rank_correlation(first: FloatArray, second: FloatArray) -> RankCorrelation:
    """Spearman's rho of two vectors (n,). Raises ValueError where one of them is all ties, or n is below three."""
    from scipy import stats

    if first.shape != second.shape or first.size < 3:
        raise ValueError("a rank correlation takes two vectors of one length, three or more")
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        raise ValueError("one of the vectors is all ties: there is no order")
    found = stats.spearmanr(first, second)
    return RankCorrelation(float(found.statistic), float(found.pvalue))
