"""How many clips a wanted power takes, read off the simulated numbers of clips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.calibration.asked import VALUES
from spectrum.power.detect import ALPHA, Detected

POWER = 0.8
MOST_CLIPS = 100_000
_TRUSTED = (0.03, 0.97)
"""Simulated powers outside say little of where the curve lies."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Power as a function of clips and effect, fitted to simulated designs that differ in clips alone.

    The squared standard error is a part that clips shrink and a part that they do not (wordings): a/clips + b.
    Power is that of a t-test at Holm's first step, shifted on the probit scale to fit the simulated powers.
    """

    shrinking: float
    floor: float
    critical: float
    shift: float

    @classmethod
    def of(cls, effect: float, clips: Sequence[int], detected: Sequence[Detected]) -> "Curve":
        """Fit; one number of clips gives the shrinking part only, as if nothing else limited the precision."""
        from scipy import stats

        counts = np.array(clips, dtype=np.float64)
        shrinking, floor = _fit(counts, np.array([one.se**2 for one in detected]))
        df = float(np.median([one.df for one in detected]))
        critical = float(stats.t.ppf(1 - ALPHA / VALUES / 2, df))
        seen = np.array([one.power.share for one in detected])
        trusted = (seen > _TRUSTED[0]) & (seen < _TRUSTED[1])
        distance = abs(effect) / np.sqrt(shrinking / counts + floor) - critical
        shift = float(np.mean(stats.norm.ppf(seen[trusted]) - distance[trusted])) if trusted.any() else 0.0
        return cls(shrinking, floor, critical, shift)

    def clips_for(self, effect: float, power: float = POWER) -> int | None:
        """Clips a value at which an effect is found with that power; None where no number of them suffices."""
        error = abs(effect) / self._distance(power)
        if error**2 <= self.floor:
            return None
        count = self.shrinking / (error**2 - self.floor)
        return int(np.ceil(count)) if count <= MOST_CLIPS else None

    def effect_at(self, clips: int, power: float = POWER) -> float:
        """The smallest effect that is found with that power; probability scale."""
        return float(self._distance(power) * np.sqrt(self.shrinking / clips + self.floor))

    def _distance(self, power: float) -> float:
        """Standard errors between an effect and nothing at which the power is reached."""
        from scipy import stats

        return float(self.critical + stats.norm.ppf(power) - self.shift)


def _fit(counts: np.ndarray, variances: np.ndarray) -> tuple[float, float]:
    """a and b of variance = a / clips + b, neither below 0, by relative least squares."""
    if np.unique(counts).size < 2:
        return float(np.mean(variances * counts)), 0.0
    from scipy.optimize import nnls

    columns = np.column_stack([1 / counts, np.ones_like(counts)]) / variances[:, None]
    (shrinking, floor), _ = nnls(columns, np.ones_like(counts))
    return float(shrinking), float(floor)
