"""What may be said of an adherence run, in sentences and in a table for a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from personas.adherence import CHANGE_BELOW, NO_CHANGE
from personas.arms import Arm
from personas.casting import Casting, Role
from personas.control_questions import CONTROL, RECALL
from personas.controls import ControlResult
from personas.inference import FEWEST_TARGETS, Estimate
from personas.results import PoolResult, Statistic, StrategyResult
from spectrum.report.pages.adhere_words import CONTROL_KNOWN
from spectrum.report.words import points, signed

CAVEAT = "This describes answers to these clips while playing somebody, not what the model values."
_MEASURES = {"written": "", "probability": "/p", "score": "/score"}
_LEGEND = "points: of acceptance, 95% intervals in brackets; RMS: against the other personas, controls: nobody."
_FURTHER = "/p: by option probabilities; /score: by the question's score; other rows by what was written."
_TOLD = 2
"""So many values are named on either side."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two strategies on the same personas and clips."""

    one: str
    other: str
    found: Estimate
    p_holm: float


def headline(results: Sequence[StrategyResult], name: str, names: Sequence[str], pairs: Sequence[Compared]) -> str:
    """The adherence of the first strategy that has one, what stands out by value, and how strategies differ."""
    said_of = [result for result in results if result.each is not None]
    silent = [
        f"Nothing can be said of {one.paired.strategy}, because {why(one)}." for one in results if one.each is None
    ]
    if not said_of:
        first = results[0]
        return f"No adherence can be reported for {name} under {first.paired.strategy}, because {why(first)}."
    result = said_of[0]
    assert result.each is not None
    label = result.paired.strategy
    main = result.pools[0]
    follows, reverses = int(result.each.follows.sum()), int(result.each.reverses.sum())
    said = [f"Played by {label}, {name} follows {follows} of {main.personas} personas"]
    if reverses:
        said.append(f" and does the reverse of {reverses}")
    said.append(f": {headline_numbers(main)}.")
    sentences = ["".join(said), values_sentence(main, names), *map(contrast_sentence, pairs), *silent, CAVEAT]
    return " ".join(sentence for sentence in sentences if sentence)


def forewarning(casting: Casting) -> str | None:
    """What can be known before anything is asked: that targets are too few for an adherence."""
    groups = {role.persona.group for role in casting.roles if _aims(role)}
    if len(groups) >= FEWEST_TARGETS:
        return None
    have = "1 target" if len(groups) == 1 else f"{len(groups) or 'no'} targets"
    return (
        f"the personas have {have}, and an adherence takes {FEWEST_TARGETS} different ones or more: none will be "
        "reported, only how far each profile moves (tables/persona_profiles); name more personas to have one"
    )


def _aims(role: Role) -> bool:
    return role.arm is Arm.AS_WRITTEN and role.persona.target is not None


def unfinished(answered: int, planned: int) -> str:
    """What a run says before it is done."""
    if not planned:
        return "No adherence yet: nothing is planned."
    done = f"{answered:,} of {planned:,} asks are answered" if answered else f"none of {planned:,} asks is answered"
    return f"No adherence yet: {done}."


def why(result: StrategyResult) -> str:
    """Why a strategy has no adherence, as the end of "because ..."."""
    if result.paired.reason is not None:
        return result.paired.reason
    return "fewer than three different targets could be estimated"


def headline_numbers(pool: PoolResult) -> str:
    """Distinctive r and RMS shift, and the slope where there is one."""
    r, rms, slope = pool.get("distinctive_r"), pool.get("rms_distinctive"), pool.get("slope")
    said = "distinctive r undefined"
    if r is not None:
        said = f"distinctive r {r.note}" if r.note else f"distinctive r {correlation(r.estimate)}"
    if rms is not None:
        said += f", shift {unsigned(rms.estimate)} points RMS"
    if slope is not None:
        said += f", slope {correlation(slope.estimate)}"
    return said


def values_sentence(pool: PoolResult, names: Sequence[str]) -> str:
    """ "Strongest on Stimulation, not on Power." from intervals by Holm; "" where nothing can be said."""
    r = pool.get("distinctive_r")
    if r is None or r.note:
        return ""
    told = [
        (found.value, place) for place, (found, p) in enumerate(pool.values) if p < CHANGE_BELOW and found.value > 0
    ]
    # What Holm alone takes back is neither shown nor lacking.
    lacking = [names[place] for place, (found, _) in enumerate(pool.values) if not found.low > 0]
    if not told:
        return ""
    best = [names[place] for _, place in sorted(told, reverse=True)[:_TOLD]]
    said = f"Strongest on {' and '.join(best)}"
    if lacking:
        more = f" and {len(lacking) - _TOLD} more" if len(lacking) > _TOLD else ""
        said += f", not shown on {', '.join(lacking[:_TOLD])}{more}"
    return said + "."


def contrast_sentence(pair: Compared) -> str:
    """ "ISQ moves it 4 points RMS further than Simple [1, 7]." """
    found = pair.found
    if found.low <= 0 <= found.high:
        low, high = _points(found.low), _points(found.high)
        return f"{pair.one} and {pair.other} cannot be told apart ({points(found.value)} points RMS [{low}, {high}])."
    one, other, sign = (pair.one, pair.other, 1.0) if found.value > 0 else (pair.other, pair.one, -1.0)
    ends = sorted((sign * found.low, sign * found.high))
    said = f"{one} beats {other} by {100 * sign * found.value:.0f} points RMS [{_points(ends[0])}, {_points(ends[1])}]"
    return f"{said}." if pair.p_holm < CHANGE_BELOW else f"{said}, but not for sure among all pairs of strategies."


def table_lines(results: Sequence[StrategyResult], controls: Sequence[ControlResult]) -> list[str]:
    """A row a pool, then controls and recall; columns that hold at 100 characters."""
    head = f"{'strategy':14}{'pool':19}{'n':>4} {'follow':>6}  {'distinctive r':21}{'RMS points':18}{'level':16}"
    slopes = any(result.acceptance for result in results)
    lines = [head + ("slope" if slopes else "")]
    for result in results:
        label = result.paired.strategy + _MEASURES[result.paired.measure]
        if not result.pools:
            lines.append(f"{label[:13]:14}no adherence: {why(result)}")
        for pool in result.pools:
            lines.append(_pool_line(label, result, pool))
            label = ""
    lines.append(_LEGEND)
    if any(result.paired.measure != "written" for result in results):
        lines.append(_FURTHER)
    return [*lines, *(control_line(found) for found in controls if found.persona == "all")]


def control_line(found: ControlResult) -> str:
    """One negative control, or recall, over all personas. A wide interval around no movement shows nothing."""
    known = found.estimate
    spanned = isfinite(known.low) and isfinite(known.high)
    said = f"{known.value:.2f} [{known.low:.2f}, {known.high:.2f}]" if spanned else f"{known.value:.2f}, no interval"
    if found.kind == RECALL:
        return f"{found.strategy}: traits recalled, share right {said}, chance .50"
    assert found.kind == CONTROL
    if spanned and known.p < CHANGE_BELOW:
        return f"{found.strategy}: control question {found.question!r} moved with the persona: {said}"
    if spanned and (known.high - known.low) / 2 <= CONTROL_KNOWN:
        return f"{found.strategy}: control question {found.question!r} did not move with the persona: {said}"
    return f"{found.strategy}: whether control question {found.question!r} moved cannot be told: {said}"


def _pool_line(label: str, result: StrategyResult, pool: PoolResult) -> str:
    named = {Arm.SHUFFLED: "another's target", Arm.OPPOSITE: "opposite personas", Arm.PLACEBO: "placebo"}
    name = named.get(pool.arm) or (pool.tier if pool.author == "all" else f"author {pool.author}")
    if pool.arm is Arm.AS_WRITTEN and pool.tier == "none":
        name = "none (controls)"
    r, slope = pool.get("distinctive_r"), pool.get("slope")
    rms = pool.get("rms_distinctive") or pool.get("rms_shift")
    level = pool.get("level_shift")
    cells = [
        f"{label[:13]:14}{name[:18]:19}{pool.personas:>4} {_follows(result, pool):>6}  ",
        f"{'' if r is None else _cell(r):21}",
        f"{'' if rms is None else unsigned(rms.estimate):18}",
        f"{'' if level is None else interval(level.estimate):16}",
        "" if slope is None else correlation(slope.estimate),
    ]
    return "".join(cells).rstrip()


def _cell(r: Statistic) -> str:
    if not r.note:
        return correlation(r.estimate)
    return "no change" if r.note == NO_CHANGE else "undefined"


def _follows(result: StrategyResult, pool: PoolResult) -> str:
    if result.each is None or pool.arm is not Arm.AS_WRITTEN or not pool.targets:
        return ""
    inside = [
        bool(follows)
        for role, follows in zip(result.roles, result.each.follows, strict=True)
        if pool.tier in ("all", role.persona.tier) and pool.author in ("all", role.persona.author)
    ]
    return str(sum(inside))


def correlation(found: Estimate) -> str:
    """ ".62 [.55, .68]", signs kept."""
    return f"{signed(found.value)} [{signed(found.low)}, {signed(found.high)}]"


def interval(found: Estimate) -> str:
    """Points with a sign: "+4 [1, 7]"."""
    return f"{points(found.value)} [{_points(found.low)}, {_points(found.high)}]"


def unsigned(found: Estimate) -> str:
    """Points of what cannot be negative: "11.0 [10.0, 11.9]"."""
    return f"{100 * found.value:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def _points(share: float) -> str:
    return f"{round(100 * share):d}"
