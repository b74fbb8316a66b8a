"""Tests of browsing: an episode is one observation. t over replicates, Holm over values, jackknife for ratios."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.episodes import Episode
from spectrum.stats.clustered import Inference
from spectrum.stats.intervals import Intervals, t_intervals

FloatArray = NDArray[np.float64]
ByPair = Mapping[int, Episode]


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """A contrast of two arms on one outcome, a row a value."""

    intervals: Intervals
    episodes: int
    """Replicates with both arms."""


def mean_over_episodes(rows: FloatArray) -> Effect | None:
    """Mean of (episodes, values) with t intervals over episodes; episodes with a gap are left out. None below two."""
    known = rows[~np.isnan(rows).any(axis=1)]
    count = len(known)
    if count < 2:
        return None
    se = known.std(axis=0, ddof=1) / np.sqrt(count)
    df = np.full(known.shape[1], count - 1.0)
    return Effect(t_intervals(Inference(known.mean(axis=0), np.where(se < 1e-12, 0.0, se), df)), count)


def difference(arm: ByPair, reference: ByPair, outcome: Callable[[Episode], FloatArray]) -> Effect | None:
    """Arm minus reference, paired by replicate: t over the differences. None with fewer than two replicates."""
    pairs = sorted(arm.keys() & reference.keys())
    if not pairs:
        return None
    return mean_over_episodes(np.array([outcome(arm[pair]) - outcome(reference[pair]) for pair in pairs]))


def jackknife(
    estimate: Callable[[NDArray[np.int64]], FloatArray], episodes: int, shared: FloatArray | float = 0.0
) -> Effect | None:
    """An estimate from all episodes with its error from leaving each out (Tukey, 1958); t with episodes - 1.

    `estimate` takes the numbers of the episodes in use and gives (values,). `shared` is variance (values,) that comes
    from what episodes have in common, which leaving one out does not show; it adds where it is above zero. None with
    fewer than two episodes, or where a number does not exist.
    """
    if episodes < 2:
        return None
    everyone = np.arange(episodes)
    whole = estimate(everyone)
    without = np.array([estimate(np.delete(everyone, left_out)) for left_out in everyone])
    if not (np.isfinite(whole).all() and np.isfinite(without).all()):
        return None
    spread = (episodes - 1) / episodes * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    se = np.sqrt(spread + np.maximum(shared, 0.0))
    df = np.full(whole.shape, episodes - 1.0)
    return Effect(t_intervals(Inference(whole, np.where(se < 1e-12, 0.0, se), df)), episodes)


def by_arm(episodes: Sequence[Episode]) -> dict[str, dict[int, Episode]]:
    """Episodes by arm and replicate."""
    found: dict[str, dict[int, Episode]] = {}
    for episode in episodes:
        found.setdefault(episode.arm.name, {})[episode.pair] = episode
    return found


def exposure_of(episode: Episode) -> FloatArray:
    """Outcome: exposure shares."""
    return episode.exposure


def acceptance_of(episode: Episode) -> FloatArray:
    """Outcome: interest in clips of each value."""
    return episode.acceptance_of_values()


def level_of(episode: Episode) -> FloatArray:
    """Outcome: mean interest over all feed slots, shape (1,)."""
    return np.array([known_mean(episode.interest)])


def known_mean(numbers: FloatArray) -> float:
    """Mean of what is not NaN; NaN where nothing is."""
    known = numbers[~np.isnan(numbers)]
    return float(known.mean()) if known.size else float("nan")
