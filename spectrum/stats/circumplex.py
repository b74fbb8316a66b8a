"""Is the circle of values found over many profiles? Cosine pattern, map, order test and Browne's model together.

All of it is about correlations over respondents or personas. One respondent has a profile and no correlations, so
fewer than thirty profiles are refused.
"""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.circular_model import CircularModel, fit_circular_model
from spectrum.stats.circular_order import CircularOrder, circular_order, circular_steps
from spectrum.stats.mds import correlation_dissimilarity, scale
from spectrum.stats.observations import FloatArray, NotEstimableError
from spectrum.stats.procrustes import CircleFit, circle_p, equal_angles, fit_to_circle, on_circle

FEWEST = 30
"""Profiles. Below, the correlations are mostly noise: their standard error is .18 or more."""
CAUTION = 100
"""Profiles. Below, say so."""


@dataclass(frozen=True, slots=True, eq=False)
class CosinePattern:
    """Correlations by steps round the circle, and the cosine through them."""

    mean_by_step: FloatArray
    """(k // 2,) mean correlation of values 1, 2, ... steps apart."""
    level: float
    """a of r = a + b cos(angle apart), by least squares over the k (k - 1) / 2 correlations."""
    amplitude: float
    """b: positive where neighbours correlate and opposites do not."""
    fit: float
    """Share of the correlations' variance that the cosine explains."""


@dataclass(frozen=True, slots=True, eq=False)
class Circumplex:
    """What many profiles say of the circle."""

    profiles: int
    correlations: FloatArray
    """(k, k), of centred profiles, in the theory's order."""
    cosine: CosinePattern
    order: CircularOrder
    stress: float
    """Of the map by interval scaling, Kruskal's stress-1."""
    circle: CircleFit
    """The map laid over the theory's equal steps."""
    circle_p: float
    """Share of relabelled maps that fit as well."""
    found_order: tuple[int, ...]
    """Places of the values in the order of their angles on the map, from the first value on, in the theory's sense."""
    model: CircularModel | None
    """Browne's, of profiles that hold their level; None with its reason where it cannot be fitted."""
    no_model: str | None

    @property
    def found(self) -> bool:
        """Whether the circular order beats chance, by the exact test at 5%."""
        return self.order.p < 0.05 and self.order.index > 0


def estimate_circumplex(
    profiles: FloatArray, with_level: FloatArray | None = None, *, fewest: int = FEWEST, seed: int = 0
) -> Circumplex:
    """From profiles (n, k), a row a respondent or persona, a column a value in the theory's order.

    `with_level` (n, k) are the same respondents' scores before centring, for Browne's model, which centred scores
    do not determine; without it the model is tried on the profiles as they are. Raises NotEstimableError for fewer
    than `fewest` profiles (30; tests of published small samples may lower it) and for a value that is the same in
    all of them.
    """
    count = profiles.shape[0]
    if count < fewest:
        raise NotEstimableError(
            f"a circle of values takes {fewest} or more respondents or personas, and there are {count}: one model has a"
            " profile, and a correlation of values it has not"
        )
    flat = np.flatnonzero(np.ptp(profiles, axis=0) < 1e-12)
    if flat.size:
        raise NotEstimableError("all profiles are the same in", tuple(flat.tolist()))
    correlations = _correlations(profiles)
    theory = on_circle(equal_angles(profiles.shape[1]))
    found = scale(correlation_dissimilarity(correlations), "interval", starts=(theory,), seed=seed)
    model, reason = _model(profiles if with_level is None else with_level, count, seed)
    fitted = fit_to_circle(found.points)
    return Circumplex(
        profiles=count,
        correlations=correlations,
        cosine=cosine_pattern(correlations),
        order=circular_order(correlations, seed),
        stress=found.stress,
        circle=fitted,
        circle_p=circle_p(found.points, seed=seed),
        found_order=_order_of(fitted.points),
        model=model,
        no_model=reason,
    )


def cosine_pattern(correlations: FloatArray) -> CosinePattern:
    """Fit r = a + b cos(angle) at equal steps to a (k, k) matrix in the theory's order."""
    count = correlations.shape[0]
    rows, columns = np.triu_indices(count, 1)
    steps = circular_steps(count)[rows, columns]
    given = correlations[rows, columns]
    means = np.array([given[steps == step].mean() for step in range(1, count // 2 + 1)])
    design = np.column_stack([np.ones(given.size), np.cos(2 * np.pi * steps / count)])
    level, amplitude = np.linalg.lstsq(design, given, rcond=None)[0]
    left = given - design @ np.array([level, amplitude])
    spread = float(((given - given.mean()) ** 2).sum())
    fit = 1 - float(left @ left) / spread if spread > 0 else float("nan")
    return CosinePattern(means, float(level), float(amplitude), fit)


def gaps(angles: FloatArray) -> FloatArray:
    """Degrees between neighbours round the circle, (k,) from angles (k,) in degrees; they add up to 360.

    The gap from the last back to the first is one of them: a sum over differences of sorted angles alone misses it.
    """
    ordered = np.sort(angles % 360)
    return np.diff(ordered, append=ordered[0] + 360)


def _model(scores: FloatArray, count: int, seed: int) -> tuple[CircularModel | None, str | None]:
    if (np.ptp(scores, axis=0) < 1e-12).any():
        return None, "a value is the same in all profiles"
    try:
        return fit_circular_model(_correlations(scores), count, seed=seed), None
    except NotEstimableError as error:
        return None, error.reason


def _correlations(scores: FloatArray) -> FloatArray:
    return np.asarray(np.corrcoef(scores, rowvar=False), dtype=np.float64)


def _order_of(points: FloatArray) -> tuple[int, ...]:
    """Places round the map from the first value on; Procrustes has given it the theory's sense of rotation."""
    angles = np.arctan2(points[:, 1], points[:, 0])
    return tuple(np.argsort((angles - angles[0]) % (2 * np.pi), kind="stable").tolist())
