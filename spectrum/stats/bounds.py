"""What acceptance could have been, had the asks without a choice been choices."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.observations import FloatArray


@dataclass(frozen=True, slots=True)
class Bounds:
    """Acceptance among choices, and the worst and best case (Horowitz and Manski 2000) over all asks."""

    planned: int
    choices: int
    accepted: float | None
    """Mean acceptance among choices; None where there is none."""
    low: float | None
    """Had every ask without a choice been a rejection; None where nothing was planned."""
    high: float | None
    """Had it been an acceptance."""


def acceptance_bounds(acceptance: FloatArray) -> Bounds:
    """Bounds from one number an ask, (n,) 0 to 1, NaN where the ask got no choice for whatever reason."""
    planned = int(acceptance.size)
    chosen = acceptance[~np.isnan(acceptance)]
    choices = int(chosen.size)
    total = float(chosen.sum())
    return Bounds(
        planned=planned,
        choices=choices,
        accepted=total / choices if choices else None,
        low=total / planned if planned else None,
        high=(total + planned - choices) / planned if planned else None,
    )
