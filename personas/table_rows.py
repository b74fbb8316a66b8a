"""Rows of an adherence run's metric tables, in the schemas of spectrum.runs.tables."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

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
from spectrum.runs.tables import ADHERENCE_METRICS
from spectrum.stats.observations import FloatArray

Row = dict[str, Any]
DECIMALS = 9
"""Numbers are rounded to this many decimals, so that another summation order writes the same bytes."""
_UNITS = {"slope": "slope", "change_p": "p", "identified_p": "p", "identified_chance": "fraction"}


def table_of(name: str, rows: Iterable[Row]) -> pa.Table:
    """A metric table; NaN becomes null."""
    plain = [{key: _plain(value) for key, value in row.items()} for row in rows]
    return pa.Table.from_pylist(plain, schema=ADHERENCE_METRICS[name])


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
            **_played(result),
            "placement": placement,
            **_named(pool),
            "statistic": found.name,
            "unit": unit_of(found.name),
            **_ends(found.estimate),
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
        {**_played(result), **_named(pool), "value": code, **_ends(found), "p_holm": p_holm}
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
                    **_played(result),
                    **_who(role.arm, persona),
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


def persona_rows(result: StrategyResult, casting: Casting, recall: Mapping[str, float]) -> list[Row]:
    """A row a role, those that cannot be estimated too. `recall`: persona id -> share right."""
    paired = result.paired
    place = {role.condition: row for row, role in enumerate(paired.roles)}
    main = {int(row): n for n, row in enumerate(result.rows)} if result.pool is not None else {}
    found: list[Row] = []
    for role in casting.roles:
        if role.strategy != paired.strategy:
            continue
        row = place.get(role.condition)
        head = {**_played(result), **_who(role.arm, role.persona), "recall": recall.get(role.persona.id)}
        if row is None or paired.shifts is None:
            reason = paired.reasons.get(role.condition) or paired.reason or "it was not asked"
            found.append({**head, "verdict": "not estimable", "reason": reason})
            continue
        level = paired.shifts.level[row]
        head |= {"level_shift": level, "items": int(paired.shifts.items[row]), "reason": ""}
        if row not in main:
            found.append({**head, "verdict": "no target" if role.persona.target is None else "not told"})
            continue
        found.append({**head, **_judged(result, main[row])})
    return found


def identification_rows(result: StrategyResult) -> list[Row]:
    """The matrix, a row a persona and target."""
    known = result.identification
    if known is None:
        return []
    clusters = sorted({role.persona.group for role in result.roles})
    return [
        {
            **_played(result),
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
        **_played(result),
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
            **_played(one),
            "other": other.paired.strategy,
            "statistic": "rms_distinctive",
            **_ends(found),
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
            **_ends(found.estimate),
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
            **_ends(found.estimate),
            "p": found.p_holm if found.kind == RECALL else found.estimate.p,
            "p_holm": found.p_holm if found.kind == CONTROL else None,
            "asks": found.asks,
        }
        for found in results
    ]


_NAN = float("nan")
_NONE = Estimate(_NAN, _NAN, _NAN, _NAN, _NAN, _NAN, _NAN, _NAN)


def _judged(result: StrategyResult, n: int) -> Row:
    """The verdict on one persona of the main pool."""
    each, known, pool = result.each, result.identification, result.pool
    assert each is not None and known is not None and pool is not None
    clusters = sorted({role.persona.group for role in result.roles})
    reach = each.reach
    moved = bool(np.abs(known.similarity[n]).max() > 0)
    verdict = "follows" if each.follows[n] else "reverses" if each.reverses[n] else "not told"
    return {
        "verdict": verdict,
        "on_target": each.on_target[n],
        "se": each.se[n],
        "low": each.on_target[n] - reach[n],
        "high": each.on_target[n] + reach[n],
        "p_holm": each.p_holm[n],
        "distinctive_r": each.r[n],
        "raw_r": _raw(result, n),
        "rank": int(known.rank[n]),
        "identified": bool(known.identified[n]),
        "nearest": clusters[int(known.similarity[n].argmax())] if moved else None,
    }


def _raw(result: StrategyResult, n: int) -> float:
    assert result.pool is not None
    profile, target = result.paired.neutral + result.pool.shifts.delta[n], result.pool.targets[n]
    if not np.isfinite(profile).all() or np.ptp(profile) < 1e-12:
        return _NAN
    return float(np.corrcoef(profile, target)[0, 1])


def _played(result: StrategyResult) -> Row:
    return {"strategy": result.paired.strategy, "measure": result.paired.measure}


def _named(pool: PoolResult) -> Row:
    return {"tier": pool.tier or ALL, "author": pool.author, "arm": str(pool.arm)}


def _who(arm: Arm, persona: Persona) -> Row:
    return {
        "arm": str(arm),
        "persona": persona.id,
        "name": persona.name,
        "tier": persona.tier,
        "cluster": persona.group,
        "author": persona.author,
    }


def _ends(found: Estimate) -> Row:
    return {"estimate": found.value, "se": found.se, "df": found.df, "low": found.low, "high": found.high}


def _plain(value: Any) -> Any:
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else round(float(value), DECIMALS) + 0.0
    return value
