"""Plan, pairs, clips and answers of a pairs run, joined into arrays: one row an ask."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spectrum.bench.read_clips import codes, read_clips
from spectrum.bench.sheet import MISSING, Clips
from spectrum.errors import RunFolderError
from spectrum.pairs.plan import PAIRS_FILE
from spectrum.runs.folder import RunFolder
from spectrum.runs.store import AnswerStore
from spectrum.runs.table_files import reading
from spectrum.runs.tables import ANSWERS
from spectrum.stats.bradley_terry import Comparisons
from spectrum.stats.observations import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class PairSheet:
    """n asks in the plan's order."""

    clips: Clips
    condition: NDArray[np.str_]
    item: IntArray
    pair: IntArray
    triad: IntArray
    """-1 for a pair on its own."""
    kind: NDArray[np.str_]
    first: IntArray
    """Row of `clips`."""
    second: IntArray
    named_first: FloatArray
    """+.5 where the question names the first clip first, else -.5."""
    wording: IntArray
    chose_first: FloatArray
    """1 or 0; NaN without a choice."""
    outcome: NDArray[np.str_]
    """An Outcome, or "missing"."""
    tokens_in: int
    tokens_out: int

    def comparisons(self, rows: BoolArray, response: FloatArray | None = None) -> Comparisons:
        """The rows with a choice between labelled clips, as the estimator takes them."""
        values = self.chose_first if response is None else response
        unlabelled = self.clips.unlabelled
        used = rows & ~np.isnan(values) & ~unlabelled[self.first] & ~unlabelled[self.second]
        return Comparisons(
            values[used],
            self.first[used],
            self.second[used],
            self.named_first[used],
            self.wording[used],
            np.nan_to_num(self.clips.labels),
            self.clips.cluster,
        )


def read_pair_sheet(folder: Path, values: int) -> PairSheet:
    """Join what a pairs run holds so far; `values` is how many labels a clip must have.

    Raises RunFolderError where a file is absent or damaged, or they do not fit one another.
    """
    run = RunFolder(folder)
    plan = _read(run.plan, ["ask_id", "item_id", "condition", "wording"])
    pairs = _read(run.root / PAIRS_FILE, None)
    if plan["ask_id"].to_pylist() != pairs["ask_id"].to_pylist():
        raise RunFolderError(f"{run.root / PAIRS_FILE} and {run.plan.name} do not hold the same asks: it is damaged")
    clips = read_clips(run.clips, values)
    place = {clip_id: row for row, clip_id in enumerate(clips.ids)}
    strangers = sorted({*pairs["first"].to_pylist(), *pairs["second"].to_pylist()} - place.keys())
    if strangers:
        raise RunFolderError(f"{run.clips} lacks clip {strangers[0]}, which {PAIRS_FILE} asks about")
    stored = _answers(run)
    answers = stored.take(pc.index_in(plan["ask_id"], value_set=stored["ask_id"].combine_chunks()))
    choice = answers["choice"].to_pylist()
    chosen = [np.nan if word is None else float(word == "first") for word in choice]
    return PairSheet(
        clips=clips,
        condition=np.array(plan["condition"].to_pylist(), dtype=np.str_),
        item=codes(plan["item_id"].to_pylist()),
        pair=np.array(pairs["pair"].to_pylist(), dtype=np.int64),
        triad=np.array([-1 if triad is None else triad for triad in pairs["triad"].to_pylist()], dtype=np.int64),
        kind=np.array(pairs["kind"].to_pylist(), dtype=np.str_),
        first=np.array([place[clip] for clip in pairs["first"].to_pylist()], dtype=np.int64),
        second=np.array([place[clip] for clip in pairs["second"].to_pylist()], dtype=np.int64),
        named_first=np.array([0.5 if word == "first" else -0.5 for word in pairs["named_first"].to_pylist()]),
        wording=codes(plan["wording"].to_pylist()),
        chose_first=np.array(chosen, dtype=np.float64),
        outcome=np.array([word or MISSING for word in answers["outcome"].to_pylist()], dtype=np.str_),
        tokens_in=int(pc.sum(answers["tokens_in"]).as_py() or 0),
        tokens_out=int(pc.sum(answers["tokens_out"]).as_py() or 0),
    )


def shown_clips(folder: Path) -> dict[str, str]:
    """The two clips of each ask, joined by "+" in the order they were shown, by ask_id."""
    pairs = _read(folder / PAIRS_FILE, ["ask_id", "first", "second"]).to_pydict()
    both = zip(pairs["ask_id"], pairs["first"], pairs["second"], strict=True)
    return {ask_id: f"{first}+{second}" for ask_id, first, second in both}


def _read(path: Path, columns: list[str] | None) -> pa.Table:
    with reading(path):
        try:
            with pq.ParquetFile(path) as file:  # read_table would take a folder of that name for an empty table
                return file.read(columns)
        except FileNotFoundError:
            raise RunFolderError(
                f"{path.parent} has no {path.name}: it is no pairs run, or was never planned"
            ) from None


def _answers(run: RunFolder) -> pa.Table:
    if not run.answers.exists():
        return ANSWERS.empty_table()
    with AnswerStore(run.answers, read_only=True) as store:
        return store.table()
