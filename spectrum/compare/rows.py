"""Rows of a comparison's tables, in the schemas of spectrum.runs.tables."""

from typing import Any

import numpy as np

from spectrum.compare.comparison import Comparison, Pair, Profile
from spectrum.compare.rounds import LEVEL, Sequential
from spectrum.stats.intervals import Intervals
from spectrum.stats.tied_groups import letters
from spectrum.values import ValueSystem

Row = dict[str, Any]
OVERALL = "overall"


def difference_rows(comparison: Comparison) -> list[Row]:
    """compare_differences: ten values and the level a comparison; the ten again on the logit scale."""
    return [row for pair in comparison.pairs for row in _pair_rows(comparison, pair)]


def group_rows(comparison: Comparison) -> list[Row]:
    """compare_groups: a row a contender for each value, the level and all values together."""
    groups = comparison.groups
    if groups is None:
        return []
    parts = [
        (code, groups.estimate[:, place], groups.by_value[place]) for place, code in enumerate(comparison.system.codes)
    ]
    parts += [(LEVEL, groups.level, groups.by_level), (OVERALL, np.full(groups.level.size, np.nan), groups.overall)]
    return [
        {
            "construct": comparison.joined.construct,
            "measure": comparison.joined.measure,
            "value": value,
            "contender": contender,
            "estimate": float(estimate[place]),
            "group": letters(found, place),
            "items": comparison.shared_items,
        }
        for value, estimate, found in parts
        for place, contender in enumerate(comparison.grouped)
    ]


def profile_rows(comparison: Comparison) -> list[Row]:
    """compare_profiles: each contender's own profile and level, where there are any."""
    return [row for profile in comparison.profiles for row in _profile_rows(comparison, profile)]


def sequential_rows(found: Sequential, system: ValueSystem) -> list[Row]:
    """compare_sequential: one row a round."""
    sequence = found.sequence
    return [
        {
            "contender": found.contender,
            "reference": found.reference,
            "value": LEVEL if found.declared is None else system.codes[found.declared],
            "round": number + 1,
            "clips": (number + 1) * found.clips_a_round,
            "mean": float(sequence.mean[number]),
            "low": float(sequence.low[number]),
            "high": float(sequence.high[number]),
        }
        for number in range(found.rounds)
    ]


def _pair_rows(comparison: Comparison, pair: Pair) -> list[Row]:
    found, decision = pair.difference.found, pair.decision
    if found is None or decision is None:
        return []
    head = {
        "contender": pair.difference.contender.name,
        "reference": pair.difference.reference,
        "construct": comparison.joined.construct,
        "measure": comparison.joined.measure,
        "items": found.items,
        "clips": found.clips,
        "wordings": found.wordings,
    }
    theta, level = found.contrast.theta, found.contrast.level
    rows: list[Row] = [
        {
            **head,
            "scale": "probability",
            "value": code,
            **_interval(theta, place),
            "p_holm": theta.p_holm[place],
            "p_family": decision.p_family[place],
            "p_tested": decision.p_tested[place],
            "standardised": found.standardised[place],
            "p_equivalent": found.same.p_holm[place],
            "margin": found.same.margin,
            "verdict": decision.verdicts[place],
            "named": place in decision.standing.named,
        }
        for place, code in enumerate(comparison.system.codes)
    ]
    rows.append(
        {
            **head,
            "scale": "probability",
            "value": LEVEL,
            **_interval(level, 0),
            "p_holm": level.p[0],
            "p_family": decision.p_level,
        }
    )
    if found.logit is not None:
        rows += [
            {
                **head,
                "scale": "logit",
                "value": code,
                **_interval(found.logit, place),
                "p_holm": found.logit.p_holm[place],
                "p_family": decision.p_logit[place],
            }
            for place, code in enumerate(comparison.system.codes)
        ]
    return rows


def _profile_rows(comparison: Comparison, profile: Profile) -> list[Row]:
    contender = profile.contender
    head = {
        "contender": contender.name,
        "run": str(contender.folder),
        "respondent": contender.manifest.respondent.name,
        "condition": contender.condition,
        "construct": comparison.joined.construct,
        "measure": comparison.joined.measure,
        "shared_items": profile.shared_items,
        "items": profile.items,
    }
    rows: list[Row] = []
    if profile.theta is not None:
        rows += [
            {**head, "value": code, **_interval(profile.theta, place)}
            for place, code in enumerate(comparison.system.codes)
        ]
    if profile.level is not None:
        rows.append({**head, "value": LEVEL, **_interval(profile.level, 0)})
    return [{key: value for key, value in row.items() if key != "p"} for row in rows]


def _interval(found: Intervals, place: int) -> dict[str, float]:
    return {
        "estimate": float(found.estimate[place]),
        "se": float(found.se[place]),
        "df": float(found.df[place]),
        "low": float(found.low[place]),
        "high": float(found.high[place]),
        "p": float(found.p[place]),
    }
