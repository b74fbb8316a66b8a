"""An own question's threshold, swept: does what is found depend on where the line was drawn?"""

from dataclasses import dataclass

import numpy as np

from personas.casting import Casting
from personas.isq import SWEEP
from personas.pairing import WRITTEN, pair
from personas.replies import Replies
from personas.results import Statistic, StrategyResult, judge, main_pool
from spectrum.prompts import NEUTRAL


@dataclass(frozen=True, slots=True, eq=False)
class SweepRow:
    """A strategy read at one threshold."""

    strategy: str
    threshold: float
    """Percent."""
    published: bool
    """The threshold that the run's decisions use."""
    accepted_neutral: float
    """Share of clips accepted as nobody."""
    accepted_personas: float
    statistics: tuple[Statistic, ...]
    """The headline numbers; () where the shifts cannot be estimated."""


def sweep(replies: Replies, casting: Casting, result: StrategyResult) -> list[SweepRow]:
    """Read a strategy's scores again at every threshold of isq.SWEEP; [] for a strategy of the bank."""
    strategy = casting.own(result.paired.strategy)
    if strategy is None or result.pool is None:
        return []
    rows = replies.own(strategy.name) & ~np.isnan(replies.score)
    neutral = rows & replies.rows(NEUTRAL.name)
    played = rows & np.isin(replies.of, [replies.condition.index(role.condition) for role in result.roles])
    found = []
    for percent in SWEEP:
        decided = np.where(np.isnan(replies.score), np.nan, replies.score > percent / 100)
        pool = main_pool(pair(replies, casting, result.paired.strategy, WRITTEN, decided))
        found.append(
            SweepRow(
                strategy=result.paired.strategy,
                threshold=percent,
                published=abs(percent / 100 - strategy.threshold) < 1e-9,
                accepted_neutral=float(decided[neutral].mean()) if neutral.any() else float("nan"),
                accepted_personas=float(decided[played].mean()) if played.any() else float("nan"),
                statistics=tuple(judge(pool, result.acceptance)) if pool is not None else (),
            )
        )
    return found
