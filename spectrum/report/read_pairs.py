"""Read a pairs run as it is found, and who won against whom in it, by column: a run may hold hundreds of thousands."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spectrum.report.result_folder import Row, first_line, gathered, read_rows, read_summary, read_table
from spectrum.report.run_parts import (
    QUESTION,
    ConditionSentence,
    NamedValue,
    distinct_prompts,
    matching,
    sound_manifest,
)
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest
from spectrum.runs.store import AnswerStore
from spectrum.runs.tables import CLIPS, PAIRS_METRICS, PAIRS_PLAN, PLAN
from video_index.errors import SpectrumError

PAIRS_FILE = "pairs.parquet"
NEUTRAL = "neutral"
_CLIP = ("clip_id", "title", "platform", "value_sets")


@dataclass(frozen=True, slots=True)
class PairsSummary:
    """summary.json as the page reads it; newer ones may hold more."""

    status: str
    headline: str
    respondent: str
    values: tuple[NamedValue, ...]
    conditions: tuple[str, ...] = ()
    personas: tuple[ConditionSentence, ...] = ()
    reasons: dict[str, str | None] | None = None
    planned: int = 0
    answered: int = 0
    failed: int = 0
    pairs: int = 0
    triads: int = 0
    clips: int = 0
    wordings: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Every ask of the run as it stands; arrays have an element an ask, in the plan's order."""

    ask_id: pa.ChunkedArray
    condition: NDArray[np.str_]
    pair: NDArray[np.int64]
    first: NDArray[np.int64]
    """Row of `clips`."""
    second: NDArray[np.int64]
    chose_first: NDArray[np.float64]
    """1 or 0; NaN without a choice."""
    clips: list[Row]
    """clip_id, title, platform, value_sets."""

    def members(self, codes: Collection[str]) -> NDArray[np.float64]:
        """(clips, values) 1 where a value's set holds a clip."""
        sets = [set(clip["value_sets"] or ()) for clip in self.clips]
        found = [[float(code in held) for code in codes] for held in sets]
        return np.array(found, dtype=np.float64).reshape(len(sets), len(codes))

    def wins(self, codes: Collection[str], condition: str) -> NDArray[np.float64]:
        """(values, values) how often a clip of the row's value was chosen over one of the column's.

        A clip of both values stands on neither side.
        """
        used = (self.condition == condition) & ~np.isnan(self.chose_first)
        won = np.where(self.chose_first == 1, self.first, self.second)[used]
        lost = np.where(self.chose_first == 1, self.second, self.first)[used]
        held = self.members(codes)
        one, other = held[won], held[lost]
        return np.asarray((one * (1 - other)).T @ (other * (1 - one)))


@dataclass(frozen=True, slots=True)
class PairsView:
    """All of a pairs run that could be read, and what could not."""

    folder: RunFolder
    manifest: RunManifest | None
    summary: PairsSummary | None
    tables: dict[str, list[Row]]
    comparisons: Comparisons | None
    prompts: list[Row]
    problems: tuple[str, ...]

    @property
    def main(self) -> str:
        """Neutral where it was asked, else the first condition."""
        names = self.summary.conditions if self.summary else ()
        return NEUTRAL if NEUTRAL in names else names[0] if names else ""

    def values(self, condition: str, scale: str = "probability", reference: str | None = None) -> dict[str, Row]:
        """Rows of pairs_values by value code: against chance, or a condition's change against `reference`."""
        return {
            row["value"]: row
            for row in self.tables["pairs_values"]
            if (row["condition"], row["scale"], row["reference"]) == (condition, scale, reference)
        }

    def rows(self, table: str, condition: str) -> list[Row]:
        """Rows of a table about a condition."""
        return matching(self.tables[table], {"condition": condition})


def read_pairs(folder: Path) -> PairsView:
    """Read what is there."""
    run, problems = RunFolder(folder), list[str]()
    manifest = sound_manifest(run, problems)
    summary = read_summary(run.summary, PairsSummary, problems)
    plan = read_table(run.plan, PLAN, problems, ("ask_id", *QUESTION))
    return PairsView(
        folder=run,
        manifest=manifest,
        summary=summary,
        tables=read_rows(run.tables, PAIRS_METRICS, problems),
        comparisons=None if plan is None else _comparisons(run, plan, problems),
        prompts=[] if plan is None else distinct_prompts(plan),
        problems=gathered(problems),
    )


def _comparisons(run: RunFolder, plan: pa.Table, problems: list[str]) -> Comparisons | None:
    pairs = read_table(run.root / PAIRS_FILE, PAIRS_PLAN, problems, ("ask_id", "pair", "first", "second"))
    clips = read_table(run.clips, CLIPS, problems, _CLIP)
    if pairs is None or clips is None:
        return None
    try:
        answers = _answers(run, plan["ask_id"])
    except (SpectrumError, pa.ArrowException) as error:
        problems.append(f"Answers cannot be read ({first_line(error)}).")
        return None
    first, second = (pc.index_in(pairs[side], value_set=_whole(clips["clip_id"])) for side in ("first", "second"))
    if not pairs["ask_id"].equals(plan["ask_id"]) or first.null_count or second.null_count:
        problems.append(f"{PAIRS_FILE} does not fit the plan or the clips, and was left out.")
        return None
    choice = pc.cast(pc.equal(answers, "first"), pa.float64())
    return Comparisons(
        ask_id=plan["ask_id"],
        condition=np.array(plan["condition"].to_pylist(), dtype=np.str_),
        pair=pairs["pair"].to_numpy(),
        first=first.to_numpy().astype(np.int64),
        second=second.to_numpy().astype(np.int64),
        chose_first=pc.fill_null(choice, np.nan).to_numpy(),
        clips=clips.to_pylist(),
    )


def _answers(run: RunFolder, ask_ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """What was chosen in the plan's order, "first" or "second"; null without a choice."""
    if not run.answers.is_file():
        return pa.chunked_array([pa.nulls(len(ask_ids), pa.string())])
    with AnswerStore(run.answers, read_only=True) as store:
        stored = store.table().select(["ask_id", "outcome", "choice"])
    stored = stored.filter(pc.equal(stored["outcome"], "choice"))
    return stored["choice"].take(pc.index_in(ask_ids, value_set=_whole(stored["ask_id"])))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()
