"""What a bare table of yes-counts can say: is there a profile, whose is the variance, how wide is a cell."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.intervals import holm
from spectrum.stats.observations import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class ProfileTests:
    """Chi-square tests of "any value profile at all?", one a model, each array (m,)."""

    chi_square: FloatArray
    df: int
    p: FloatArray
    """Binomial noise alone."""
    p_holm: FloatArray
    """Holm over the models."""


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """Shares of the sum of squares of a model x value table; they add up to 1."""

    model: float
    """Each model's mean: its general yes-rate."""
    value: float
    """What the models' profiles share."""
    rest: float
    """Model x value: the profiles' differences, with the noise in them."""
    noise: float
    """Binomial noise expected in `rest`, as a share of the whole."""


def profile_tests(yes: IntArray, asked: int, design_effect: float = 1.0) -> ProfileTests:
    """Pearson's chi-square of each row of (m, v) yes-counts out of `asked`, against one rate for all values.

    `design_effect` divides the statistic, for answers that come in clusters (Rao and Scott 1981, JASA 76, first
    order): 2 means that half of the answers are worth a whole. A row of all yes or all no has p 1. Raises
    ValueError where a count lies outside 0 to `asked` or the design effect is below 1.
    """
    from scipy import stats

    if (yes < 0).any() or (yes > asked).any():
        raise ValueError(f"counts of yes must lie between 0 and {asked}")
    if design_effect < 1:
        raise ValueError(f"a design effect is 1 or more, not {design_effect}")
    rate = yes.mean(axis=1, keepdims=True) / asked
    spread = asked * rate * (1 - rate)
    statistic = ((yes - asked * rate) ** 2 / np.where(spread > 0, spread, 1.0)).sum(axis=1) / design_effect
    df = yes.shape[1] - 1
    p = np.asarray(stats.chi2.sf(statistic, df), dtype=np.float64)
    return ProfileTests(statistic, df, p, holm(p))


def variance_shares(yes: IntArray, asked: int) -> VarianceShares:
    """Two-way decomposition of (m, v) yes-rates, and how much of the rest binomial noise explains.

    Noise: the mean of p(1-p)/(asked-1), an unbiased estimate of a cell's variance, times the rest's (m-1)(v-1)
    degrees of freedom. Raises ValueError where all cells are equal.
    """
    rates = yes / asked
    models, values = rates.shape
    centre = rates.mean()
    total = float(((rates - centre) ** 2).sum())
    if total == 0:
        raise ValueError("all cells are equal: there is no variance to share out")
    model = values * float(((rates.mean(axis=1) - centre) ** 2).sum()) / total
    value = models * float(((rates.mean(axis=0) - centre) ** 2).sum()) / total
    noise = float((rates * (1 - rates) / (asked - 1)).mean()) * (models - 1) * (values - 1) / total
    return VarianceShares(model, value, 1.0 - model - value, noise)


def count_interval(yes: int, asked: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (1927, JASA 22) of a share, 0 to 1; the answers are taken as independent."""
    from scipy import stats

    found = stats.binomtest(yes, asked).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)
