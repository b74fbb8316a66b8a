"""Scores of a value questionnaire from its items: the key, the direction of the scale, and centring by person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spectrum.errors import ConfigError
from spectrum.stats.observations import FloatArray

Direction = Literal["high is like me", "low is like me"]


@dataclass(frozen=True, slots=True)
class ScoringKey:
    """Which items make each value's score. Raises ValueError where an item is in two values or out of range."""

    items: tuple[tuple[int, ...], ...]
    """Of each value, item numbers as printed, from 1."""
    count: int
    """Items of the questionnaire, those in no value's score too: centring takes the mean of all of them."""
    low: int
    high: int
    """Ends of the answer scale."""

    def __post_init__(self) -> None:
        used = [item for value in self.items for item in value]
        if len(set(used)) != len(used):
            raise ValueError("an item counts in one value only")
        if any(not 1 <= item <= self.count for item in used) or not all(self.items):
            raise ValueError(f"items are numbered 1 to {self.count}, and every value has one")


@dataclass(frozen=True, slots=True, eq=False)
class ValueScores:
    """Scores of n respondents on v values, high for important."""

    raw: FloatArray
    """(n, v) mean of each value's items: for factor models, and where several values predict together."""
    mean_rating: FloatArray
    """(n,) MRAT, the mean over ALL items (not over the v scores): how high a respondent rates at all."""
    centred: FloatArray
    """(n, v) raw - mean_rating: for correlations, group means, and a value as outcome (Schwartz's instructions)."""


def reverse(answers: FloatArray, low: int, high: int) -> FloatArray:
    """low + high - answer: its own inverse."""
    return np.asarray(low + high - answers, dtype=np.float64)


def score(answers: FloatArray, key: ScoringKey, direction: Direction) -> ValueScores:
    """Score answers (n, items), columns in the questionnaire's order, NaN where one is missing.

    `direction` has no default, because files of the same questionnaire are coded both ways. A value's score is the
    mean of those of its items that were answered. Raises ConfigError where columns are missing or an answer lies
    off the scale.
    """
    if answers.ndim != 2 or answers.shape[1] != key.count:
        raise ConfigError(f"the questionnaire has {key.count} items, the file {answers.shape[-1]} columns of answers")
    known = answers[~np.isnan(answers)]
    if known.size and (known.min() < key.low or known.max() > key.high):
        raise ConfigError(f"answers go from {key.low} to {key.high}; the file holds {known.min():g} to {known.max():g}")
    high = reverse(answers, key.low, key.high) if direction == "low is like me" else answers
    mean_rating = _mean(high)
    raw = np.column_stack([_mean(high[:, [item - 1 for item in items]]) for items in key.items])
    return ValueScores(raw, mean_rating, raw - mean_rating[:, None])


def direction_looks_right(centred: FloatArray, mostly_high: Sequence[int], mostly_low: Sequence[int]) -> bool:
    """Whether, over respondents (n, v), each value that people rate high stands above each they rate low.

    In every national sample benevolence and universalism are above the mean rating and power below; scores the other
    way round mean that the scale was read backwards.
    """
    means = np.nanmean(centred, axis=0)
    return bool(means[list(mostly_high)].min() > means[list(mostly_low)].max())


def _mean(columns: FloatArray) -> FloatArray:
    known = ~np.isnan(columns)
    count = known.sum(axis=1)
    total = np.where(known, columns, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
