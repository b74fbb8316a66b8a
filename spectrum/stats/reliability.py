"""How far measurements agree with themselves: intraclass correlations, Cronbach's alpha, Spearman and Brown.

Ours, because the package that has them all is GPL; held against published values in the tests.
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray, NotEstimableError

SAME_REPEATS = "the repeats are identical, so that they are copies and not repeats"


@dataclass(frozen=True, slots=True)
class IntraclassCorrelations:
    """Shrout and Fleiss's six (1979, Psychological Bulletin 86): three designs, one rating or the mean of k."""

    icc1: float
    """Each target has raters of its own."""
    icc2: float
    """The same raters, a sample of raters; absolute agreement. The one for test and retest."""
    icc3: float
    """These raters only; consistency."""
    icc1k: float
    icc2k: float
    icc3k: float


def intraclass(ratings: FloatArray) -> IntraclassCorrelations:
    """The six from (n, k) ratings, a row a target, a column a rater.

    Raises ValueError for fewer than two rows or columns or numbers that are not finite, and NotEstimableError where
    all ratings are one number: agreement is then undefined, not perfect.
    """
    _require_table(ratings)
    targets, raters = ratings.shape
    grand = ratings.mean()
    by_target = raters * float(((ratings.mean(axis=1) - grand) ** 2).sum()) / (targets - 1)
    by_rater = targets * float(((ratings.mean(axis=0) - grand) ** 2).sum()) / (raters - 1)
    total = float(((ratings - grand) ** 2).sum())
    if total < 1e-18:
        raise NotEstimableError("all ratings are the same number")
    within = (total - by_target * (targets - 1)) / (targets * (raters - 1))
    error = (total - by_target * (targets - 1) - by_rater * (raters - 1)) / ((targets - 1) * (raters - 1))
    absolute = raters * (by_rater - error) / targets
    return IntraclassCorrelations(
        icc1=_share(by_target - within, by_target + (raters - 1) * within),
        icc2=_share(by_target - error, by_target + (raters - 1) * error + absolute),
        icc3=_share(by_target - error, by_target + (raters - 1) * error),
        icc1k=_share(by_target - within, by_target),
        icc2k=_share(by_target - error, by_target + absolute / raters),
        icc3k=_share(by_target - error, by_target),
    )


def retest_agreement(ratings: FloatArray) -> float:
    """ICC(2,1), absolute agreement, of (n, k) repeated measurements.

    Raises NotEstimableError where every row repeats one number: a respondent that decodes greedily gives copies, and
    their agreement says nothing of what another day would bring.
    """
    _require_table(ratings)
    if np.ptp(ratings, axis=1).max() < 1e-12:
        raise NotEstimableError(SAME_REPEATS)
    return intraclass(ratings).icc2


def cronbach_alpha(scores: FloatArray) -> float:
    """Raw alpha (Cronbach 1951) of (n, k) scores, a row a respondent, a column an item; NaN marks what is missing.

    From pairwise complete covariances. It needs respondents that differ: one model alone has no alpha. Raises
    ValueError for fewer than two items or respondents, NotEstimableError where the sum score does not vary.
    """
    return _alpha(_covariances(scores))


def standardised_alpha(scores: FloatArray) -> float:
    """Alpha of the items brought to one variance: from their correlations."""
    covariances = _covariances(scores)
    spread = np.sqrt(np.diag(covariances))
    if (spread < 1e-12).any():
        raise NotEstimableError("an item got the same score from every respondent")
    return _alpha(covariances / np.outer(spread, spread))


def spearman_brown(correlation: float, lengthened: float = 2.0) -> float:
    """Reliability of a measure `lengthened` times as long as the one with this reliability (Spearman, Brown 1910).

    From -1 upwards only for a halved test's correlation; at or below -1 / (lengthened - 1) it is undefined: NaN.
    """
    below = 1 + (lengthened - 1) * correlation
    return lengthened * correlation / below if below > 1e-12 else float("nan")


def _alpha(covariances: FloatArray) -> float:
    count = covariances.shape[0]
    total = float(covariances.sum())
    if total < 1e-15:
        raise NotEstimableError("the respondents do not differ in their sum score")
    return float(count / (count - 1) * (1 - float(np.trace(covariances)) / total))


def _covariances(scores: FloatArray) -> FloatArray:
    """Pairwise complete sample covariances, (k, k)."""
    if scores.ndim != 2 or min(scores.shape) < 2:
        raise ValueError("alpha takes two or more respondents and two or more items")
    known = ~np.isnan(scores)
    count = scores.shape[1]
    found = np.empty((count, count))
    for first in range(count):
        for second in range(first, count):
            rows = known[:, first] & known[:, second]
            if rows.sum() < 2:
                raise NotEstimableError(f"items {first + 1} and {second + 1} were answered together less than twice")
            a, b = scores[rows, first], scores[rows, second]
            covariance = float(((a - a.mean()) * (b - b.mean())).sum()) / (a.size - 1)
            found[first, second] = found[second, first] = covariance
    return found


def _require_table(ratings: FloatArray) -> None:
    if ratings.ndim != 2 or min(ratings.shape) < 2 or not np.isfinite(ratings).all():
        raise ValueError("it takes two or more rows and columns of finite ratings")


def _share(above: float, below: float) -> float:
    return above / below if abs(below) > 1e-15 else float("nan")
