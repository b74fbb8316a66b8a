"""What a planned run takes: asks, tokens, hours, money."""

from dataclasses import dataclass

from spectrum.calibration.asked import VALUES
from spectrum.power.design import Design


@dataclass(frozen=True, slots=True)
class Prices:
    """What one ask takes; None where unknown."""

    tokens_per_ask: float = 700.0
    """In and out: four frames of a 448-pixel portrait clip at one token to 28 x 28 pixels, and about 120 of words."""
    per_million_tokens: float | None = None
    asks_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run: one respondent under one condition."""

    clips: int
    """Of all values, with their controls."""
    asks: int
    tokens: float
    hours: float | None
    money: float | None


def cost(design: Design, clips: int, controls: int | None, prices: Prices) -> Cost:
    """Cost with `clips` a value and `controls` a value (None: as many as clips, as a bench has them)."""
    whole = VALUES * (clips + (clips if controls is None else controls))
    asks = whole * design.asks_a_clip
    tokens = asks * prices.tokens_per_ask
    return Cost(
        clips=whole,
        asks=asks,
        tokens=tokens,
        hours=None if prices.asks_per_second is None else asks / prices.asks_per_second / 3600,
        money=None if prices.per_million_tokens is None else tokens * prices.per_million_tokens / 1e6,
    )
