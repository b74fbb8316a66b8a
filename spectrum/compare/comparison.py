"""Compare runs: read them, join them on items, estimate, decide. Writing and printing are elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spectrum.bench.estimates import WRITTEN, told
from spectrum.compare import sharing
from spectrum.compare.contenders import Contender
from spectrum.compare.decisions import Decision, Exceeded, decide, exceeded
from spectrum.compare.differences import Difference, difference, pooled_items
from spectrum.compare.joined import Joined, join
from spectrum.compare.reading import RunColumns, read_run
from spectrum.compare.rounds import Sequential, declared_of, follow
from spectrum.compare.sharing import Sharing
from spectrum.errors import ConfigError
from spectrum.stats.alike_groups import AlikeGroups, alike_groups
from spectrum.stats.intervals import Intervals
from spectrum.stats.observations import BoolArray, NotEstimableError
from spectrum.stats.profile import estimate_level, estimate_profile
from spectrum.values import SCHWARTZ, ValueSystem

PANEL = "panel"
"""The reference that stands for the mean of the other contenders."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a comparison is asked for."""

    reference: str | None = None
    """Folder of a run, name of a contender, "panel", or None for the first contender."""
    conditions: tuple[str, ...] = ()
    construct: str | None = None
    measure: str = WRITTEN
    """"written" answers or option "probability": never one of the one and one of the other."""
    margin: float = 0.05
    """Of equivalence, probability scale."""
    fail_over: float | None = None
    """Largest real difference allowed, probability scale."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A contender's own profile, shown beside; it describes answers to these clips."""

    contender: Contender
    theta: Intervals | None
    level: Intervals | None
    shared_items: bool
    """Whether on the items of all contenders, or on its own."""
    items: int
    reason: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A difference with all that must be said of it."""

    difference: Difference
    decision: Decision | None
    sharing: Sharing
    """With the reference; of a panel, the least that is shared with any of them."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What comes of comparing."""

    joined: Joined
    system: ValueSystem
    options: Options
    reference: str
    pairs: tuple[Pair, ...]
    profiles: tuple[Profile, ...]
    groups: AlikeGroups | None
    """Of the contenders that can be compared, in their order; None with fewer than three of them."""
    grouped: tuple[str, ...]
    groups_reason: str | None
    shared_items: int
    """Answered by all contenders that can be compared, in framings that may be pooled."""
    exceeded: tuple[Exceeded, ...]


def compare(folders: Sequence[Path], options: Options, system: ValueSystem = SCHWARTZ) -> Comparison:
    """Compare finished runs on the items they share.

    Raises RunFolderError for a folder that is no run, ConfigError where a run is unfinished or of another kind,
    where a name is unknown, or where two contenders share too few items, with their number and what to do.
    """
    runs = [read_run(folder, len(system.values)) for folder in folders]
    for run in runs:
        _require_done(run)
    joined = join(runs, options.conditions, options.construct, options.measure)
    names = system.names
    pairings, reference = _pairings(joined.contenders, options.reference)
    shares = [_least(joined, one, others) for one, others in pairings]
    differences = [difference(joined, one, others, options.margin, names) for one, others in pairings]
    for found, (shared, least) in zip(differences, shares, strict=True):
        own = [side.reason for side in (found.contender, *found.others) if side.reason is not None]
        if found.found is None and (shared.items == 0 or (shared.few and not own)):
            raise ConfigError(sharing.too_few(found.contender, least, shared))
    decisions = decide(differences)
    able = [contender for contender in joined.contenders if contender.reason is None]
    common = pooled_items(joined, able) if able else np.zeros(joined.items.clip.size, dtype=np.bool_)
    groups, groups_reason = _groups(joined, able, common, names)
    return Comparison(
        joined=joined,
        system=system,
        options=options,
        reference=reference,
        pairs=tuple(
            Pair(found, decision, shared, _notes(joined, one, others, shared))
            for found, decision, (one, others), (shared, _) in zip(
                differences, decisions, pairings, shares, strict=True
            )
        ),
        profiles=tuple(_profile(joined, contender, common, names) for contender in joined.contenders),
        groups=groups,
        grouped=tuple(contender.name for contender in able) if groups is not None else (),
        groups_reason=groups_reason,
        shared_items=int(common.sum()),
        exceeded=() if options.fail_over is None else exceeded(differences, decisions, options.fail_over),
    )


def follow_declared(
    folders: Sequence[Path], value: str, options: Options, alpha: float, system: ValueSystem = SCHWARTZ
) -> Sequential:
    """The sequential test of one declared difference between two contenders; the runs may be unfinished.

    Raises what `compare` raises for wrong runs and names, and ConfigError where there are not two contenders.
    """
    declared = declared_of(value, system)
    runs = [read_run(folder, len(system.values)) for folder in folders]
    joined = join(runs, options.conditions, options.construct, options.measure)
    if len(joined.contenders) != 2 or options.reference == PANEL:
        raise ConfigError(
            f"a sequential test is of one difference between two contenders, and here are {len(joined.contenders)}: "
            "name two runs, or one run and two of its conditions"
        )
    ((contender, (reference,)),), _ = _pairings(joined.contenders, options.reference)
    return follow(joined, contender, reference, declared, system, alpha)


def _require_done(run: RunColumns) -> None:
    planned = run.sheet.planned
    if run.missing or not planned:
        raise ConfigError(
            f"{run.folder} is unfinished: {planned - run.missing:,} of {planned:,} asks are answered; "
            "finish it with the bench command that began it (a declared difference may be followed before the end: "
            "--sequential)"
        )


def _pairings(
    contenders: Sequence[Contender], reference: str | None
) -> tuple[list[tuple[Contender, tuple[Contender, ...]]], str]:
    if reference == PANEL:
        if len(contenders) < 3:
            raise ConfigError("a panel is the mean of two or more others; with two contenders name one as --reference")
        return [(one, tuple(x for x in contenders if x is not one)) for one in contenders], PANEL
    found = contenders[0] if reference is None else _named(contenders, reference)
    return [(one, (found,)) for one in contenders if one is not found], found.name


def _named(contenders: Sequence[Contender], reference: str) -> Contender:
    place = Path(reference).resolve()
    for fitting in (
        [one for one in contenders if one.name == reference],
        [one for one in contenders if one.folder.resolve() == place],
        [one for one in contenders if one.condition == reference],
    ):
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise ConfigError(
                f"--reference {reference} names {len(fitting)} contenders: {_list(fitting)}; give a full name"
            )
    raise ConfigError(f"--reference {reference} is none of those compared: {_list(contenders)}; or give: {PANEL}")


def _list(contenders: Sequence[Contender]) -> str:
    return ", ".join(f"{one.name} ({one.folder})" for one in contenders)


def _least(joined: Joined, one: Contender, others: Sequence[Contender]) -> tuple[Sharing, Contender]:
    """What is shared with the other that shares least, and which that is."""
    found = [(sharing.share(joined, one, other), other) for other in others]
    return min(found, key=lambda pair: pair[0].items)


def _notes(joined: Joined, one: Contender, others: Sequence[Contender], shared: Sharing) -> tuple[str, ...]:
    if len(others) > 1:
        smaller = min(shared.items_of)
        return (
            () if shared.items == smaller else (f"With one of the others it shares {shared.items:,} of {smaller:,}.",)
        )
    pooled = one.pooling.rows(joined.items.framing) & others[0].pooling.rows(joined.items.framing)
    return sharing.notes(joined, one, others[0], shared, pooled)


def _groups(
    joined: Joined, able: Sequence[Contender], common: BoolArray, names: Sequence[str]
) -> tuple[AlikeGroups | None, str | None]:
    if len(able) < 3:
        return None, None
    responses = np.column_stack([contender.accepted[common] for contender in able])
    try:
        return alike_groups(responses, joined.items.observations(common, np.zeros(common.size))), None
    except NotEstimableError as error:
        return None, f"{int(common.sum()):,} items were answered by all {len(able)}: {told(error, names)}"


def _profile(joined: Joined, contender: Contender, common: BoolArray, names: Sequence[str]) -> Profile:
    """On the items of all contenders; on its own where those do not suffice."""
    own = pooled_items(joined, [contender])
    reason = contender.reason
    for items, shared in ((common, True), (own, False)):
        if reason is not None:
            break
        observations = joined.items.observations(items, contender.accepted)
        try:
            theta = estimate_profile(observations).theta
        except NotEstimableError as error:
            if not shared:
                reason = told(error, names)
            continue
        return Profile(contender, theta, estimate_level(observations).level, shared, int(items.sum()), None)
    try:
        level = estimate_level(joined.items.observations(contender.answered, contender.accepted)).level
    except NotEstimableError:
        level = None
    return Profile(contender, None, level, False, int(contender.answered.sum()), reason)
