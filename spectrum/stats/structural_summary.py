"""A profile round a circle as one cosine: the structural summary of circumplex research.

Gurtman (1992); Zimmermann and Wright (2017, Assessment 24). A profile that a circumplex explains is a cosine with
an elevation (its mean), an amplitude (how pointed it is) and a displacement (where it points).
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.circumplex import gaps
from spectrum.stats.observations import FloatArray


@dataclass(frozen=True, slots=True)
class StructuralSummary:
    """The cosine of a profile."""

    elevation: float
    x: float
    """Towards angle 0."""
    y: float
    """Towards a quarter turn."""
    amplitude: float
    displacement: float
    """Degrees, 0 to 360; NaN for a flat profile."""
    fit: float
    """Share of the profile's variance that the cosine explains (R squared); NaN for a flat profile."""


def structural_summary(scores: FloatArray, angles: FloatArray) -> StructuralSummary:
    """Scores (k,) at angles (k,) in degrees, evenly spread round the circle in any order.

    elevation = mean; x = 2/k sum(s cos a); y = 2/k sum(s sin a). Raises ValueError for fewer than three scores, and
    for angles that are not evenly spread: the formulas hold for those only.
    """
    count = scores.size
    if count < 3 or angles.shape != scores.shape:
        raise ValueError("a structural summary takes three or more scores and an angle for each")
    if np.ptp(gaps(angles)) > 1e-6:
        raise ValueError("the angles of a structural summary must be evenly spread")
    turned = np.deg2rad(angles)
    elevation = float(scores.mean())
    x = float(2 / count * (scores @ np.cos(turned)))
    y = float(2 / count * (scores @ np.sin(turned)))
    spread = float(((scores - elevation) ** 2).sum())
    if spread < 1e-18:
        return StructuralSummary(elevation, x, y, 0.0, float("nan"), float("nan"))
    left = scores - (elevation + x * np.cos(turned) + y * np.sin(turned))
    displacement = float(np.rad2deg(np.arctan2(y, x)) % 360)
    return StructuralSummary(elevation, x, y, float(np.hypot(x, y)), displacement, 1 - float(left @ left) / spread)
