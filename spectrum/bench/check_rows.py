"""Rows of the tables that check a profile: null ladder, written correction, effects, controls, keywords."""

from collections.abc import Iterable, Sequence
from dataclasses import fields

from spectrum.bench.combining import Correction
from spectrum.bench.keywords_left_out import KeywordLeftOut
from spectrum.bench.ladder import Climb
from spectrum.bench.matched_controls import ControlContrast, is_matched
from spectrum.bench.metric_rows import Row, interval_columns
from spectrum.bench.question_effects import ALL, Effect
from spectrum.controls import Balance


def ladder_rows(climbed: Climb | None) -> list[Row]:
    """One row a rung."""
    if climbed is None:
        return []
    head = {"condition": climbed.condition, "construct": climbed.construct}
    return [
        {**head, **{each.name: getattr(rung, each.name) for each in fields(rung) if each.name != "profile"}}
        for rung in climbed.rungs
    ]


def null_profile_rows(climbed: Climb | None, codes: Sequence[str]) -> list[Row]:
    """One row a value, of each rung that was asked and could be estimated."""
    rows: list[Row] = []
    for rung in climbed.rungs if climbed is not None else ():
        if rung.profile is None or climbed is None:
            continue
        low, high = rung.profile.simultaneous()
        rows += [
            {
                "condition": climbed.condition,
                "construct": climbed.construct,
                "rung": rung.rung,
                "value": code,
                "estimate": float(rung.profile.inference.estimate[place]),
                "se": float(rung.profile.inference.se[place]),
                "low": float(low[place]),
                "high": float(high[place]),
            }
            for place, code in enumerate(codes)
        ]
    return rows


def correction_rows(found: Correction, codes: Sequence[str]) -> list[Row]:
    """One row a value."""
    return [
        {
            "condition": found.condition,
            "construct": found.construct,
            "value": code,
            "probability": float(found.probability.estimate[place]),
            "correction": float(found.correction.estimate[place]),
            **{key: value for key, value in interval_columns(found.correction, place).items() if key != "estimate"},
            "p_holm": float(found.correction.p_holm[place]),
            "too_large": place in found.too_large,
            "clips": found.clips,
            "answers": found.answers,
        }
        for place, code in enumerate(codes)
    ]


def effect_rows(effect: Effect) -> list[Row]:
    """One row a wording, or one over all."""
    overall = effect.wordings == (ALL,)
    return [
        {
            "condition": effect.condition,
            "construct": effect.construct,
            "measure": effect.measure,
            "effect": effect.effect,
            "wording": wording,
            **interval_columns(effect.found, place),
            "p_holm": float((effect.found.p if overall else effect.found.p_holm)[place]),
            "answers": effect.answers[place],
        }
        for place, wording in enumerate(effect.wordings)
    ]


def control_rows(found: ControlContrast, balance: Iterable[Balance]) -> list[Row]:
    """One row a value; `balance` is that of the run's clips."""
    flagged = [row.code for row in balance if row.flagged]
    return [
        {
            "condition": found.condition,
            "construct": found.construct,
            "measure": found.measure,
            "value": code,
            **interval_columns(found.found, place),
            "p_holm": float(found.found.p_holm[place]),
            "set_clips": found.set_clips[place],
            "control_clips": found.control_clips[place],
            "unbalanced": flagged.count(code),
        }
        for place, code in enumerate(found.values)
    ]


def balance_rows(balance: Iterable[Balance]) -> list[Row]:
    """One row a value and covariate."""
    return [
        {
            "value": row.code,
            "covariate": row.covariate,
            "matched": is_matched(row.covariate),
            "set_mean": row.set_mean,
            "control_mean": row.control_mean,
            "difference": row.difference,
            "flagged": row.flagged,
        }
        for row in balance
    ]


def keyword_rows(found: Iterable[KeywordLeftOut], codes: Sequence[str]) -> list[Row]:
    """One row a keyword, the one that matters most first."""
    ordered = sorted(found, key=lambda each: (each.value is None, -abs(each.change) if each.value is not None else 0.0))
    return [
        {
            "condition": each.condition,
            "construct": each.construct,
            "measure": each.measure,
            "keyword": each.keyword,
            "keyword_value": each.keyword_value,
            "clips": each.clips,
            "value": None if each.value is None else codes[each.value],
            "estimate": each.estimate,
            "without": each.without,
            "change": each.change,
        }
        for each in ordered
    ]
