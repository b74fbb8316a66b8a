"""Rows of an adherence run's metric tables, in the schemas of spectrum.runs.tables."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from personas.arms import Arm
from personas.casting import Casting
from personas.control_questions import CONTROL, RECALL
from personas.controls import ControlResult
from personas.inference import Estimate
from personas.person import Persona
from personas.replies import Replies
from personas.results import ALL, PoolResult, Statistic, StrategyResult
from personas.sweep import SweepRow
from spectrum.answers import Outcome
from spectrum.stats.observations import FloatArray

Row = dict[str, Any]
_UNITS = {"slope": "slope", "change_p": "p", "identified_p": "p", "identified_chance": "fraction"}


def unit_of(statistic: str) -> str:
    """What a statistic's numbers are."""
    if statistic in ("distinctive_r", "raw_r", "r_normalised", "ceiling"):
        return "correlation"
    if statistic.startswith("share_") or statistic in ("specificity", "reliability", "identified"):
        return "fraction"
    return _UNITS.get(statistic, "share")


def adherence_rows(result: StrategyResult, placement: str) -> list[Row]:
    """A row a pool and statistic."""
    return [
        {
            **played(result),
            "placement": placement,
            **named(pool),
            "statistic": found.name,
            "unit": unit_of(found.name),
            **ends(found.estimate),
            "low90": found.estimate.low90,
            "high90": found.estimate.high90,
            "p": found.estimate.p,
            "personas": pool.personas,
            "targets": pool.targets,
            "note": found.note,
        }
        for pool in result.pools
        for found in pool.statistics
    ]


def value_rows(result: StrategyResult, codes: Sequence[str]) -> list[Row]:
    """A row a pool and value."""
    return [
        {**played(result), **named(pool), "value": code, **ends(found), "p_holm": p_holm}
        for pool in result.pools
        for code, (found, p_holm) in zip(codes, pool.values, strict=bool(pool.values))
    ]


def profile_rows(result: StrategyResult, codes: Sequence[str]) -> list[Row]:
    """A row a role and value: target, measured, difference."""
    paired = result.paired
    shifts = paired.shifts
    if shifts is None:
        return []
    pool = result.pool
    place = {int(row): n for n, row in enumerate(result.rows)}
    intervals = shifts.by_value()
    found: list[Row] = []
    for row, role in enumerate(paired.roles):
        persona = role.persona
        inside = place.get(row)
        for value, code in enumerate(codes):
            found.append(
                {
                    **played(result),
                    **who(role.arm, persona),
                    "value": code,
                    "target": None if persona.target is None else persona.target[value],
                    "target_unit": None if persona.target is None else persona.unit,
                    "target_distinctive": None if inside is None or pool is None else pool.tau[inside, value],
                    "neutral": paired.neutral[value],
                    "measured": paired.neutral[value] + shifts.delta[row, value],
                    "difference": shifts.delta[row, value],
                    "se": intervals.se[row, value],
                    "low": intervals.low[row, value],
                    "high": intervals.high[row, value],
                    "p_holm": intervals.p_holm[row, value],
                    "distinctive": None if inside is None or pool is None else pool.distinct[inside, value],
                }
            )
    return found


def identification_rows(result: StrategyResult) -> list[Row]:
    """The matrix, a row a persona and target."""
    known = result.identification
    if known is None:
        return []
    clusters = sorted({role.persona.group for role in result.roles})
    return [
        {
            **played(result),
            "persona": role.persona.id,
            "cluster": role.persona.group,
            "target": cluster,
            "own": known.own[row] == column,
            "similarity": known.similarity[row, column],
        }
        for row, role in enumerate(result.roles)
        for column, cluster in enumerate(clusters)
    ]


def strategy_row(result: StrategyResult, replies: Replies, casting: Casting) -> Row:
    """What became of a strategy's asks, and how many personas it makes follow."""
    label = result.paired.strategy
    conditions = [
        replies.condition.index(role.condition)
        for role in casting.roles
        if role.strategy == label and role.condition in replies.condition
    ]
    asked = np.flatnonzero(np.isin(replies.of, conditions)).tolist()
    rows = [row for row in asked if replies.block[row] not in (CONTROL, RECALL)]
    counts = Counter(replies.outcome[row] for row in rows)
    each = result.each
    return {
        **played(result),
        "placement": casting.strategies[label].placement,
        "asks": "bank" if casting.own(label) is None else "own",
        "framings": ", ".join(result.paired.framings),
        "personas": result.rows.size,
        "follows": None if each is None else int(each.follows.sum()),
        "reverses": None if each is None else int(each.reverses.sum()),
        "planned": len(rows),
        **{str(outcome): counts[str(outcome)] for outcome in Outcome},
        "missing": counts["missing"],
        "reason": result.paired.reason or "",
    }


def contrast_rows(pairs: Sequence[tuple[StrategyResult, StrategyResult, Estimate]], p_holm: FloatArray) -> list[Row]:
    """A row a pair of strategies."""
    return [
        {
            **played(one),
            "other": other.paired.strategy,
            "statistic": "rms_distinctive",
            **ends(found),
            "p": found.p,
            "p_holm": float(p),
        }
        for (one, other, found), p in zip(pairs, p_holm, strict=True)
    ]


def sweep_rows(rows: Sequence[SweepRow]) -> list[Row]:
    """A row a threshold and statistic."""
    return [
        {
            "strategy": row.strategy,
            "threshold": row.threshold,
            "published": row.published,
            "accepted_neutral": row.accepted_neutral,
            "accepted_personas": row.accepted_personas,
            "statistic": found.name,
            **ends(found.estimate),
            "note": found.note,
        }
        for row in rows
        for found in (row.statistics or (Statistic("rms_distinctive", _NONE, "not estimable"),))
    ]


def control_rows(results: Sequence[ControlResult]) -> list[Row]:
    """A row a control and persona."""
    return [
        {
            "strategy": found.strategy,
            "kind": found.kind,
            "question": found.question,
            "persona": found.persona,
            **ends(found.estimate),
            "p": found.p_holm if found.kind == RECALL else found.estimate.p,
            "p_holm": found.p_holm if found.kind == CONTROL else None,
            "asks": found.asks,
        }
        for found in results
    ]


NAN = float("nan")
_NONE = Estimate(NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN)


def played(result: StrategyResult) -> Row:
    """Strategy and measure."""
    return {"strategy": result.paired.strategy, "measure": result.paired.measure}


def named(pool: PoolResult) -> Row:
    """Tier, author and arm of a pool."""
    return {"tier": pool.tier or ALL, "author": pool.author, "arm": str(pool.arm)}


def who(arm: Arm, persona: Persona) -> Row:
    """A persona and its arm."""
    return {
        "arm": str(arm),
        "persona": persona.id,
        "name": persona.name,
        "tier": persona.tier,
        "cluster": persona.group,
        "author": persona.author,
    }


def ends(found: Estimate) -> Row:
    """A number with its 95% interval."""
    return {"estimate": found.value, "se": found.se, "df": found.df, "low": found.low, "high": found.high}
