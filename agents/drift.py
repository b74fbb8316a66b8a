"""Drift: does what a feed shows at the end differ from what it showed at the start, beyond the noise of few clips?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.exposure import exposure_share
from video_index.keyed import integer

FloatArray = NDArray[np.float64]
PERMUTATIONS = 199


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Jensen-Shannon divergence between two windows, in bits, averaged over episodes."""

    raw: float
    """As it is: with few clips it lies far above zero without any drift."""
    corrected: float
    """Less its mean over permutations of the clips between the two windows: zero in expectation without drift."""
    floor_mean: float
    """Mean over permutations: what noise alone gives."""
    floor_95: float
    """95% point over permutations: the noise floor."""
    p: float
    """Share of permutations (and itself) that reach the raw drift; exact under exchangeability."""
    episodes: int


def jsd(one: FloatArray, other: FloatArray) -> FloatArray:
    """Jensen-Shannon divergence in bits between distributions along the last axis: 0 for equal, 1 for disjoint."""
    middle = (one + other) / 2
    return np.asarray((_relative(one, middle) + _relative(other, middle)) / 2)


def _relative(p: FloatArray, q: FloatArray) -> FloatArray:
    ratio = np.divide(p, q, out=np.ones_like(p), where=(p > 0) & (q > 0))
    return np.asarray((p * np.log2(np.where(p > 0, ratio, 1.0))).sum(axis=-1))


def drift(
    windows: Sequence[tuple[FloatArray, FloatArray]], seed: int, *, permutations: int = PERMUTATIONS
) -> Drift | None:
    """Drift over episodes, each a pair of label arrays (clips, values): its first window and its last.

    JSD of the two exposure shares, averaged over episodes; against it, `permutations` times, the same with each
    episode's clips dealt anew between its windows. Clips without labels count nowhere. None where no episode has two
    clips that evoke something in each window.
    """
    observed: list[float] = []
    dealt: list[FloatArray] = []
    for number, (first, last) in enumerate(windows):
        first, last = (side[~np.isnan(side).any(axis=1)] for side in (first, last))
        if min(len(first), len(last)) < 2 or not (first.sum() > 0 and last.sum() > 0):
            continue
        observed.append(float(jsd(exposure_share(first), exposure_share(last))))
        dealt.append(_permuted(np.vstack([first, last]), len(first), permutations, seed, number))
    if not observed:
        return None
    raw = float(np.mean(observed))
    null = np.mean(dealt, axis=0)
    return Drift(
        raw=raw,
        corrected=raw - float(null.mean()),
        floor_mean=float(null.mean()),
        floor_95=float(np.quantile(null, 0.95)),
        p=float((1 + (null >= raw - 1e-12).sum()) / (1 + permutations)),
        episodes=len(observed),
    )


def _permuted(labels: FloatArray, size: int, count: int, seed: int, episode: int) -> FloatArray:
    """JSD of `count` random splits into `size` clips and the rest; (count,)."""
    # Philox is a function of its key and a counter, like a hash, and deals a million numbers in the time of a few.
    raw = np.random.Philox(key=integer(2**62, seed, "drift", episode)).random_raw(count * len(labels))
    draws = raw.reshape(count, len(labels))
    edge = np.partition(draws, size - 1, axis=1)[:, size - 1 : size]
    chosen = (draws <= edge).astype(np.float64)
    sums = np.stack([chosen @ labels, (1 - chosen) @ labels])
    totals = sums.sum(axis=-1, keepdims=True)
    shares = np.divide(sums, totals, out=np.full_like(sums, 1 / labels.shape[1]), where=totals > 0)
    return jsd(shares[0], shares[1])
