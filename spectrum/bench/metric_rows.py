"""Rows of the metric tables, in the schemas of spectrum.runs.tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from spectrum.answers import Outcome
from spectrum.bench.estimates import Contrasted, Estimated
from spectrum.bench.lights import Light
from spectrum.bench.sheet import MISSING, Sheet
from spectrum.runs.tables import METRICS
from spectrum.stats.bounds import acceptance_bounds
from spectrum.stats.intervals import Intervals
from spectrum.stats.observations import BoolArray, FloatArray, Framing
from spectrum.stats.paper import PaperScores, paper_scores

Row = dict[str, Any]
DECIMALS = 9
"""Numbers are rounded to this many decimals, so that another summation order writes the same bytes."""


def table_of(name: str, rows: Iterable[Row]) -> pa.Table:
    """A metric table; NaN becomes null."""
    plain = [{key: _plain(value) for key, value in row.items()} for row in rows]
    return pa.Table.from_pylist(plain, schema=METRICS[name])


def profile_rows(estimated: Estimated, sheet: Sheet, codes: Sequence[str]) -> list[Row]:
    """One row a value and scale; none where there is no profile."""
    rows = sheet.rows(estimated.condition, estimated.construct)
    response = sheet.written if estimated.measure == "written" else sheet.probability
    used = rows & estimated.pooling.rows(sheet.framing) & ~np.isnan(response)
    found = []
    for tied in (estimated.profile, estimated.logit):
        if tied is None:
            continue
        for place, code in enumerate(codes):
            members = _members(sheet, code)
            found.append(
                {
                    "condition": estimated.condition,
                    "construct": estimated.construct,
                    "measure": estimated.measure,
                    "scale": tied.estimate.scale,
                    "value": code,
                    **_interval(tied.estimate.theta, place),
                    "p_holm": tied.estimate.theta.p_holm[place],
                    "tied_group": tied.groups.letters[place],
                    "clips": int(np.unique(sheet.clip[used & members]).size),
                    "answers": int((used & members).sum()),
                }
            )
    return found


def level_rows(estimated: Estimated) -> list[Row]:
    """One row, or none where fewer than two clips were answered."""
    if estimated.level is None:
        return []
    return [
        {
            "condition": estimated.condition,
            "construct": estimated.construct,
            "measure": estimated.measure,
            **_interval(estimated.level.level, 0),
            "yes_bias": estimated.yes_bias,
            "order_effect": estimated.order_effect,
            "wordings": estimated.level.wordings,
            "clips": estimated.level.clips,
            "answers": estimated.level.answers,
        }
    ]


def contrast_rows(contrasted: Contrasted, codes: Sequence[str]) -> list[Row]:
    """One row a value and one for the level; none where there is no contrast."""
    if contrasted.contrast is None:
        return []
    head = {
        "condition": contrasted.condition,
        "reference": contrasted.reference,
        "construct": contrasted.construct,
        "measure": contrasted.measure,
        "items": contrasted.contrast.items,
    }
    theta, level = contrasted.contrast.theta, contrasted.contrast.level
    rows = [
        {**head, "value": code, **_interval(theta, place), "p_holm": theta.p_holm[place]}
        for place, code in enumerate(codes)
    ]
    return [*rows, {**head, "value": "level", **_interval(level, 0), "p_holm": level.p[0]}]


def outcome_rows(sheet: Sheet, condition: str, codes: Sequence[str]) -> list[Row]:
    """What became of the asks that offer options: all of them, each value's, and the controls'."""
    ours = sheet.rows(condition)
    parts = [("all", ours)]
    parts += [(code, ours & _members(sheet, code)) for code in codes]
    parts.append(("control", ours & sheet.clips.control[sheet.clip]))
    return [_outcomes(sheet, condition, name, rows) for name, rows in parts]


def paper_table(sheet: Sheet, condition: str, codes: Sequence[str]) -> tuple[list[Row], PaperScores]:
    """The paper's percentages from its own question, or from "would" stems where another protocol was used.

    A clip that several keywords of a value found counts once for each, as in the paper's rule. An ask that
    was not sent yet is not counted.
    """
    yes, asked = np.zeros(len(codes), dtype=np.int64), np.zeros(len(codes), dtype=np.int64)
    of_paper = sheet.block == "paper"
    question = of_paper if of_paper.any() else sheet.framing == Framing.WOULD
    ours = sheet.rows(condition) & question & (sheet.outcome != MISSING)
    said_yes = ours & (sheet.written > 0.5)
    for place, code in enumerate(codes):
        times = np.array([sets.count(code) for sets in sheet.clips.value_sets], dtype=np.int64)[sheet.clip]
        yes[place], asked[place] = int(times[said_yes].sum()), int(times[ours].sum())
    scores = paper_scores(yes, asked)
    rows = [
        {
            "condition": condition,
            "value": code,
            "yes": int(yes[place]),
            "asked": int(asked[place]),
            "percent": scores.percent[place],
        }
        for place, code in enumerate(codes)
        if asked[place]
    ]
    return rows, scores


def clip_rows(sheet: Sheet, condition: str) -> list[Row]:
    """Acceptance of each clip, over all framings."""
    ours = sheet.rows(condition)
    asked = np.bincount(sheet.clip[ours], minlength=len(sheet.clips.ids))
    chosen = ours & ~np.isnan(sheet.written)
    choices = np.bincount(sheet.clip[chosen], minlength=asked.size)
    accepted = np.bincount(sheet.clip[chosen], weights=sheet.written[chosen], minlength=asked.size)
    return [
        {
            "condition": condition,
            "clip_id": clip_id,
            "asked": int(asked[place]),
            "choices": int(choices[place]),
            "accepted": accepted[place] / choices[place] if choices[place] else None,
        }
        for place, clip_id in enumerate(sheet.clips.ids)
        if asked[place]
    ]


def light_rows(lights: Iterable[Light]) -> list[Row]:
    """One row a light."""
    return [asdict(light) for light in lights]


def _members(sheet: Sheet, code: str) -> BoolArray:
    """Rows about clips in the value's set."""
    return np.array([code in sets for sets in sheet.clips.value_sets], dtype=np.bool_)[sheet.clip]


def _outcomes(sheet: Sheet, condition: str, name: str, rows: BoolArray) -> Row:
    bounds = acceptance_bounds(sheet.written[rows])
    counts = Counter(sheet.outcome[rows].tolist())
    return {
        "condition": condition,
        "value": name,
        "planned": bounds.planned,
        **{outcome: counts[outcome] for outcome in (*map(str, Outcome), MISSING)},
        "accepted": bounds.accepted,
        "accepted_low": bounds.low,
        "accepted_high": bounds.high,
    }


def _interval(found: Intervals, place: int) -> dict[str, float]:
    columns: dict[str, FloatArray] = {
        "estimate": found.estimate,
        "se": found.se,
        "df": found.df,
        "low": found.low,
        "high": found.high,
    }
    return {name: float(column[place]) for name, column in columns.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else round(float(value), DECIMALS) + 0.0
    return value
