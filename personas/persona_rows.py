"""Rows of the tables about single personas: how each was played, and answers to look at."""

from collections.abc import Mapping, Sequence

import numpy as np

from personas.adherence import Pool
from personas.casting import Casting
from personas.evidence import Said, Shown, trait_named
from personas.replies import Replies
from personas.results import StrategyResult
from personas.shifts import Shifts
from personas.table_rows import NAN, Row, played, who
from spectrum.stats.observations import FloatArray

EVOKES = 0.5
"""A clip evokes a value whose label is this or more."""


def persona_rows(result: StrategyResult, casting: Casting, recall: Mapping[str, float]) -> list[Row]:
    """A row a role, those that cannot be estimated too. `recall`: persona id -> share right."""
    paired = result.paired
    place = {role.condition: row for row, role in enumerate(paired.roles)}
    main = {int(row): n for n, row in enumerate(result.rows)} if result.pool is not None else {}
    moved = None if paired.shifts is None else _rms(paired.shifts)
    level_se = None if paired.shifts is None else paired.shifts.level_se()
    found: list[Row] = []
    for role in casting.roles:
        if role.strategy != paired.strategy:
            continue
        row = place.get(role.condition)
        head = {**played(result), **who(role.arm, role.persona), "recall": recall.get(role.persona.id)}
        if row is None or paired.shifts is None or moved is None or level_se is None:
            reason = paired.reasons.get(role.condition) or paired.reason or "it was not asked"
            found.append({**head, "verdict": "not estimable", "reason": reason})
            continue
        level = paired.shifts.level[row]
        head |= {
            "rms_shift": moved[row],
            "level": paired.neutral_level + level,
            "level_shift": level,
            "level_se": level_se[row],
            "items": int(paired.shifts.items[row]),
            "reason": "",
        }
        if row not in main:
            found.append({**head, "verdict": "no target" if role.persona.target is None else "not told"})
            continue
        found.append({**head, **_judged(result, main[row])})
    return found


def evidence_rows(
    result: StrategyResult, replies: Replies, chosen: Sequence[Shown], words: Mapping[int, Said], codes: Sequence[str]
) -> list[Row]:
    """A row an answer shown."""
    return [
        {
            **played(result),
            "persona": one.role.persona.id,
            "name": one.role.persona.name,
            "tier": one.role.persona.tier,
            "side": one.side,
            "place": one.place,
            "clip_id": replies.clip_ids[replies.clip[one.row]],
            "values": ";".join(
                code
                for code, label in zip(codes, replies.labels[replies.clip[one.row]], strict=True)
                if label >= EVOKES
            ),
            "pull": one.pull,
            "wording": replies.wordings[replies.wording[one.row]],
            "block": replies.block[one.row],
            "form": replies.form[one.row],
            "question": words[one.row].question,
            "answer": words[one.row].answer,
            "outcome": replies.outcome[one.row],
            "choice": replies.choice[one.row],
            "accepted": replies.written[one.row],
            "reason": words[one.row].reason,
            "trait": trait_named(one.role.persona, words[one.row].trait),
            "neutral_answer": None if one.nobody is None else words[one.nobody].answer,
            "neutral_accepted": NAN if one.nobody is None else replies.written[one.nobody],
            "ask_id": replies.ask_id[one.row],
        }
        for one in chosen
    ]


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
        "off_target": _off_target(pool, float(each.on_target[n]), n),
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
        return NAN
    return float(np.corrcoef(profile, target)[0, 1])


def _rms(shifts: Shifts) -> FloatArray:
    """Root mean square of each persona's shift against nobody, what noise adds taken off; (p,)."""
    square = (shifts.delta**2).mean(axis=1) - (shifts.by_value().se ** 2).mean(axis=1)
    return np.asarray(np.sqrt(np.maximum(square, 0.0)), dtype=np.float64)


def _off_target(pool: Pool, on_target: float, n: int) -> float:
    """What is left of a persona's distinct shift across its target, root mean square, noise taken off."""
    values = pool.distinct.shape[1]
    noise = pool.noise[0] / pool.cells * (values - 2) / (values - 1)
    return float(np.sqrt(max(float((pool.distinct[n] ** 2).mean()) - on_target**2 - noise, 0.0)))
