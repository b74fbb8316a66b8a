"""Value sets: for each value the clips that stand for it, with score, margin and the keyword that found them.

Two rules. `build_value_sets` is ours: keywords take turns, near-duplicates are out, and a set that runs out of good
clips stays short. `paper_sets` is the published one, for comparison.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectrum.errors import ConfigError
from spectrum.labels import SIDECAR, KeywordScores, LabelTable
from spectrum.values import SCHWARTZ, ValueSystem
from video_index.clips import Clip
from video_index.keyed import shuffled

NEAR_DUPLICATE = 0.95
"""Cosine of clip means above which two clips count as one (DESIGN: near-duplicates are out)."""


@dataclass(frozen=True, slots=True)
class Member:
    """One clip in a value set."""

    clip_id: str
    score: float
    """Label probability of the set's value; 1 where the truth is known."""
    margin: float
    """Evidence for the set's value minus the best other value's: logits where retrieved, 1 or 0 where known."""
    keyword: str
    """Phrase that found it; "" where it comes from known truth."""


@dataclass(frozen=True, slots=True)
class ValueSet:
    """The clips that stand for one value, in a stable order."""

    code: str
    members: tuple[Member, ...]
    notes: tuple[str, ...] = ()
    """What a reader must know: a short set, near-duplicates left out."""


def build_value_sets(
    labels: LabelTable,
    scores: KeywordScores | None,
    vectors: NDArray[np.float32],
    *,
    per_value: int = 100,
    minimum_probability: float = 0.6,
    near_duplicate: float | None = NEAR_DUPLICATE,
    groups: Mapping[str, str] | None = None,
    seed: int = 0,
    system: ValueSystem = SCHWARTZ,
) -> tuple[ValueSet, ...]:
    """Up to `per_value` clips for each value; never one below the floor, so a set may be short and says so.

    Clips whose truth is known come first, a keyed sample of those that evoke the value. Then retrieved clips: each
    stands under its best keyword of the value, best evidence first (ties by clip_id), and keywords take turns, so
    that no single keyword fills the set. A clip is out where a better one has a cosine above `near_duplicate`
    (None switches this off) or shares its group in `groups` (see `duplicate_groups`).

    `vectors` is (n, d) with unit rows, in the order of `labels.clip_ids`. `scores` must cover every retrieved clip
    and may be None where all labels are truth. `minimum_probability` .6 is the precision floor of the method: were
    the labels calibrated, no set could be less precise.
    """
    if len(vectors) != len(labels.clip_ids):
        raise ValueError(f"{len(vectors)} vectors for {len(labels.clip_ids)} labelled clips")
    if scores is None and any(source != SIDECAR for source in labels.source):
        raise ConfigError("retrieved labels need keyword scores to balance the keywords of a value set")
    known = groups or {}
    duplicates = Duplicates(vectors, tuple(known.get(clip_id, clip_id) for clip_id in labels.clip_ids), near_duplicate)
    margins = _margins(labels.scores)
    sets = []
    for value, code in enumerate(system.codes):
        truth = _true_rows(labels, value, duplicates, per_value, (seed, 0, "value set", code))
        phrase_of, queues = _queues(labels, scores, value, minimum_probability)
        retrieved = _balanced(queues, truth, per_value - len(truth), duplicates)
        rows = [*truth, *retrieved]
        members = tuple(
            Member(
                clip_id=labels.clip_ids[row],
                score=float(labels.probabilities[row, value]),
                margin=float(margins[row, value]),
                keyword=phrase_of.get(row, ""),
            )
            for row in rows
        )
        passing = int((labels.probabilities[:, value] >= minimum_probability).sum())
        sets.append(ValueSet(code, members, _short(code, members, per_value, passing, minimum_probability)))
    return tuple(sets)


def paper_sets(
    labels: LabelTable,
    scores: KeywordScores,
    *,
    per_keyword: int = 5,
    keywords_per_value: int = 10,
    system: ValueSystem = SCHWARTZ,
) -> tuple[ValueSet, ...]:
    """The published rule (Li et al., ACL 2025): the `per_keyword` nearest clips of each keyword, floor or no floor.

    Five a keyword is published. Ten keywords a value is a guess that fits the published percentages (all even, so
    the denominator is 50); here the lexicon's first ten are taken. Whether a clip found by two keywords counted
    twice is not published either; here it does, as one member a keyword.
    """
    row_of = labels.rows()
    rows = np.array([row_of[clip_id] for clip_id in scores.clip_ids], dtype=np.int64)
    margins = _margins(labels.scores)
    sets = []
    for value, code in enumerate(system.codes):
        members: list[Member] = []
        columns = np.flatnonzero(scores.values == value)[:keywords_per_value]
        for column in columns:
            best = np.argsort(-scores.logits[:, column], kind="stable")[:per_keyword]
            members.extend(
                Member(
                    clip_id=scores.clip_ids[position],
                    score=float(labels.probabilities[rows[position], value]),
                    margin=float(margins[rows[position], value]),
                    keyword=scores.phrases[column],
                )
                for position in best
            )
        wanted = keywords_per_value * per_keyword
        notes = () if len(members) == wanted else (f"{code}: {len(members)} of {wanted} clips by the paper's rule",)
        sets.append(ValueSet(code, tuple(members), notes))
    return tuple(sets)


def duplicate_groups(clips: Sequence[Clip]) -> dict[str, str]:
    """Group of each clip_id: the end of its chain of `near_duplicate_of`, itself where it has none."""
    parent = {clip.clip_id: clip.near_duplicate_of or clip.clip_id for clip in clips}
    groups: dict[str, str] = {}
    for clip_id in parent:
        chain = [clip_id]
        while (first := parent.get(chain[-1], chain[-1])) not in chain:
            chain.append(first)
        groups[clip_id] = chain[-1]
    return groups


@dataclass(frozen=True, slots=True, eq=False)
class Duplicates:
    """What tells near-duplicates among clips, which are named by their row."""

    vectors: NDArray[np.float32]
    """(n, d), unit rows."""
    groups: tuple[str, ...]
    """(n,): clips of one group are duplicates whatever their vectors say."""
    cosine: float | None
    """Above it two clips are duplicates; None looks at groups only."""

    def without(self, rows: Sequence[int], limit: int) -> list[int]:
        """The first `limit` rows less duplicates; of two alike the earlier stays. Costs rows x kept products."""
        kept: list[int] = []
        seen: set[str] = set()
        taken = np.empty((min(limit, len(rows)), self.vectors.shape[1]), dtype=np.float32)
        for row in rows:
            if len(kept) == limit:
                break
            vector = self.vectors[row]
            alike = self.cosine is not None and bool((taken[: len(kept)] @ vector > self.cosine).any())
            if alike or self.groups[row] in seen:
                continue
            taken[len(kept)] = vector
            kept.append(row)
            seen.add(self.groups[row])
        return kept


def _margins(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each entry minus the largest other entry of its row."""
    second, first = np.sort(scores, axis=1)[:, -2:].T
    best_other = np.where(scores == first[:, None], second[:, None], first[:, None])
    margins: NDArray[np.float64] = scores - best_other
    return margins


def _true_rows(
    labels: LabelTable, value: int, duplicates: Duplicates, limit: int, key: tuple[str | int, ...]
) -> list[int]:
    rows = {
        labels.clip_ids[row]: int(row)
        for row in np.flatnonzero(labels.probabilities[:, value] == 1.0)
        if labels.source[row] == SIDECAR
    }
    return duplicates.without([rows[clip_id] for clip_id in shuffled(rows, *key)], limit)


def _queues(
    labels: LabelTable, scores: KeywordScores | None, value: int, floor: float
) -> tuple[dict[int, str], list[list[tuple[float, int]]]]:
    """Retrieved clips above the floor: their best keyword, and a queue a keyword of (-evidence, row), best first."""
    if scores is None:
        return {}, []
    row_of = labels.rows()
    rows = np.array([row_of[clip_id] for clip_id in scores.clip_ids], dtype=np.int64)
    retrieved = np.array([labels.source[row] != SIDECAR for row in rows], dtype=bool)
    passing = np.flatnonzero(retrieved & (labels.probabilities[rows, value] >= floor))
    columns = np.flatnonzero(scores.values == value)
    best = columns[scores.logits[np.ix_(passing, columns)].argmax(axis=1)] if len(passing) else columns[:0]
    queues: dict[int, list[tuple[float, int]]] = {int(column): [] for column in columns}
    phrase_of: dict[int, str] = {}
    for position, column in zip(passing, best, strict=True):
        row = int(rows[position])
        queues[int(column)].append((-float(labels.scores[row, value]), row))
        phrase_of[row] = scores.phrases[column]
    return phrase_of, [sorted(queue) for queue in queues.values() if queue]


def _balanced(
    queues: list[list[tuple[float, int]]], taken: list[int], wanted: int, duplicates: Duplicates
) -> list[int]:
    """`wanted` rows off the queues in turns, duplicates of each other and of `taken` out, the better one kept.

    Only the head of each queue is compared; it is lengthened until no deeper clip could have had a turn.
    """
    if wanted <= 0 or not queues:
        return []
    depth = 2 * -(-wanted // len(queues))
    while True:
        heads = [queue[:depth] for queue in queues]
        ranked = [row for _, row in sorted(entry for head in heads for entry in head)]
        distinct = set(duplicates.without([*taken, *ranked], len(taken) + len(ranked))) - set(taken)
        kept = [[row for _, row in head if row in distinct] for head in heads]
        rounds = max(len(rows) for rows in kept)
        turns = [rows[turn] for turn in range(rounds) for rows in kept if turn < len(rows)][:wanted]
        used = max((sum(row in set(turns) for row in rows) for rows in kept), default=0)
        if all(
            len(queue) <= depth or (len(turns) == wanted and len(rows) >= used)
            for queue, rows in zip(queues, kept, strict=True)
        ):
            return turns
        depth *= 2


def _short(code: str, members: Sequence[Member], wanted: int, passing: int, floor: float) -> tuple[str, ...]:
    if len(members) >= wanted:
        return ()
    apart = passing - len(members)
    duplicates = f", {apart} left out as near-duplicates" if apart else ""
    return (
        f"{code}: {len(members)} of {wanted} clips; {passing} reach probability {floor:g}{duplicates}. "
        "A short set is not padded.",
    )
