"""Rows of tables: numbers as they are written, effects as rows, windows of feed slots."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from agents.effects import ByPair, Effect
from agents.episodes import Episode
from spectrum.bench.summary import rounded

Row = dict[str, object]
Arms = Mapping[str, ByPair]
WINDOW = 20
"""Feed slots a window of exposure over time and of drift at most; a shorter episode has four windows."""


def window_of(episodes: Iterable[Episode]) -> int:
    """Feed slots a window for the episodes of an arm, by the longest: one that ended early has fewer windows."""
    return max(1, min(WINDOW, max(len(episode.rows) for episode in episodes) // 4))


def told(number: float) -> float | None:
    """A number for a table: six decimals, None for NaN and infinities."""
    return rounded(float(number)) if np.isfinite(number) else None


def effect_rows(effect: Effect, values: Sequence[str], **about: object) -> list[Row]:
    """A row a value, with the columns in `about`."""
    found = effect.intervals
    return [
        {
            **about,
            "value": value,
            "estimate": told(found.estimate[place]),
            "se": told(found.se[place]),
            "df": told(found.df[place]),
            "low": told(found.low[place]),
            "high": told(found.high[place]),
            "p_holm": told(found.p_holm[place]),
            "episodes": effect.episodes,
        }
        for place, value in enumerate(values)
    ]
