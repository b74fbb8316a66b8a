"""Negative controls and recall: what must not move with the persona, and whether the traits are at hand at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from personas.casting import Casting, Role
from personas.control_questions import CONTROL, RECALL, RIGHT, first_option
from personas.inference import Estimate, bare, student
from personas.replies import Replies
from spectrum.answers import Outcome
from spectrum.prompts import NEUTRAL
from spectrum.stats.intervals import holm
from spectrum.stats.observations import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class ControlResult:
    """One control under one strategy."""

    strategy: str
    kind: str
    """"control" or "recall"."""
    question: str
    """The control's id; "recall"."""
    persona: str
    """A persona's id, or "all"."""
    estimate: Estimate
    """control: share of the first option, persona minus neutral on the same clips. recall: share right."""
    p_holm: float
    """control, one persona: Holm over the personas. recall: against one half. NaN elsewhere."""
    asks: int


def control_results(replies: Replies, casting: Casting) -> list[ControlResult]:
    """Every control of every strategy, all personas together first."""
    kinds = np.array(replies.block, dtype=np.str_)
    first = _first_chosen(replies, kinds)
    found: list[ControlResult] = []
    for label in casting.strategies:
        roles = [role for role in casting.roles if role.strategy == label]
        found += _controls(replies, kinds == CONTROL, first, roles, label)
        found += _recall(replies, kinds == RECALL, first, roles, label)
    return found


def two_way_mean(table: FloatArray) -> Estimate:
    """Mean of a (rows, columns) table with NaN gaps, uncertain by its rows and its columns.

    V = V_rows + V_columns - V_cells, not less than the larger of the two (Cameron, Gelbach and Miller 2011).
    """
    known = ~np.isnan(table)
    count = int(known.sum())
    if not count:
        return bare(float("nan"))
    value = float(table[known].mean())
    apart = np.where(known, table - value, 0.0) / count
    parts, sizes = [], []
    for axis in (1, 0):
        sums = apart.sum(axis=axis)
        size = int(known.any(axis=axis).sum())
        sizes.append(size)
        parts.append(float((sums**2).sum()) * size / max(size - 1, 1))
    variance = max(parts[0] + parts[1] - float((apart**2).sum()), *parts)
    return student(value, variance, max(min(sizes) - 1, 1))


def _first_chosen(replies: Replies, kinds: np.ndarray) -> FloatArray:
    """1 where the first option was chosen, 0 where another, NaN without a choice; for controls and recall."""
    chosen = np.full(replies.of.size, np.nan)
    for row in np.flatnonzero(np.isin(kinds, (CONTROL, RECALL))):
        if replies.outcome[row] == Outcome.CHOICE:
            chosen[row] = float(replies.choice[row] == first_option(replies.wordings[replies.wording[row]]))
    return chosen


def _controls(
    replies: Replies, asked: BoolArray, first: FloatArray, roles: Sequence[Role], label: str
) -> list[ControlResult]:
    found: list[ControlResult] = []
    wordings = sorted({replies.wordings[n] for n in np.unique(replies.wording[asked])})
    for wording in wordings:
        rows = asked & (replies.wording == replies.wordings.index(wording))
        neutral = _by_clip(replies, rows & replies.rows(NEUTRAL.name), first)
        table = np.column_stack([_by_clip(replies, rows & replies.rows(role.condition), first) for role in roles])
        table = table - neutral[:, None]
        known = ~np.isnan(table)
        if not known.any():
            continue
        question = wording.removeprefix(f"{CONTROL}-")
        nan = float("nan")
        found.append(ControlResult(label, CONTROL, question, "all", two_way_mean(table), nan, int(known.sum())))
        each = [_mean(table[known[:, n], n]) for n in range(len(roles))]
        p_holm = holm(np.array([1.0 if np.isnan(one.p) else one.p for one in each]))
        found += [
            ControlResult(label, CONTROL, question, role.persona.id, one, float(p), int(known[:, n].sum()))
            for n, (role, one, p) in enumerate(zip(roles, each, p_holm, strict=True))
        ]
    return found


def _recall(
    replies: Replies, asked: BoolArray, first: FloatArray, roles: Sequence[Role], label: str
) -> list[ControlResult]:
    right = np.array([form.removeprefix(f"{RIGHT}-") == "first" for form in replies.form], dtype=np.float64)
    found: list[ControlResult] = []
    shares = []
    total = 0
    for role in roles:
        rows = asked & replies.rows(role.condition)
        if not rows.any():
            continue
        rows = rows & ~np.isnan(first)
        hits = (first[rows] == right[rows]).astype(np.float64)
        total += hits.size
        if hits.size:
            shares.append(float(hits.mean()))
            found.append(
                ControlResult(label, RECALL, RECALL, role.persona.id, bare(shares[-1]), float("nan"), hits.size)
            )
    if not shares:
        return []
    mean = _mean(np.array(shares))
    against = _mean(np.array(shares) - 0.5).p
    return [ControlResult(label, RECALL, RECALL, "all", mean, against, total), *found]


def _mean(numbers: FloatArray) -> Estimate:
    if not numbers.size:
        return bare(float("nan"))
    if numbers.size < 2:
        return bare(float(numbers[0]))
    return student(float(numbers.mean()), float(numbers.var(ddof=1)) / numbers.size, numbers.size - 1)


def _by_clip(replies: Replies, rows: BoolArray, first: FloatArray) -> FloatArray:
    """Mean by clip, (m,); NaN without a choice."""
    rows = rows & ~np.isnan(first)
    clips = replies.cluster.size
    count = np.bincount(replies.clip[rows], minlength=clips)
    total = np.bincount(replies.clip[rows], weights=first[rows], minlength=clips)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
