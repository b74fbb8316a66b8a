"""Everything a strategy's shifts say: by pool of personas, by persona, by value, and against other strategies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from personas import adherence
from personas.adherence import CHANGE_BELOW, NO_CHANGE, NOT_AS_A_WHOLE, EachPersona, Pool, each_persona, each_value
from personas.arms import Arm, exchanged
from personas.casting import Role
from personas.identification import Identification, identify
from personas.inference import FEWEST_TARGETS, Estimate, bare
from personas.pairing import Paired
from personas.person import TIERS
from personas.shifts import Shifts
from personas.signal import signal_shares
from spectrum.stats.observations import FloatArray, IntArray

ALL = "all"
_OF_A_CHANGE = ("rms_distinctive", "on_target", "slope", "off_target", "reliability")
"""Statistics that are zero where nothing changes: beside an interval of theirs above or below it, "no change" would
be wrong."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One number about one pool of personas."""

    name: str
    estimate: Estimate
    note: str = ""
    """Why it is undefined, or what it must not be taken for; "" where it stands for itself."""


@dataclass(frozen=True, slots=True, eq=False)
class PoolResult:
    """A pool: a tier, an author, or an arm of a strategy."""

    tier: str
    author: str
    arm: Arm
    personas: int
    targets: int
    """Different ones."""
    statistics: tuple[Statistic, ...]
    values: tuple[tuple[Estimate, float], ...] = ()
    """By value: points for one SD of its target, and p by Holm."""

    def get(self, name: str) -> Statistic | None:
        """The statistic of that name."""
        return next((found for found in self.statistics if found.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class StrategyResult:
    """All that a strategy's answers by one measure say."""

    paired: Paired
    pools: tuple[PoolResult, ...]
    """The first is of all personas as written that have a target."""
    rows: IntArray
    """Rows of the roles in the main pool."""
    pool: Pool | None
    each: EachPersona | None
    identification: Identification | None
    acceptance: bool
    """Whether all targets are in acceptance units, so that slopes are given."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles of the main pool."""
        return tuple(self.paired.roles[row] for row in self.rows)


def result_of(paired: Paired, *, seed: int = 0) -> StrategyResult:
    """Estimate everything about one strategy by one measure."""
    roles, shifts = paired.roles, paired.shifts
    rows = _main_rows(paired)
    acceptance = bool(rows.size) and all(roles[row].persona.unit == "acceptance" for row in rows)
    pool = main_pool(paired)
    if pool is None or shifts is None:
        without = () if shifts is None else tuple(_without_targets(shifts, roles))
        return StrategyResult(paired, without, rows, None, None, None, acceptance)
    each = each_persona(pool)
    told = rows[each.follows | each.reverses]
    pools = [
        _judged(shifts, roles, part, paired, acceptance, told=told, tier=tier, author=author)
        for tier, author, part in _parts(roles, rows)
    ]
    pools.append(_shuffled(pool, roles, rows, acceptance, seed))
    opposite = np.array([n for n, role in enumerate(roles) if _in_pool(role, Arm.OPPOSITE)], dtype=np.int64)
    if opposite.size and _pool(shifts, roles, opposite).clusters >= FEWEST_TARGETS:
        pools.append(_judged(shifts, roles, opposite, paired, acceptance, arm=Arm.OPPOSITE))
    pools += _without_targets(shifts, roles)
    return StrategyResult(paired, tuple(pools), rows, pool, each, identify(pool, seed=seed), acceptance)


def main_pool(paired: Paired) -> Pool | None:
    """All personas as written that have a target; None with too few targets for an interval."""
    rows = _main_rows(paired)
    pool = None if paired.shifts is None or not rows.size else _pool(paired.shifts, paired.roles, rows)
    return pool if pool is not None and pool.clusters >= FEWEST_TARGETS else None


def compared(one: StrategyResult, other: StrategyResult) -> Estimate | None:
    """RMS of the distinct shifts, one strategy minus another, over the personas that both have; None with too few."""
    if one.paired.shifts is None or other.paired.shifts is None or one.pool is None or other.pool is None:
        return None
    mine = {role.persona.id: row for role, row in zip(one.roles, one.rows, strict=True)}
    theirs = {role.persona.id: row for role, row in zip(other.roles, other.rows, strict=True)}
    both = [name for name in mine if name in theirs]
    people = {role.persona.id: role.persona.group for role in one.roles}
    _, groups = np.unique([people[name] for name in both], return_inverse=True)
    if np.unique(groups).size < FEWEST_TARGETS:
        return None
    ours = one.paired.shifts.keep([mine[name] for name in both])
    others = other.paired.shifts.keep([theirs[name] for name in both])
    return adherence.rms_difference(ours, others, np.asarray(groups, dtype=np.int64))


def judge(pool: Pool, acceptance: bool, *, told: bool = False) -> list[Statistic]:
    """The headline numbers of a pool with targets, r first; `told`: something else about it is told as a change.

    r is undefined where the shifts as a whole are within noise. That nothing changed is said only where no interval
    and no verdict beside it says otherwise: tests of one direction find what the test of all directions misses.
    """
    p_change = adherence.change_p(pool.shifts)
    changed = p_change < CHANGE_BELOW
    found = [
        Statistic("rms_distinctive", adherence.rms_distinct(pool)),
        Statistic("change_p", bare(p_change)),
        Statistic("on_target", adherence.on_target(pool)),
    ]
    if acceptance:
        found.append(Statistic("slope", adherence.slope(pool)))
    if changed:
        return [Statistic("distinctive_r", adherence.distinctive_r(pool)), *found]
    note = NOT_AS_A_WHOLE if told or _any_changed(found) else NO_CHANGE
    return [Statistic("distinctive_r", bare(float("nan")), note), *found]


def _any_changed(found: Sequence[Statistic]) -> bool:
    return any(one.name in _OF_A_CHANGE and (one.estimate.low > 0 or one.estimate.high < 0) for one in found)


def _judged(
    shifts: Shifts,
    roles: Sequence[Role],
    rows: IntArray,
    paired: Paired,
    acceptance: bool,
    *,
    told: IntArray | None = None,
    tier: str = ALL,
    author: str = ALL,
    arm: Arm = Arm.AS_WRITTEN,
) -> PoolResult:
    """`told`: rows of personas that are said to be followed or reversed."""
    pool = _pool(shifts, roles, rows)
    known = identify(pool)
    values, p_holm = each_value(pool)
    across = [
        Statistic("off_target", adherence.off_target(pool)),
        Statistic("reliability", adherence.reliability(pool)),
    ]
    others = bool((p_holm < CHANGE_BELOW).any()) or known.p < CHANGE_BELOW or _any_changed(across)
    found = judge(pool, acceptance, told=others or (told is not None and bool(np.isin(rows, told).any())))
    undefined = found[0].note
    nothing = bare(float("nan"))
    found += [
        Statistic("rms_shift", adherence.rms_shift(pool.shifts, pool.groups)),
        Statistic("level_shift", adherence.level_shift(pool.shifts, pool.groups)),
        across[0],
        Statistic("specificity", nothing if undefined else adherence.specificity(pool), undefined),
        Statistic("raw_r", adherence.raw_r(paired.neutral + pool.shifts.delta, pool.targets, pool.groups),
                  "not adherence: a respondent that ignores its personas scores here too"),
        across[1],
    ]  # fmt: skip
    found += _attainable(found)
    found += [
        Statistic("identified", known.share),
        Statistic("identified_chance", bare(known.chance)),
        Statistic("identified_p", bare(known.p)),
    ]
    shares = signal_shares(pool)
    found += [
        Statistic(f"share_{name.replace(' ', '_')}", share, shares.notes.get(name, ""))
        for name, share in shares.shares.items()
    ]
    return PoolResult(
        tier, author, arm, rows.size, pool.clusters, tuple(found), tuple(zip(values, p_holm.tolist(), strict=True))
    )


def _attainable(found: Sequence[Statistic]) -> list[Statistic]:
    """The ceiling that noise sets to r, and r as a share of it."""
    ceiling = next(s.estimate for s in found if s.name == "reliability").map(lambda end: max(end, 0.0) ** 0.5)
    r = found[0]
    if r.note or not ceiling.value > 0:
        nothing = Statistic(
            "r_normalised", bare(float("nan")), r.note or "undefined: nothing of the shifts is reliable"
        )
        return [Statistic("ceiling", ceiling), nothing]
    scaled = r.estimate.map(lambda end: max(-1.0, min(1.0, end / ceiling.value)))
    return [Statistic("ceiling", ceiling), Statistic("r_normalised", scaled, "the ceiling taken as known")]


def _shuffled(pool: Pool, roles: Sequence[Role], rows: IntArray, acceptance: bool, seed: int) -> PoolResult:
    """Everybody judged by somebody else's target: what is left is not adherence."""
    order = exchanged([roles[row].persona.group for row in rows], seed)
    shuffled = Pool(pool.shifts, pool.targets[order], pool.groups)
    return PoolResult(ALL, ALL, Arm.SHUFFLED, rows.size, pool.clusters, tuple(judge(shuffled, acceptance)))


def _without_targets(shifts: Shifts, roles: Sequence[Role]) -> list[PoolResult]:
    """Placebos and other personas without a target: how far mere text moves profile and level."""
    found = []
    for arm, tier in ((Arm.AS_WRITTEN, "none"), (Arm.AS_WRITTEN, ALL), (Arm.PLACEBO, "none")):
        chosen = [
            n
            for n, role in enumerate(roles)
            if role.arm is arm and role.persona.target is None and (role.persona.tier == "none") == (tier == "none")
        ]
        if len(chosen) < 2:
            continue
        part = shifts.keep(chosen)
        _, groups = np.unique([roles[row].persona.group for row in chosen], return_inverse=True)
        groups = np.asarray(groups, dtype=np.int64)
        statistics = (
            Statistic("rms_shift", adherence.rms_shift(part, groups)),
            Statistic("level_shift", adherence.level_shift(part, groups)),
            Statistic("change_p", bare(adherence.change_p(part, pool_centred=False)), "against neutral"),
        )
        found.append(PoolResult(tier, ALL, arm, len(chosen), 0, statistics))
    return found


def _parts(roles: Sequence[Role], rows: IntArray) -> list[tuple[str, str, IntArray]]:
    """All, each tier, each author; parts with fewer targets than an interval takes are left out."""
    found = [(ALL, ALL, rows)]
    tiers = [tier for tier in TIERS if any(roles[row].persona.tier == tier for row in rows)]
    authors = sorted({roles[row].persona.author for row in rows})
    found += [(tier, ALL, rows[[roles[row].persona.tier == tier for row in rows]]) for tier in tiers]
    if len(authors) > 1:
        found += [(ALL, name, rows[[roles[row].persona.author == name for row in rows]]) for name in authors]
    return [part for part in found if len({roles[row].persona.group for row in part[2]}) >= FEWEST_TARGETS]


def _main_rows(paired: Paired) -> IntArray:
    return np.array([n for n, role in enumerate(paired.roles) if _in_pool(role, Arm.AS_WRITTEN)], dtype=np.int64)


def _in_pool(role: Role, arm: Arm) -> bool:
    return role.arm is arm and role.persona.target is not None


def _pool(shifts: Shifts, roles: Sequence[Role], rows: IntArray) -> Pool:
    _, groups = np.unique([roles[row].persona.group for row in rows], return_inverse=True)
    targets: FloatArray = np.array([roles[row].persona.target for row in rows], dtype=np.float64)
    return Pool(shifts.keep(rows), targets, np.asarray(groups, dtype=np.int64))
