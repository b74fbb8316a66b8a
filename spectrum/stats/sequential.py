"""A test that may be looked at after every clip: betting confidence sequences for bounded differences.

Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting" (JRSSB 86, 2024,
arXiv 2010.09686), the hedged capital process with predictable plug-in bets. Someone who bets against a wrong
mean grows rich; by Ville's inequality a fortune of 1/alpha is reached against the true mean with probability
alpha at most, over all times together. So one may look, stop and go on at will.
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray

ALPHA = 0.05
GRID = 1001
"""Candidate means; the interval is a hull of those not refuted, widened by one step of the grid."""
LARGEST_BET = 0.9
"""Share of the fortune that one observation can lose at most. Any share below one keeps the error; the paper
truncates at 1/2 or 3/4, but differences of clips are small beside their bounds, and bolder bets decide them sooner."""


@dataclass(frozen=True, slots=True, eq=False)
class ConfidenceSequence:
    """Intervals that hold the mean at all times together with probability 1 - alpha; arrays (t,)."""

    low: FloatArray
    """After each observation, in the observations' units; never falls."""
    high: FloatArray
    mean: FloatArray
    """Running mean."""
    decided_at: int | None
    """After how many observations zero was refuted; None where it never was."""
    log_capital: FloatArray
    """Log of the fortune won against a mean of zero; zero is refuted from log(1/alpha) on."""


def confidence_sequence(
    observations: FloatArray, bound: float, *, alpha: float = ALPHA, grid: int = GRID
) -> ConfidenceSequence:
    """Follow the mean of observations (t,) in [-bound, bound], in the order of their arrival.

    They must arrive exchangeably (keyed random order, not down a ranking), one an independent unit. The bets of
    each step use earlier observations only. Raises ValueError where one lies outside the bounds or is not finite.
    """
    if not np.isfinite(observations).all() or (np.abs(observations) > bound * (1 + 1e-12)).any():
        raise ValueError(f"observations must lie in [-{bound}, {bound}]")
    x = np.clip((observations + bound) / (2 * bound), 0.0, 1.0)
    bets = _bets(x, alpha)
    means = np.linspace(0.0, 1.0, grid)
    capital = _log_capital(x, bets, means)
    kept = capital < np.log(1 / alpha)
    step = 1.0 / (grid - 1)
    low = np.maximum(np.where(kept.any(axis=1), means[kept.argmax(axis=1)], 1.0) - step, 0.0)
    high = np.minimum(np.where(kept.any(axis=1), means[grid - 1 - kept[:, ::-1].argmax(axis=1)], 0.0) + step, 1.0)
    against_zero = _log_capital(x, bets, np.array([0.5]))[:, 0]
    won = np.flatnonzero(against_zero >= np.log(1 / alpha))
    return ConfidenceSequence(
        low=bound * (2 * low - 1),
        high=bound * (2 * high - 1),
        mean=np.cumsum(observations) / np.arange(1, observations.size + 1),
        decided_at=int(won[0]) + 1 if won.size else None,
        log_capital=np.maximum.accumulate(against_zero) if observations.size else against_zero,
    )


def _bets(x: FloatArray, alpha: float) -> FloatArray:
    """Predictable plug-in bets (eq. 26 of the paper): small while the variance is large or time is long."""
    t = np.arange(1, x.size + 1)
    mean = (0.5 + np.cumsum(x)) / (t + 1)
    variance = (0.25 + np.cumsum((x - mean) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variance])[: x.size]
    return np.asarray(np.sqrt(2 * np.log(2 / alpha) / (before * t * np.log(t + 1))), dtype=np.float64)


def _log_capital(x: FloatArray, bets: FloatArray, means: FloatArray) -> FloatArray:
    """(t, m) log of the larger half-fortune, best time so far, when betting for and against each mean."""
    up = np.minimum(bets[:, None], LARGEST_BET / np.maximum(means, 1e-12))
    down = np.minimum(bets[:, None], LARGEST_BET / np.maximum(1 - means, 1e-12))
    gain = x[:, None] - means
    rich = np.cumsum(np.log1p(up * gain), axis=0)
    richer = np.maximum(rich, np.cumsum(np.log1p(-down * gain), axis=0))
    return np.asarray(np.maximum.accumulate(richer + np.log(0.5), axis=0), dtype=np.float64)
