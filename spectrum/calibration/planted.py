"""Planted respondents, many at once, and the profile that each truly has."""

from dataclasses import dataclass

import numpy as np

from spectrum.calibration.asked import VALUES, kinds_of_clips
from spectrum.calibration.worlds import Smooth, World, given_wordings
from spectrum.stats.observations import FloatArray, Framing

LEVEL = 0.55
"""Share of clips of the average value that is accepted, before any bias."""
_LEAST, _MOST = 0.04, 0.96
YES_MOVES = {Framing.WOULD: 1.0, Framing.WOULD_NOT: -1.0}
"""Which way a yes-bias moves acceptance: up under "would", down under the reversed "would not"."""


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """What `runs` respondents of one world prefer."""

    level: FloatArray
    """(runs,) predictor of a clip without any value."""
    theta: FloatArray
    """(v, runs) what each value adds."""
    yes_bias: FloatArray
    """(v, runs) what yes has for it, where a clip of the value is asked about."""

    def predictors(self, labels: FloatArray, framings: tuple[Framing, ...]) -> FloatArray:
        """t, (m, framings, runs). A clip of several values has the mean of their biases; of none, that of all."""
        liking = self.level + labels @ self.theta
        count = labels.sum(axis=1, keepdims=True)
        share = np.where(count > 0, labels / np.maximum(count, 1.0), 1.0 / labels.shape[1])
        bias = share @ self.yes_bias
        return np.stack([liking + YES_MOVES.get(framing, 0.0) * bias for framing in framings], axis=1)

    def truth(self, world: World, framings: tuple[Framing, ...], *, several: bool = False) -> FloatArray:
        """(runs, v) acceptance because of each value, mean over the framings, less its mean over the values.

        Clips of one value each: acceptance of a value's clips. Of `several`: what each value adds given the others,
        which is the regression of expected acceptance on the values, over all kinds of clips by their chance.
        """
        if not several:
            kinds = np.eye(self.theta.shape[0])
            return centred(world.expected(self.predictors(kinds, framings)).mean(axis=1))
        kinds, chance = kinds_of_clips()
        accepted = world.expected(self.predictors(kinds, framings)).mean(axis=1)
        columns = np.column_stack([np.ones(chance.size), kinds])
        weighed = columns * chance[:, None]
        return centred(np.linalg.solve(weighed.T @ columns, weighed.T @ accepted)[1:])

    def level_truth(self, world: World, framings: tuple[Framing, ...], *, several: bool = False) -> FloatArray:
        """(runs,) acceptance of the average clip, mean over the framings."""
        kinds, chance = kinds_of_clips() if several else (np.eye(self.theta.shape[0]), np.ones(self.theta.shape[0]))
        accepted = world.expected(self.predictors(kinds, framings)).mean(axis=1)
        return np.asarray(chance @ accepted / chance.sum(), dtype=np.float64)

    def truth_given_wordings(self, world: Smooth, framings: tuple[Framing, ...], by_value: FloatArray) -> FloatArray:
        """(runs, v) the same over clips alone, for the wordings that were drawn."""
        return centred(given_wordings(world, self.predictors(np.eye(self.theta.shape[0]), framings), by_value))

    def logit_truth(self) -> FloatArray:
        """(runs, v) the planted coefficients, less their mean."""
        return centred(self.theta)


def plant(
    world: World,
    sd: float,
    runs: int,
    rng: np.random.Generator,
    *,
    yes_bias: float = 0.0,
    yes_bias_sd: float = 0.0,
    values: int = VALUES,
) -> Planted:
    """Random profiles of exactly SD `sd` over the values, as shares of clips accepted before any bias.

    `yes_bias` is on the logit scale, and each value has a part of its own of SD `yes_bias_sd`. Shares that the
    SD would carry out of 0 to 1 are held at .04 and .96.
    """
    drawn = rng.normal(size=(values, runs))
    drawn = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0)
    shares = np.clip(LEVEL + sd * drawn, _LEAST, _MOST)
    level = world.predictor(np.full(runs, LEVEL))
    own = yes_bias_sd * rng.normal(size=(values, runs))
    return Planted(level, world.predictor(shares) - level, yes_bias + own)


def centred(by_value: FloatArray) -> FloatArray:
    """(v, runs) to (runs, v) less the mean over values."""
    return np.asarray((by_value - by_value.mean(axis=0)).T, dtype=np.float64)
