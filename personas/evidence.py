"""Answers to look at: where a persona answered against its target or for it, and what could not be read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from personas.arms import Arm
from personas.casting import Casting, Role
from personas.person import Persona
from personas.replies import Replies
from personas.results import StrategyResult
from spectrum.answers import Outcome
from spectrum.prompts import NEUTRAL
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import StoredAnswer
from spectrum.runs.store import AnswerStore
from spectrum.stats.observations import BoolArray, FloatArray, Framing, IntArray

AGAINST, FOR, UNREADABLE = "against", "for", "unreadable"
MOST: Mapping[str, int] = {AGAINST: 4, FOR: 2, UNREADABLE: 2}
"""Answers shown a persona and side, each about another clip."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer of a persona, beside nobody's to the same item."""

    role: Role
    side: str
    place: int
    """1 for the strongest."""
    row: int
    """Of the replies."""
    nobody: int | None
    """Nobody's row; None where nobody was not asked this."""
    pull: float
    """What the pool-centred target says of the clip: above 0, this persona accepts it sooner than the others do. NaN
    where the persona cannot be estimated."""


@dataclass(frozen=True, slots=True)
class Said:
    """A question and what was answered."""

    question: str
    answer: str
    reason: str | None
    trait: str | None
    """The number that the answer gives for the trait it goes by."""


def shown(result: StrategyResult, replies: Replies, casting: Casting) -> list[Shown]:
    """What to show of every persona that has a target, of a strategy by written answers.

    Against: an answer that is not what the target asks for, by how much the target says of the clip, twice that where
    nobody gave the right one. For: the answer is what the target asks for and nobody's was not. Unreadable: of personas
    that cannot be estimated.
    """
    nobody = _by_item(replies)
    items = replies.item
    taus: dict[str, FloatArray] = {}
    if result.pool is not None:
        taus = dict(zip((role.condition for role in result.roles), result.pool.tau, strict=True))
    labels = replies.labels - _means(replies.labels)
    found: list[Shown] = []
    for role in casting.roles:
        if (role.strategy, role.arm) != (result.paired.strategy, Arm.AS_WRITTEN) or role.persona.target is None:
            continue
        rows = np.flatnonzero(_asked(result, replies, casting) & replies.rows(role.condition))
        beside = np.array([nobody.get(int(item), -1) for item in items[rows]], dtype=np.int64)
        tau = taus.get(role.condition)
        if tau is not None:
            found += _judged(role, replies, rows, beside, np.nan_to_num(labels[replies.clip[rows]] @ tau))
        elif role.condition in result.paired.reasons or result.paired.shifts is None:
            lost = np.array([replies.outcome[row] != Outcome.CHOICE for row in rows], dtype=np.bool_)
            found += _picked(role, UNREADABLE, replies, rows[lost], beside[lost], np.full(int(lost.sum()), np.nan))
    return found


def said(folder: Path, replies: Replies, rows: Iterable[int]) -> dict[int, Said]:
    """Question, answer, reason and trait number of rows of the replies, from the plan and the answers of a run."""
    wanted = sorted(set(rows))
    ids = [replies.ask_id[row] for row in wanted]
    run = RunFolder(folder)
    plan = pq.read_table(run.plan, columns=["ask_id", "after_media"])
    plan = plan.filter(pc.is_in(plan["ask_id"], value_set=pa.array(ids, pa.string())))
    questions = dict(zip(plan["ask_id"].to_pylist(), plan["after_media"].to_pylist(), strict=True))
    stored: dict[str, StoredAnswer] = {}
    if run.answers.exists():
        with AnswerStore(run.answers, read_only=True) as store:
            stored = store.get(ids)
    return {row: _said(questions[ask_id], stored.get(ask_id)) for row, ask_id in zip(wanted, ids, strict=True)}


def trait_named(persona: Persona, number: str | None) -> str | None:
    """The persona's sentence of that number, counted from 1; None where there is none."""
    if number is None or not number.strip().isdigit():
        return None
    place = int(number) - 1
    return persona.traits[place] if 0 <= place < len(persona.traits) else None


def _judged(role: Role, replies: Replies, rows: IntArray, beside: IntArray, pull: FloatArray) -> list[Shown]:
    """Both sides, the strongest first: by the size of the pull, twice of it where nobody answered otherwise."""
    accepted = replies.written[rows]
    neutral = np.where(beside >= 0, replies.written[beside], np.nan)
    known = ~np.isnan(accepted) & (pull != 0) & (accepted != 0.5)
    right = (accepted > 0.5) == (pull > 0)
    changed = ~np.isnan(neutral) & ((neutral > 0.5) != (accepted > 0.5))
    order = np.argsort(-np.abs(pull) * np.where(changed, 2.0, 1.0), kind="stable")
    found: list[Shown] = []
    for side, kept in ((AGAINST, known & ~right), (FOR, known & right & changed)):
        chosen = order[kept[order]]
        found += _picked(role, side, replies, rows[chosen], beside[chosen], pull[chosen])
    return found


def _picked(role: Role, side: str, replies: Replies, rows: IntArray, beside: IntArray, pull: FloatArray) -> list[Shown]:
    """The first few, a clip once."""
    _, first = np.unique(replies.clip[rows], return_index=True)
    places = np.sort(first)[: MOST[side]].tolist()
    return [
        Shown(role, side, n, int(rows[p]), int(beside[p]) if beside[p] >= 0 else None, float(pull[p]))
        for n, p in enumerate(places, start=1)
    ]


def _asked(result: StrategyResult, replies: Replies, casting: Casting) -> BoolArray:
    """The asks that the strategy's profiles are made of."""
    own = casting.own(result.paired.strategy)
    if own is not None:
        return replies.own(own.name)
    pooled = [framing for framing in Framing if framing.name.lower() in result.paired.framings]
    return np.asarray(replies.bank & np.isin(replies.framing, pooled or list(Framing)), dtype=np.bool_)


def _by_item(replies: Replies) -> dict[int, int]:
    """Item -> nobody's first row of it."""
    rows = np.flatnonzero(replies.rows(NEUTRAL.name))
    items = replies.item[rows]
    return {int(item): int(row) for item, row in zip(items[::-1], rows[::-1], strict=True)}


def _means(labels: FloatArray) -> FloatArray:
    known = labels[~np.isnan(labels).any(axis=1)]
    return np.asarray(known.mean(axis=0) if known.size else np.zeros(labels.shape[1]), dtype=np.float64)


def _said(question: str, stored: StoredAnswer | None) -> Said:
    if stored is None:
        return Said(question, "", None, None)
    fields: Mapping[str, str] = json.loads(stored.fields) if stored.fields else {}
    return Said(question, stored.text, fields.get("reason"), fields.get("trait_num"))


def rows_of(chosen: Sequence[Shown]) -> set[int]:
    """Rows of the replies that are shown, nobody's among them."""
    return {row for one in chosen for row in (one.row, one.nobody) if row is not None}
