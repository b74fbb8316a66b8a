"""One rung of the null ladder as a tally finds it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spectrum.bench.estimates import Estimated
from spectrum.stats.null_profile import Gate, NullProfile

How = Literal["asked", "computed", "relabelled"]


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """One rung, with whatever of it applies; NaN where it does not."""

    rung: str
    how: How
    level: float = np.nan
    level_low: float = np.nan
    level_high: float = np.nan
    sd: float = np.nan
    sd_beyond_noise: float = np.nan
    noise_sd: float = np.nan
    share: float = np.nan
    widest: float = np.nan
    correlation: float = np.nan
    changed: float = np.nan
    follows_shown: float = np.nan
    follows_planned: float = np.nan
    p: float = np.nan
    clips: int = 0
    asked: int = 0
    choices: int = 0
    gate: Gate | Literal[""] = ""
    text: str = ""
    profile: NullProfile | None = None


def intact_sd(main: Estimated) -> float:
    """SD of the reported profile with sampling noise taken out; 0 where there is none."""
    if main.profile is None:
        return 0.0
    theta = main.profile.estimate.theta
    noise = float((theta.se**2).sum() / (theta.se.size - 1))
    return float(np.sqrt(max(0.0, theta.estimate.var(ddof=1) - noise)))
