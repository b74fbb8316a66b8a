"""Does a respondent follow its personas? Measured so that one that ignores them cannot score.

Notation: m_P - m_0 is a persona's shift (personas.shifts), tau_P its target. Both are centred over the pool of
personas: what all personas share, a common value profile or a common effect of playing anybody, counts for nothing
(Furr 2008, doi 10.1111/j.1467-6494.2008.00521.x). m_0 stands on one side only: were it taken off the target too, a
respondent that ignores everything would score .14 to .38.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from personas.inference import Estimate, Functional, bare, estimate, leave_one_out, noise, row_variance, student
from personas.shifts import Shifts
from spectrum.stats.intervals import holm
from spectrum.stats.observations import BoolArray, FloatArray, IntArray

CHANGE_BELOW = 0.05
"""The shifts are beyond noise where their test's p is below this."""
NO_CHANGE = "undefined: no change beyond noise"
NOT_AS_A_WHOLE = "undefined: taken together, the shifts are within noise"
"""Where the shifts as a whole are, and yet an interval or a verdict shown beside them finds something."""
TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Pool:
    """Personas with targets whose shifts are judged together."""

    shifts: Shifts
    targets: FloatArray
    """(p, v), any level."""
    groups: IntArray
    """(p,) cluster numbers: equal for wordings of one target."""

    @cached_property
    def tau(self) -> FloatArray:
        """(p, v) targets less their mean over the pool, and less each one's own mean."""
        return centred(self.targets - self.targets.mean(axis=1, keepdims=True))

    @cached_property
    def distinct(self) -> FloatArray:
        """(p, v) shifts less their mean over the pool."""
        return centred(self.shifts.delta)

    @cached_property
    def noise(self) -> tuple[float, float, float]:
        """Traces of the distinct shifts' covariance (inference.noise)."""
        return noise(self.shifts, True)

    @property
    def clusters(self) -> int:
        """How many different targets."""
        return int(np.unique(self.groups).size)

    @property
    def cells(self) -> int:
        """Personas times values."""
        return int(self.distinct.size)

    def keep(self, rows: Sequence[int] | IntArray) -> "Pool":
        """These personas as a pool of their own."""
        chosen = np.asarray(rows, dtype=np.int64)
        return Pool(self.shifts.keep(chosen), self.targets[chosen], self.groups[chosen])


def centred(rows: FloatArray) -> FloatArray:
    """Less the mean over the personas."""
    return np.asarray(rows - rows.mean(axis=0), dtype=np.float64)


def slope(pool: Pool) -> Estimate:
    """Slope of the shifts on the pool-centred targets: 1 follows fully, 0 ignores, below 0 does the reverse.

    It has this meaning where targets are in acceptance units.
    """
    tau, distinct = pool.tau, pool.distinct
    weight = max(float((tau**2).sum()), TINY)
    value = float((tau * distinct).sum()) / weight
    influence = (tau * (distinct - value * tau)).sum(axis=1) / weight
    return estimate(value, [(pool.shifts, _functional(tau / weight, influence))], pool.groups)


def distinctive_r(pool: Pool) -> Estimate:
    """Correlation of pool-centred targets and shifts, over personas and values; the interval by Fisher's z.

    Not for a respondent whose shifts are noise: look at change_p first.
    """
    tau, distinct = pool.tau, pool.distinct
    size, moved = float(np.sqrt((tau**2).sum())), float(np.sqrt((distinct**2).sum()))
    if size < TINY or moved < TINY:
        return bare(float("nan"))
    x, y = tau / size, distinct / moved
    value = float((x * y).sum())
    stretch = max(1 - value**2, 1e-9)
    gradient = (x - value * y) / moved / stretch
    influence = (x * y - value / 2 * (x**2 + y**2)).sum(axis=1) / stretch
    functional = _functional(centred(gradient), influence)
    held = float(np.arctanh(np.clip(value, -1 + 1e-9, 1 - 1e-9)))
    return estimate(held, [(pool.shifts, functional)], pool.groups).map(lambda end: float(np.tanh(end)))


def change_p(shifts: Shifts, *, pool_centred: bool = True) -> float:
    """P that noise alone moves the shifts as far (their sum of squares, a scaled chi-square; Satterthwaite 1946).

    `pool_centred`: shifts of the personas against one another; otherwise against neutral. 1 where nothing moved.
    """
    from scipy import stats

    moved = shifts.delta - shifts.delta.mean(axis=0) if pool_centred else shifts.delta
    total = float((moved**2).sum())
    trace, _, squared = noise(shifts, pool_centred)
    if trace < TINY or squared < TINY:
        return 1.0 if total < TINY else 0.0
    scale = squared / trace
    return float(stats.chi2.sf(total / scale, trace / scale))


def rms_distinct(pool: Pool) -> Estimate:
    """Root mean square of the pool-centred shifts, what noise adds taken off; 0 to 1, not negative."""
    value, functional, extra = _mean_square(pool.shifts, pool_centred=True)
    return _rooted(estimate(value, [(pool.shifts, functional)], pool.groups, extra=extra))


def rms_shift(shifts: Shifts, groups: IntArray) -> Estimate:
    """Root mean square of the shifts against neutral, what noise adds taken off."""
    value, functional, extra = _mean_square(shifts, pool_centred=False)
    return _rooted(estimate(value, [(shifts, functional)], groups, extra=extra))


def rms_difference(one: Shifts, other: Shifts, groups: IntArray) -> Estimate:
    """RMS of the pool-centred shifts, one strategy's minus another's, on the same personas and clips."""
    sides, values, extras = [], [], 0.0
    for shifts, sign in ((one, 1.0), (other, -1.0)):
        square, functional, extra = _mean_square(shifts, pool_centred=True)
        floor = np.sqrt(noise(shifts, True)[0] / shifts.delta.size)
        root = max(float(np.sqrt(max(square, 0.0))), float(floor), TINY)
        values.append(sign * float(np.sqrt(max(square, 0.0))))
        share = sign / (2 * root)
        sides.append((shifts, Functional(functional.gradient * share, functional.influence * share)))
        extras += extra * share**2
    return estimate(sum(values), sides, groups, extra=extras)


def level_shift(shifts: Shifts, groups: IntArray) -> Estimate:
    """Mean change of general acceptance."""
    count = shifts.level.size
    gradient = np.zeros((count, shifts.delta.shape[1] + 1))
    gradient[:, -1] = 1 / count
    value = float(shifts.level.mean())
    return estimate(value, [(shifts, Functional(gradient, (shifts.level - value) / count))], groups)


def on_target(pool: Pool) -> Estimate:
    """Mean over personas of the shift along their own target, RMS over the values; 0 to 1, negative: the reverse."""
    unit = _units(pool.tau) / np.sqrt(pool.tau.shape[1])
    each = (unit * pool.distinct).sum(axis=1)
    count = each.size
    functional = _functional(centred(unit / count), (each - each.mean()) / count)
    return estimate(float(each.mean()), [(pool.shifts, functional)], pool.groups)


def off_target(pool: Pool) -> Estimate:
    """RMS of what moved across the target, what noise adds taken off."""
    return leave_one_out(lambda rows: _split(pool, rows)[1] ** 0.5, pool.groups, low=0.0, high=1.0)


def specificity(pool: Pool) -> Estimate:
    """Share of the (squared, noise taken off) distinct shift that lies along the personas' own targets."""
    return leave_one_out(lambda rows: _share(*_split(pool, rows)), pool.groups, low=0.0, high=1.0)


def reliability(pool: Pool) -> Estimate:
    """Share of the distinct shifts' variance that is not noise of clips and wordings."""

    def share(rows: IntArray) -> float:
        total = float((centred(pool.shifts.delta[rows]) ** 2).sum())
        return max(0.0, 1 - pool.noise[0] * rows.size / pool.groups.size / total) if total > TINY else float("nan")

    return leave_one_out(share, pool.groups, low=0.0, high=1.0)


def raw_r(profiles: FloatArray, targets: FloatArray, groups: IntArray) -> Estimate:
    """Mean over personas of the plain correlation of target and profile, (p, v) each: shown, never claimed.

    A respondent that ignores its personas scores here whatever the common profile and the targets share.
    """
    each = np.array([_correlation(one, other) for one, other in zip(profiles, targets, strict=True)])
    if not np.isfinite(each).any():
        return bare(float("nan"))
    return leave_one_out(lambda rows: float(np.nanmean(each[rows])), groups, low=-1.0, high=1.0)


@dataclass(frozen=True, slots=True, eq=False)
class EachPersona:
    """One number a persona, (p,) each."""

    on_target: FloatArray
    """Shift along its own target, RMS over the values."""
    se: FloatArray
    reach: FloatArray
    """Half-width of its 95% interval, this persona alone."""
    p_holm: FloatArray
    """Against zero, Holm over the personas."""
    r: FloatArray
    """Distinctive correlation over the values; NaN where nothing moved."""

    @property
    def follows(self) -> BoolArray:
        """Moved towards its target, beyond chance."""
        return np.asarray((self.p_holm < CHANGE_BELOW) & (self.on_target > 0), dtype=np.bool_)

    @property
    def reverses(self) -> BoolArray:
        """Moved away from its target, beyond chance."""
        return np.asarray((self.p_holm < CHANGE_BELOW) & (self.on_target < 0), dtype=np.bool_)


def each_persona(pool: Pool) -> EachPersona:
    """Every persona of the pool against its own target; intervals are about these personas, over clips and wordings."""
    unit = _units(pool.tau) / np.sqrt(pool.tau.shape[1])
    moved = (unit * pool.distinct).sum(axis=1)
    variance, df = row_variance(pool.shifts, unit)
    found = [student(*one) for one in zip(moved, variance, df, strict=True)]
    return EachPersona(
        on_target=np.array([one.value for one in found]),
        se=np.array([one.se for one in found]),
        reach=np.array([one.high - one.value for one in found]),
        p_holm=holm(np.array([one.p for one in found])),
        r=np.array([_correlation(one, other) for one, other in zip(pool.tau, pool.distinct, strict=True)]),
    )


def each_value(pool: Pool) -> tuple[list[Estimate], FloatArray]:
    """By value: how far it moves for one SD (over the pool) of its target; and p, Holm over the values."""
    found = []
    for value in range(pool.tau.shape[1]):
        tau, moved = pool.tau[:, value], pool.distinct[:, value]
        weight = float(np.sqrt((tau**2).sum() * tau.size))
        if weight < TINY:
            found.append(bare(float("nan")))
            continue
        gradient = np.zeros((tau.size, pool.tau.shape[1] + 1))
        gradient[:, value] = tau / weight
        at = float((tau * moved).sum()) / weight
        per = float((tau * moved).sum() / (tau**2).sum())
        functional = Functional(gradient, tau * (moved - per * tau) / weight)
        found.append(estimate(at, [(pool.shifts, functional)], pool.groups))
    return found, holm(np.array([1.0 if np.isnan(one.p) else one.p for one in found]))


def _functional(by_value: FloatArray, influence: FloatArray) -> Functional:
    """A functional of the profile shifts that the level does not enter."""
    return Functional(np.hstack([by_value, np.zeros((by_value.shape[0], 1))]), influence)


def _mean_square(shifts: Shifts, *, pool_centred: bool) -> tuple[float, Functional, float]:
    """Mean square shift less its noise, its linear part, and the variance of its quadratic part."""
    moved = shifts.delta - shifts.delta.mean(axis=0) if pool_centred else shifts.delta
    trace, _, squared = noise(shifts, pool_centred)
    cells = moved.size
    value = (float((moved**2).sum()) - trace) / cells
    each = (moved**2).sum(axis=1) / cells
    return value, _functional(2 * moved / cells, each - each.mean()), 2 * squared / cells**2


def _rooted(square: Estimate) -> Estimate:
    return square.map(lambda end: float(np.sqrt(max(end, 0.0))))


def _units(tau: FloatArray) -> FloatArray:
    lengths = np.sqrt((tau**2).sum(axis=1, keepdims=True))
    return np.where(lengths > TINY, tau / np.where(lengths > TINY, lengths, 1.0), 0.0)


def _split(pool: Pool, rows: IntArray) -> tuple[float, float]:
    """Mean square along the targets and across them, noise taken off each by its share of the directions."""
    distinct, unit = centred(pool.shifts.delta[rows]), _units(centred(pool.tau[rows]))
    along = (unit * distinct).sum(axis=1)
    values = distinct.shape[1]
    per_direction = pool.noise[0] / pool.groups.size / (values - 1)
    on = float((along**2).mean()) - per_direction
    off = float(((distinct**2).sum(axis=1) - along**2).mean()) - per_direction * (values - 2)
    return max(on, 0.0) / values, max(off, 0.0) / values


def _share(on: float, off: float) -> float:
    return on / (on + off) if on + off > TINY else float("nan")


def _correlation(one: FloatArray, other: FloatArray) -> float:
    a, b = one - one.mean(), other - other.mean()
    below = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / below if below > TINY else float("nan")
