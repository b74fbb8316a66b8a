"""Are two quantities the same within a margin? "No difference" needs a test of its own, not a p above .05."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.intervals import Intervals, holm
from spectrum.stats.observations import BoolArray, FloatArray

ALPHA = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Equivalence:
    """Two one-sided tests of each estimate against a margin, each array (r,)."""

    margin: float
    p: FloatArray
    """Of the hypothesis that the quantity lies outside +-margin; the larger of the two one-sided p-values."""
    p_holm: FloatArray
    """Holm over all rows."""

    def shown(self, alpha: float = ALPHA) -> BoolArray:
        """Which rows are equivalent within the margin, with family-wise error `alpha`."""
        return np.asarray(self.p_holm < alpha, dtype=np.bool_)


def equivalence(found: Intervals, margin: float) -> Equivalence:
    """TOST (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15) with Student's t; `margin` in the estimates' units.

    An estimate p below .05 is one whose 90% interval lies inside +-margin. An estimate without any error is
    equivalent if it lies inside. Raises ValueError where the margin is not positive.
    """
    from scipy import stats

    if margin <= 0:
        raise ValueError(f"the margin must be positive, not {margin}")
    room = margin - np.abs(found.estimate)
    p = np.where(
        found.se > 0,
        stats.t.sf(room / np.where(found.se > 0, found.se, 1.0), found.df),
        np.where(room > 0, 0.0, 1.0),
    )
    return Equivalence(margin, p, holm(p))
