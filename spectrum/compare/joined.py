"""Several runs side by side: their items on one list, and who is compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from spectrum.bench.estimates import WRITTEN
from spectrum.bench.findings import CONSTRUCT, NEUTRAL
from spectrum.compare.contenders import Contender, contender_of
from spectrum.compare.items import Items
from spectrum.compare.reading import RunColumns
from spectrum.errors import ConfigError

KINDS = ("bench", "adhere")
"""Kinds of run whose asks put one clip at a time to the same questions."""


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """The items of all runs, and the contenders that were asked some of them."""

    items: Items
    construct: str
    measure: str
    contenders: tuple[Contender, ...]


def join(
    runs: Sequence[RunColumns], conditions: Sequence[str] = (), construct: str | None = None, measure: str = WRITTEN
) -> Joined:
    """Put runs side by side on item_id.

    Contenders are each run under each of `conditions`; by default its neutral condition, or with one run all
    of its conditions. Raises ConfigError where a run is of another kind, has no such condition or construct,
    or where there is only one contender.
    """
    for run in runs:
        if run.manifest.kind not in KINDS:
            raise ConfigError(f"{run.folder} is a {run.manifest.kind} run; compare takes runs of: spectrum bench")
    construct = _construct(runs, construct)
    chosen = [(number, name) for number, run in enumerate(runs) for name in _conditions(run, conditions, len(runs))]
    if len(chosen) < 2:
        raise ConfigError(
            f"{runs[0].folder} alone is nothing to compare: name another run, or one with two or more conditions"
        )
    items, item_of = Items.of(runs)
    contenders = [
        contender_of(runs[number], number, condition, construct, measure, items, item_of[number], name)
        for (number, condition), name in zip(chosen, _names(runs, chosen), strict=True)
    ]
    return Joined(items, construct, measure, tuple(contenders))


def _construct(runs: Sequence[RunColumns], named: str | None) -> str:
    shared = [name for name in runs[0].constructs if all(name in run.constructs for run in runs)]
    if named is not None and named not in shared:
        lacking = next(run for run in runs if named not in run.constructs)
        raise ConfigError(f"{lacking.folder} did not ask {named!r}; it asked {_list(lacking.constructs)}")
    if not shared:
        asked = "; ".join(f"{run.folder}: {_list(run.constructs)}" for run in runs)
        raise ConfigError(f"the runs share no construct ({asked}); bench them with the same --construct")
    return named or (CONSTRUCT if CONSTRUCT in shared else shared[0])


def _conditions(run: RunColumns, wanted: Sequence[str], runs: int) -> list[str]:
    has = sorted(run.conditions, key=lambda name: (name != NEUTRAL, name))
    for name in wanted:
        if name not in has:
            raise ConfigError(f"{run.folder} has no condition {name!r}; it has {_list(has)}")
    if wanted:
        return list(wanted)
    if runs == 1:
        return has
    if NEUTRAL in has or len(has) == 1:
        return has[:1]
    raise ConfigError(f"{run.folder} has no neutral condition; choose with --condition: {_list(has)}")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"


def _names(runs: Sequence[RunColumns], chosen: Sequence[tuple[int, str]]) -> list[str]:
    """A name each: the respondent's, with its persona; the folder beside where that leaves two alike."""
    plain = [
        runs[number].manifest.respondent.name + ("" if condition == NEUTRAL else f" as {condition.upper()}")
        for number, condition in chosen
    ]
    return [
        name if plain.count(name) == 1 else f"{name} ({runs[number].folder})"
        for name, (number, _) in zip(plain, chosen, strict=True)
    ]
