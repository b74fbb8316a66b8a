"""How a planted respondent's predictors become answers, and what it accepts over all clips and wordings.

A predictor t of a clip is linear in the clip's labels; a yes-bias moves it up under "would" and down under the
reversed "would not". Two worlds: clips that differ by a normal liking of their own (`Smooth`), and a clip-level
rule, a share of clips liked by their visible attributes, most near 0 or 1 (`Rule`). In both, `expected(t)` is the
acceptance over the population of clips and wordings: the truth that estimates are held to.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import numpy as np

from spectrum.stats.observations import FloatArray

_GRID = np.linspace(-40.0, 40.0, 8001)
_NODES = 61


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations on the logit scale. Defaults are those that MEASUREMENT's numbers were found with."""

    clip: float = 1.0
    wording: float = 0.5
    value_wording: float = 0.3
    """Of each value's own liking of each wording."""
    clip_wording: float = 0.5

    @property
    def total(self) -> float:
        """Of all four together."""
        return float(np.sqrt(self.clip**2 + self.wording**2 + self.value_wording**2 + self.clip_wording**2))


class World(Protocol):
    """How predictors become answers."""

    @property
    def spread(self) -> Spread:
        """Of what is drawn for wordings, and for clips and wordings."""

    def predictor(self, share: FloatArray) -> FloatArray:
        """The t at which a share of clips is accepted, but for what answers scatter."""

    def expected(self, t: FloatArray) -> FloatArray:
        """Acceptance over clips and wordings at predictor t; any shape."""

    def conditional(self, t: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Logits (m, framings, runs) of m clips, from their predictors, before anything is drawn for wordings."""


@dataclass(frozen=True, slots=True)
class Smooth:
    """Clips differ by a normal liking; the predictor is the logit of acceptance over clips and wordings.

    Planted coefficients so live on the scale that a logistic regression of all answers estimates (a marginally
    specified model: Heagerty 1999, Biometrics 55); a single clip's logits are about a quarter larger.
    """

    spread: Spread = field(default_factory=Spread)

    def predictor(self, share: FloatArray) -> FloatArray:
        """Its logit."""
        return np.asarray(np.log(share) - np.log1p(-share), dtype=np.float64)

    def expected(self, t: FloatArray) -> FloatArray:
        """sigmoid(t), by construction."""
        return sigmoid(t)

    def conditional(self, t: FloatArray, rng: np.random.Generator) -> FloatArray:
        """A single clip's logit, with its own liking."""
        own = rng.normal(0.0, self.spread.clip, (t.shape[0], 1, t.shape[2]))
        return np.asarray(single_clip_logit(t, self.spread.total) + own, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Rule:
    """A clip is liked as far as its place, 0 to 1 by its visible attributes, is below the share to be liked."""

    steepness: float = 20.0
    spread: Spread = field(default_factory=lambda: Spread(clip=0.0))

    def predictor(self, share: FloatArray) -> FloatArray:
        """The share times the steepness."""
        return np.asarray(self.steepness * share, dtype=np.float64)

    def expected(self, t: FloatArray) -> FloatArray:
        """Over uniform places, by quadrature."""
        return np.interp(t, _GRID, _over_places(self.steepness, self.spread.total))

    def conditional(self, t: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Every run has clips of its own, at uniform places."""
        return np.asarray(t - self.steepness * rng.random((t.shape[0], 1, t.shape[2])), dtype=np.float64)


def given_wordings(world: Smooth, t: FloatArray, by_value: FloatArray) -> FloatArray:
    """Acceptance (v, runs) over clips alone, mean over framings and the wordings drawn.

    t (v, framings, runs), by_value (v, wordings, runs) the logit shift of each wording about a value's clips.
    """
    centre = single_clip_logit(t, world.spread.total)[:, :, None, :] + by_value[:, None, :, :]
    own = float(np.hypot(world.spread.clip, world.spread.clip_wording))
    return np.asarray(np.interp(centre, _GRID, _over_normal(own)).mean(axis=(1, 2)), dtype=np.float64)


def single_clip_logit(t: FloatArray, spread: float) -> FloatArray:
    """The logit around which normal likings of SD `spread` give the mean acceptance sigmoid(t)."""
    accepted = _over_normal(spread)
    return np.interp(t, np.log(accepted) - np.log(accepted[::-1]), _GRID)


def sigmoid(x: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x))."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float64)


@lru_cache(maxsize=64)
def _over_normal(spread: float) -> FloatArray:
    """E sigmoid(x + spread z) at the grid's x."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    return np.asarray(sigmoid(_GRID[:, None] + spread * nodes) @ (weights / weights.sum()), dtype=np.float64)


@lru_cache(maxsize=64)
def _over_places(steepness: float, spread: float) -> FloatArray:
    """E sigmoid(x - steepness u + spread z), u uniform, at the grid's x."""
    around = _over_normal(spread)
    places = (np.arange(2000) + 0.5) / 2000
    shifted = [np.interp(_GRID - steepness * place, _GRID, around) for place in places]
    return np.asarray(np.mean(shifted, axis=0), dtype=np.float64)
