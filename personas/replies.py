"""A run's answers as arrays, the strategies' own questions and the controls among them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from personas.casting import Casting
from personas.control_questions import OWN
from personas.plan import own_wording
from spectrum.answers import Outcome
from spectrum.bench.read_clips import read_clips
from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.store import AnswerStore
from spectrum.stats.observations import BoolArray, FloatArray, Framing, IntArray

MISSING = "missing"
"""Outcome of an ask that nothing is stored for."""
BANK = ("stem", "named")
_FRAMINGS = {
    ("stem", "would"): Framing.WOULD,
    ("stem", "would_not"): Framing.WOULD_NOT,
    ("named", "first"): Framing.FIRST,
    ("named", "second"): Framing.SECOND,
}
_PLAN = ["ask_id", "clip_id", "condition", "wording", "block", "form", "options", "acceptance"]


@dataclass(frozen=True, slots=True, eq=False)
class Replies:
    """n asks in the plan's order, and the clips they are about."""

    clip_ids: tuple[str, ...]
    """(m,)"""
    labels: FloatArray
    """(m, v)"""
    cluster: IntArray
    """(m,)"""
    sources: tuple[str, ...]
    """(m,) where each clip's labels come from; "" for a clip without."""
    ask_id: tuple[str, ...]
    """(n,)"""
    condition: tuple[str, ...]
    """Names behind the numbers of `of`."""
    of: IntArray
    """(n,) number of the condition."""
    clip: IntArray
    """(n,) row of `labels`."""
    wording: IntArray
    wordings: tuple[str, ...]
    framing: IntArray
    block: tuple[str, ...]
    form: tuple[str, ...]
    outcome: tuple[str, ...]
    choice: tuple[str | None, ...]
    written: FloatArray
    """(n,) acceptance of the written choice, or the decision of an own question; NaN where there is none."""
    probability: FloatArray
    """(n,) acceptance by option probabilities, normalised; NaN where not given."""
    outside: FloatArray
    """(n,) probability mass outside the options; NaN where not given."""
    score: FloatArray
    """(n,) what an own question scores, 0 to 1; NaN elsewhere."""

    @property
    def bank(self) -> BoolArray:
        """Asks of the bank."""
        return np.array([block in BANK for block in self.block], dtype=np.bool_)

    @property
    def item(self) -> IntArray:
        """(n,) number of the clip, wording and framing: what pairs a role with nobody. `item_parts` takes it apart."""
        kinds = len(Framing)
        return np.asarray((self.clip * len(self.wordings) + self.wording) * kinds + self.framing, dtype=np.int64)

    def item_parts(self, items: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Clip, wording and framing of items."""
        rest, framing = np.divmod(items, len(Framing))
        clip, wording = np.divmod(rest, len(self.wordings))
        return clip, wording, framing

    def rows(self, condition: str) -> BoolArray:
        """Asks of a condition."""
        if condition not in self.condition:
            return np.zeros(self.of.size, dtype=np.bool_)
        return np.asarray(self.of == self.condition.index(condition), dtype=np.bool_)

    def own(self, strategy: str) -> BoolArray:
        """Asks of the own question of the strategy of this name."""
        wording = own_wording(strategy)
        if wording not in self.wordings:
            return np.zeros(self.of.size, dtype=np.bool_)
        return np.asarray(self.wording == self.wordings.index(wording), dtype=np.bool_)


def read_replies(folder: Path, casting: Casting, values: int) -> Replies:
    """Join plan, clips and answers of a run folder. Raises RunFolderError where one is absent or damaged."""
    run = RunFolder(folder)
    clips = read_clips(run.clips, values)
    plan = _read_plan(run.plan)
    answers = _read_answers(run)
    columns: dict[str, list[Any]] = {name: plan[name].to_pylist() for name in _PLAN}
    place = {clip_id: row for row, clip_id in enumerate(clips.ids)}
    strangers = [clip_id for clip_id in columns["clip_id"] if clip_id not in place]
    if strangers:
        raise RunFolderError(f"clips.parquet lacks clip {strangers[0]}, which plan.parquet asks about")
    conditions, of = _coded(columns["condition"])
    wordings, wording = _coded(columns["wording"])
    stored = [answers.get(ask_id) for ask_id in columns["ask_id"]]
    specs = list(zip(columns["options"], columns["acceptance"], strict=True))
    scores = _scores(casting, columns["wording"], columns["block"], stored)
    written = np.array([_accepted(*spec, found) for spec, found in zip(specs, stored, strict=True)], dtype=np.float64)
    decided = np.where(np.isnan(scores[0]), np.nan, scores[0] > scores[1])
    masses = np.array([_by_masses(*spec, found) for spec, found in zip(specs, stored, strict=True)], dtype=np.float64)
    masses = masses.reshape(-1, 2)
    of_own = np.array([block == OWN for block in columns["block"]], dtype=np.bool_)
    return Replies(
        clip_ids=clips.ids,
        labels=clips.labels,
        cluster=clips.cluster,
        sources=clips.sources,
        ask_id=tuple(columns["ask_id"]),
        condition=conditions,
        of=of,
        clip=np.array([place[clip_id] for clip_id in columns["clip_id"]], dtype=np.int64),
        wording=wording,
        wordings=wordings,
        framing=np.array(
            [int(_FRAMINGS.get(pair, Framing.OTHER)) for pair in zip(columns["block"], columns["form"], strict=True)],
            dtype=np.int64,
        ),
        block=tuple(columns["block"]),
        form=tuple(columns["form"]),
        outcome=tuple(MISSING if found is None else str(found["outcome"]) for found in stored),
        choice=tuple(None if found is None else found["choice"] for found in stored),
        written=np.where(of_own, decided, written),
        probability=masses[:, 0],
        outside=masses[:, 1],
        score=scores[0],
    )


def _read_plan(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, columns=_PLAN)
    except FileNotFoundError:
        raise RunFolderError(f"{path.parent} has no {path.name}: the run was never planned, or is not a run") from None
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"{path} is damaged: {str(error).splitlines()[0]}") from error


def _read_answers(run: RunFolder) -> dict[str, dict[str, Any]]:
    if not run.answers.exists():
        return {}
    with AnswerStore(run.answers, read_only=True) as store:
        found = store.columns(("ask_id", "outcome", "choice", "fields", "probabilities"))
    return {row["ask_id"]: row for row in found.to_pylist()}


def _coded(names: list[str]) -> tuple[tuple[str, ...], IntArray]:
    distinct, code = np.unique(np.array(names, dtype=np.str_), return_inverse=True)
    return tuple(map(str, distinct)), np.asarray(code, dtype=np.int64)


def _accepted(options: list[str] | None, acceptance: list[float] | None, found: Mapping[str, Any] | None) -> float:
    if found is None or options is None or acceptance is None or found["outcome"] != Outcome.CHOICE:
        return float("nan")
    return acceptance[options.index(found["choice"])] if found["choice"] in options else float("nan")


def _by_masses(
    options: list[str] | None, acceptance: list[float] | None, found: Mapping[str, Any] | None
) -> tuple[float, float]:
    """Acceptance by the masses, normalised over the options, and the mass outside them."""
    masses = None if found is None else found["probabilities"]
    if not masses or options is None or acceptance is None or len(masses) != len(options) or sum(masses) <= 0:
        return float("nan"), float("nan")
    inside = sum(masses)
    accepted = sum(mass * worth for mass, worth in zip(masses, acceptance, strict=True)) / inside
    return float(accepted), max(0.0, 1 - float(inside))


def _scores(
    casting: Casting, wordings: list[str], blocks: list[str], stored: list[dict[str, Any] | None]
) -> tuple[FloatArray, FloatArray]:
    """Score and threshold of each ask of an own question."""
    asked = {own_wording(s.name): s for s in (casting.own(label) for label in casting.strategies) if s is not None}
    score, threshold = np.full(len(wordings), np.nan), np.full(len(wordings), np.nan)
    for row, (wording, block, found) in enumerate(zip(wordings, blocks, stored, strict=True)):
        strategy = asked.get(wording) if block == OWN else None
        if strategy is None or found is None or found["outcome"] != Outcome.CHOICE:
            continue
        fields = json.loads(found["fields"]) if found["fields"] else {}
        read = strategy.score(found["choice"], fields)
        score[row] = np.nan if read is None else read
        threshold[row] = strategy.threshold
    return score, threshold
