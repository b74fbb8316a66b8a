"""Rows of the metric tables, in the schemas of spectrum.runs.tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from spectrum.answers import Outcome
from spectrum.bench.estimates import Contrasted, Estimated, asked, response_of
from spectrum.bench.lights import Light
from spectrum.bench.sheet import MISSING, SCORED, Sheet
from spectrum.stats.bounds import acceptance_bounds
from spectrum.stats.intervals import Intervals
from spectrum.stats.observations import BoolArray, FloatArray, Framing
from spectrum.stats.paper import PaperScores, paper_scores

Row = dict[str, Any]


def profile_rows(estimated: Estimated, sheet: Sheet, codes: Sequence[str]) -> list[Row]:
    """One row a value and scale; none where there is no profile."""
    if estimated.profile is None:
        return []
    rows = asked(sheet, estimated.condition, estimated.construct, estimated.measure)
    used = rows & estimated.pooling.rows(sheet.framing) & ~np.isnan(response_of(sheet, estimated.measure))
    answers = np.bincount(sheet.clip[used], minlength=len(sheet.clips.ids))
    bounds = estimated.bounds
    found = []
    for tied in (estimated.profile, estimated.logit):
        if tied is None:
            continue
        for place, code in enumerate(codes):
            members = sheet.clips.in_set(code)
            bounded = bounds is not None and tied is estimated.profile
            found.append(
                {
                    "condition": estimated.condition,
                    "construct": estimated.construct,
                    "measure": estimated.measure,
                    "scale": tied.estimate.scale,
                    "value": code,
                    **interval_columns(tied.estimate.theta, place),
                    "p_holm": tied.estimate.theta.p_holm[place],
                    "tied_group": tied.groups.letters[place],
                    "clips": int((answers[members] > 0).sum()),
                    "answers": int(answers[members].sum()),
                    "bound_low": float(bounds.low[place]) if bounds is not None and bounded else None,
                    "bound_high": float(bounds.high[place]) if bounds is not None and bounded else None,
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
            **interval_columns(estimated.level.level, 0),
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
        {**head, "value": code, **interval_columns(theta, place), "p_holm": theta.p_holm[place]}
        for place, code in enumerate(codes)
    ]
    return [*rows, {**head, "value": "level", **interval_columns(level, 0), "p_holm": level.p[0]}]


def outcome_rows(sheet: Sheet, condition: str, codes: Sequence[str]) -> list[Row]:
    """What became of the asks that offer options and were to be written: all, each value's, and the controls'."""
    ours = sheet.rows(condition) & ~sheet.scored_only
    parts = [("all", ours)]
    parts += [(code, ours & sheet.clips.in_set(code)[sheet.clip]) for code in codes]
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
    ours = sheet.rows(condition) & question & ~np.isin(sheet.outcome, (MISSING, SCORED))
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
    """Acceptance of each clip, over all framings; of the asks that were to be written."""
    ours = sheet.rows(condition) & ~sheet.scored_only
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


def _outcomes(sheet: Sheet, condition: str, name: str, rows: BoolArray) -> Row:
    bounds = acceptance_bounds(sheet.written[rows & (sheet.outcome != MISSING)])
    outcomes, numbers = np.unique(sheet.outcome[rows], return_counts=True)
    counts = Counter(dict(zip(outcomes.tolist(), numbers.tolist(), strict=True)))
    return {
        "condition": condition,
        "value": name,
        "planned": int(rows.sum()),
        **{outcome: counts[outcome] for outcome in (*map(str, Outcome), MISSING)},
        "accepted": bounds.accepted,
        "accepted_low": bounds.low,
        "accepted_high": bounds.high,
    }


def interval_columns(found: Intervals, place: int) -> dict[str, float]:
    """Estimate, error, degrees of freedom and ends of one row, by column."""
    columns: dict[str, FloatArray] = {
        "estimate": found.estimate,
        "se": found.se,
        "df": found.df,
        "low": found.low,
        "high": found.high,
    }
    return {name: float(column[place]) for name, column in columns.items()}
