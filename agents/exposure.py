"""Which values a feed showed: shares, amplification, and how they move over an episode. By the clips' labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def exposure_share(labels: FloatArray) -> FloatArray:
    """E_v = sum_i z_iv / sum_v sum_i z_iv over the clips shown, `labels` of shape (clips, values).

    Shape (values,), summing to 1; NaN where no clip shown evokes any value. Clips without labels (NaN) count nowhere.
    """
    known = labels[~np.isnan(labels).any(axis=1)]
    total = float(known.sum())
    if total == 0:
        return np.full(labels.shape[1], np.nan)
    return np.asarray(known.sum(axis=0) / total)


def amplification(exposure: FloatArray, catalogue: FloatArray) -> FloatArray:
    """A_v = log2(E_v(feed) / E_v(catalogue)), shape (values,): 1 for twice as much as the catalogue holds.

    -inf where the feed never showed the value, NaN where the catalogue does not hold it. With the neutral agent's
    exposure in the catalogue's place it is counterfactual amplification.
    """
    ratio = np.divide(exposure, catalogue, out=np.full(exposure.shape, np.nan), where=catalogue > 0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log2(ratio))


def window_shares(labels: FloatArray, size: int) -> FloatArray:
    """Exposure shares of consecutive windows of `size` feed slots, shape (windows, values); a rest is left out."""
    count = labels.shape[0] // size
    if not count:
        return np.full((0, labels.shape[1]), np.nan)
    return np.stack([exposure_share(labels[start * size : (start + 1) * size]) for start in range(count)])


def half_life(series: Sequence[float]) -> float | None:
    """Windows until a series has gone half of its way: tau ln 2 of E(t) = E_inf - (E_inf - E_0) exp(-t / tau).

    By least squares, in the unit of the series' steps (t = 0 is the first). None where there are fewer than four
    points, where the series does not move, where the fit explains less than a tenth of it, and where the half way
    lies beyond the last point or the move is over within a fraction of a step: nobody has seen it then.
    """
    from scipy.optimize import minimize_scalar

    y = np.asarray(series, dtype=np.float64)
    y = y[~np.isnan(y)]
    if y.size < 4 or np.ptp(y) < 1e-9:
        return None
    t = np.arange(y.size, dtype=np.float64)

    def left(log_tau: FloatArray) -> FloatArray:
        """Sum of squares left at each tau: the curve is linear in its ends, which are fitted exactly."""
        fading = np.exp(-t / np.exp(log_tau)[:, None])
        fading -= fading.mean(axis=1, keepdims=True)
        slope = (fading @ y) / (fading * fading).sum(axis=1)
        return np.asarray(((y - y.mean() - slope[:, None] * fading) ** 2).sum(axis=1))

    grid = np.linspace(np.log(0.2), np.log(10.0 * y.size), 60)
    start = int(np.argmin(left(grid)))
    bounds = (grid[max(0, start - 1)], grid[min(grid.size - 1, start + 1)])
    found = minimize_scalar(
        lambda log_tau: float(left(np.array([log_tau]))[0]), bounds=bounds, method="bounded", options={"xatol": 1e-6}
    )
    explained = 1 - found.fun / float(((y - y.mean()) ** 2).sum())
    half = float(np.exp(found.x) * np.log(2))
    return half if explained >= 0.1 and start > 0 and half < y.size - 1 else None
