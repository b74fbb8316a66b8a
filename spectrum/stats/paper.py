"""The paper's own score, kept apart from ours: percentage of yes a value, and the spread over the values."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class PaperScores:
    """Value-Spectrum's preference scores (ACL 2025): 0 to 100, and their sample standard deviation."""

    percent: FloatArray
    """(v,) yes / asked x 100; NaN where nothing was asked."""
    mean: float | None
    """Over the values that were asked about."""
    sd: float | None
    """ddof = 1 over the same values; None with fewer than two. It is spread over values, not instability."""


def paper_scores(yes: IntArray, asked: IntArray) -> PaperScores:
    """Scores from counts (v,). A refusal counts as asked and not as yes, which is the paper's rule, not ours."""
    percent = np.divide(100.0 * yes, asked, out=np.full(yes.shape, np.nan, dtype=np.float64), where=asked > 0)
    known = percent[~np.isnan(percent)]
    return PaperScores(
        percent=percent,
        mean=float(known.mean()) if known.size else None,
        sd=float(known.std(ddof=1)) if known.size > 1 else None,
    )
