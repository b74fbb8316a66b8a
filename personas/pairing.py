"""Answers as a persona minus answers as nobody, item by item; what a strategy's estimates start from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from personas.casting import Casting, Role
from personas.replies import Replies
from personas.shifts import Shifts, estimate_shifts, joined
from spectrum.bench.pooling import pool
from spectrum.prompts import NEUTRAL
from spectrum.stats.agreement import USE_ABOVE, matched_kappa
from spectrum.stats.design import profile_design
from spectrum.stats.observations import BoolArray, FloatArray, Framing, IntArray, NotEstimableError, Observations
from spectrum.stats.profile import estimate_level, regress

WRITTEN, PROBABILITY, SCORE = "written", "probability", "score"
LEAST_CHOSEN = 0.5
"""A persona with choices on fewer than this share of its items has no estimate: it would be that of the easy ones."""
MOST_OUTSIDE = 0.5
"""Above this mean mass outside the options, option probabilities are not used."""


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """One strategy by one measure: shifts of the roles that can be estimated, and why others cannot."""

    strategy: str
    measure: str
    roles: tuple[Role, ...]
    """Of the rows of `shifts`."""
    shifts: Shifts | None
    """None where no role can be estimated."""
    neutral: FloatArray
    """(v,) the profile as nobody, on the same items; for the raw correlation."""
    neutral_level: float
    framings: tuple[str, ...]
    """Pooled."""
    reasons: dict[str, str]
    """Condition -> why it has no estimate."""
    reason: str | None
    """Why the strategy has none at all, as the end of "because ..."."""


@dataclass(frozen=True, slots=True, eq=False)
class _Items:
    """Items of a strategy: clip x wording x framing, and everybody's mean answer to each."""

    clip: IntArray
    wording: IntArray
    framing: IntArray
    neutral: FloatArray
    """(i,) NaN without an answer."""
    people: FloatArray
    """(i, roles)"""


def measures_of(replies: Replies, casting: Casting, label: str) -> tuple[str, ...]:
    """What a strategy's answers can be read as: the written decision always; an own question's score; or option
    probabilities, where most asks have some, they agree with what was written, and little mass lies outside."""
    if casting.own(label) is not None:
        return (WRITTEN, SCORE)
    roles = {role.condition for role in _roles(casting, label)}
    played = np.array([name in roles for name in replies.condition], dtype=np.bool_)
    rows: BoolArray = np.asarray(replies.bank & played[replies.of], dtype=np.bool_)
    given: BoolArray = np.asarray(rows & ~np.isnan(replies.probability), dtype=np.bool_)
    if not rows.any() or given.sum() < LEAST_CHOSEN * rows.sum() or replies.outside[given].mean() > MOST_OUTSIDE:
        return (WRITTEN,)
    both = given & ~np.isnan(replies.written)
    kappa = matched_kappa(replies.written[both] > 0.5, replies.probability[both] > 0.5, replies.framing[both])
    return (WRITTEN, PROBABILITY) if kappa is not None and kappa >= USE_ABOVE else (WRITTEN,)


def pair(replies: Replies, casting: Casting, label: str, measure: str, response: FloatArray | None = None) -> Paired:
    """Pair every role of a strategy with neutral. `response` (n,) stands in for the measure's own numbers."""
    roles = _roles(casting, label)
    values = replies.labels.shape[1]
    empty = Paired(label, measure, (), None, np.full(values, np.nan), float("nan"), (), {}, None)
    own = casting.own(label)
    labelled: BoolArray = np.asarray(~np.isnan(replies.labels).any(axis=1), dtype=np.bool_)
    asked = (replies.bank if own is None else replies.own(own.name)) & labelled[replies.clip]
    if response is None:
        response = {WRITTEN: replies.written, PROBABILITY: replies.probability, SCORE: replies.score}[measure]
    framings = tuple(Framing) if own is not None else None
    if framings is None:
        pooled = pool(_by_condition(replies, asked, response, roles))
        if not pooled.framings:
            return replace(empty, reason=pooled.problem or "nobody gave a choice")
        framings = pooled.framings
    asked = asked & np.isin(replies.framing, framings)
    planned = _items(replies, asked, np.where(asked, 1.0, np.nan), roles)
    items = _items(replies, asked, response, roles)
    if not (~np.isnan(items.neutral)).sum() >= LEAST_CHOSEN * (~np.isnan(planned.neutral)).sum() > 0:
        return replace(empty, reason="as nobody, fewer than half of the asks got a choice")
    people = items.people - items.neutral[:, None]
    found, reasons = _estimated(replies, items, people, planned, roles)
    names = tuple(framing.name.lower() for framing in framings) if own is None else ("own question",)
    if not found:
        told = next(iter(reasons.values()), "no persona was asked")
        return replace(empty, reasons=reasons, framings=names, reason=told)
    rows = [row for part_rows, _ in found for row in part_rows]
    neutral, level = _nobody(replies, items)
    return Paired(
        strategy=label,
        measure=measure,
        roles=tuple(roles[row] for row in sorted(rows)),
        shifts=joined([shifts for _, shifts in found], rows),
        neutral=neutral,
        neutral_level=level,
        framings=names,
        reasons=reasons,
        reason=None,
    )


def _roles(casting: Casting, label: str) -> list[Role]:
    return [role for role in casting.roles if role.strategy == label]


def _by_condition(replies: Replies, asked: BoolArray, response: FloatArray, roles: Sequence[Role]) -> Observations:
    """Answers of everybody with a clip under a condition as the unit: do the framings agree about those?"""
    wanted = [replies.condition.index(name) for name in (NEUTRAL.name, *(role.condition for role in roles))
              if name in replies.condition]  # fmt: skip
    rows = asked & np.isin(replies.of, wanted) & ~np.isnan(response)
    clips = replies.cluster.size
    unit = replies.of[rows] * clips + replies.clip[rows]
    names, code = np.unique(unit, return_inverse=True)
    return Observations(
        response[rows],
        np.asarray(code, dtype=np.int64),
        replies.wording[rows],
        replies.framing[rows],
        np.zeros((names.size, 1)),
        replies.cluster[names % clips],
        np.zeros((names.size, 0)),
    )


def _items(replies: Replies, asked: BoolArray, response: FloatArray, roles: Sequence[Role]) -> _Items:
    """Mean answers (over repeats) by item; an item is one that was asked of nobody."""
    key = replies.item
    names = np.unique(key[asked & replies.rows(NEUTRAL.name)])
    columns = [NEUTRAL.name, *(role.condition for role in roles)]
    means = np.full((names.size, len(columns)), np.nan)
    order = np.argsort(replies.of, kind="stable")
    bounds = np.searchsorted(replies.of[order], np.arange(len(replies.condition) + 1))
    for column, condition in enumerate(columns):
        if condition not in replies.condition:
            continue
        at = replies.condition.index(condition)
        rows = order[bounds[at] : bounds[at + 1]]
        rows = rows[asked[rows] & ~np.isnan(response[rows]) & np.isin(key[rows], names)]
        place = np.searchsorted(names, key[rows])
        count = np.bincount(place, minlength=names.size)
        total = np.bincount(place, weights=response[rows], minlength=names.size)
        means[:, column] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return _Items(*replies.item_parts(names), means[:, 0], means[:, 1:])


def _estimated(
    replies: Replies, items: _Items, differences: FloatArray, planned: _Items, roles: Sequence[Role]
) -> tuple[list[tuple[list[int], Shifts]], dict[str, str]]:
    """Shifts of the roles that answered the same items, estimated together; reasons for those without."""
    reasons: dict[str, str] = {}
    together: dict[bytes, list[int]] = {}
    for row, role in enumerate(roles):
        given = ~np.isnan(differences[:, row])
        wanted = int((~np.isnan(planned.people[:, row])).sum())
        if not given.sum() >= LEAST_CHOSEN * wanted > 0:
            reasons[role.condition] = f"only {int(given.sum()):,} of {wanted:,} items got a choice"
            continue
        together.setdefault(given.tobytes(), []).append(row)
    found = []
    for rows in together.values():
        given = ~np.isnan(differences[:, rows[0]])
        try:
            found.append((rows, estimate_shifts(_observations(replies, items, given, differences[given][:, rows]))))
        except NotEstimableError as error:
            reasons.update({roles[row].condition: error.reason for row in rows})
    return found, reasons


def _observations(replies: Replies, items: _Items, rows: BoolArray, response: FloatArray) -> Observations:
    return Observations(
        response,
        items.clip[rows],
        items.wording[rows],
        items.framing[rows],
        np.nan_to_num(replies.labels),
        replies.cluster,
        np.zeros((replies.labels.shape[0], 0)),
    )


def _nobody(replies: Replies, items: _Items) -> tuple[FloatArray, float]:
    """Profile and level of neutral; no claim is made of them, so that a constant answerer has a flat one."""
    rows = ~np.isnan(items.neutral)
    observations = _observations(replies, items, rows, items.neutral[rows])
    try:
        profile = regress(observations, profile_design(observations), "probability").estimate
        return profile, float(estimate_level(observations).level.estimate[0])
    except NotEstimableError:
        return np.full(replies.labels.shape[1], np.nan), float("nan")
