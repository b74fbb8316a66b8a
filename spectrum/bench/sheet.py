"""Plan, clips and answers of a run, joined into arrays: one row an ask that offers options."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spectrum.answers import Outcome
from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.store import AnswerStore
from spectrum.runs.tables import ANSWERS
from spectrum.stats.observations import BoolArray, FloatArray, Framing, IntArray, Observations

NameArray = NDArray[np.str_]
MISSING = "missing"
"""Outcome of an ask that nothing is stored for."""
BLOCKS = ("stem", "named", "paper")
"""Blocks whose answers are tallied; a browse run also asks what to do next, which is no acceptance of a value."""
FRAMINGS = {
    ("stem", "would"): Framing.WOULD,
    ("stem", "would_not"): Framing.WOULD_NOT,
    ("named", "first"): Framing.FIRST,
    ("named", "second"): Framing.SECOND,
}
COVARIATES = ("sharpness", "brightness", "colourfulness", "motion", "text_area", "faces")


@dataclass(frozen=True, slots=True, eq=False)
class Clips:
    """m clips, by clip_id."""

    ids: tuple[str, ...]
    labels: FloatArray
    """(m, v); NaN in the rows of clips without labels."""
    sources: tuple[str, ...]
    """Where each clip's labels come from."""
    cluster: IntArray
    covariates: FloatArray
    """(m, c), NaN where not measured; columns in the order of COVARIATES."""
    value_sets: tuple[tuple[str, ...], ...]
    """Codes, one entry each time a rule put the clip into a set."""
    control: BoolArray
    """(m,) whether the clip is some value's control."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """n asks by ask_id; the clips they are about; and how far the run has come."""

    clips: Clips
    condition: NameArray
    construct: NameArray
    block: NameArray
    wording: IntArray
    item: IntArray
    """Equal numbers are one item."""
    clip: IntArray
    """Row of `clips`."""
    framing: IntArray
    outcome: NameArray
    """An Outcome, or "missing"."""
    written: FloatArray
    """Acceptance of the written choice; NaN where there is none."""
    probability: FloatArray
    """Acceptance by option probabilities, normalised over the options; NaN where not given."""
    outside: FloatArray
    """Mass outside the options; NaN where not given."""
    first_chosen: FloatArray
    """1 where the first-named option was chosen, 0 where another; NaN without a choice."""
    planned: int
    """All asks of the run, those without options too."""
    answered: int
    """Those with a stored answer, of whatever outcome but error."""
    failed: int
    """Those that failed for good so far."""

    def observations(self, rows: BoolArray, response: FloatArray, *, labelled: bool = True) -> Observations:
        """The rows with a response as the estimators take them; `labelled` leaves out clips without labels."""
        unlabelled: BoolArray = np.isnan(self.clips.labels).max(axis=1, initial=False)
        usable = rows & ~np.isnan(response)
        if labelled:
            usable &= ~unlabelled[self.clip]
        return Observations(
            response[usable],
            self.clip[usable],
            self.wording[usable],
            self.framing[usable],
            np.nan_to_num(self.clips.labels),
            self.clips.cluster,
            np.nan_to_num(self.clips.covariates[:, self.measured(usable)]),
        )

    def measured(self, rows: BoolArray) -> list[int]:
        """Columns of covariates to adjust for: known for every clip in use, given ten clips or more a regressor."""
        seen = np.unique(self.clip[rows])
        complete = np.flatnonzero(~np.isnan(self.clips.covariates[seen]).any(axis=0)).tolist()
        regressors = 1 + self.clips.labels.shape[1] + len(complete)
        return complete if seen.size >= 10 * regressors else []

    def rows(self, condition: str, construct: str | None = None) -> BoolArray:
        """Which rows are of a condition and, where given, of a construct."""
        found: BoolArray = self.condition == condition
        if construct is not None:
            found = found & (self.construct == construct)
        return found


@dataclass(slots=True)
class _Columns:
    """Rows under construction."""

    written: list[float] = field(default_factory=list)
    probability: list[float] = field(default_factory=list)
    outside: list[float] = field(default_factory=list)
    first_chosen: list[float] = field(default_factory=list)
    outcome: list[str] = field(default_factory=list)

    def add(self, ask: dict[str, Any], answer: dict[str, Any] | None) -> None:
        outcome = MISSING if answer is None else str(answer["outcome"])
        choice = answer["choice"] if answer is not None and outcome == Outcome.CHOICE else None
        written = first = probability = outside = float("nan")
        options: list[str] = ask["options"]
        if choice is not None and choice in options:
            written = float(ask["acceptance"][options.index(choice)])
            first = float(options[0] == choice)
        masses = None if answer is None else answer["probabilities"]
        if masses is not None and len(masses) == len(options):
            inside = float(sum(masses))
            outside = max(0.0, 1.0 - inside)
            if inside > 0:
                weighed = sum(m * a for m, a in zip(masses, ask["acceptance"], strict=True))
                probability = min(1.0, max(0.0, weighed / inside))
        self.written.append(written)
        self.probability.append(probability)
        self.outside.append(outside)
        self.first_chosen.append(first)
        self.outcome.append(outcome)


def read_sheet(folder: Path, values: int) -> Sheet:
    """Join what a run folder holds so far; `values` is how many labels a clip must have.

    Raises RunFolderError where the plan or the clips are absent or damaged, or do not fit one another.
    """
    run = RunFolder(folder)
    every_ask = read_table(run.plan)
    asks = [row for row in every_ask if row["options"] is not None and row["block"] in BLOCKS]
    asks.sort(key=lambda row: str(row["ask_id"]))
    clips = _clips(run.clips, values)
    place = {clip_id: row for row, clip_id in enumerate(clips.ids)}
    strangers = sorted({str(row["clip_id"]) for row in asks} - place.keys())
    if strangers:
        raise RunFolderError(f"{run.clips} lacks clip {strangers[0]}, which {run.plan.name} asks about")
    answers = _answers(run)
    columns = _Columns()
    for row in asks:
        columns.add(row, answers.get(str(row["ask_id"])))
    planned = {str(row["ask_id"]) for row in every_ask}
    errors = {key for key in planned & answers.keys() if answers[key]["outcome"] == Outcome.ERROR}
    return Sheet(
        clips=clips,
        condition=_names(asks, "condition"),
        construct=_names(asks, "construct"),
        block=_names(asks, "block"),
        wording=codes([str(row["wording"]) for row in asks]),
        item=codes([str(row["item_id"]) for row in asks]),
        clip=np.array([place[str(row["clip_id"])] for row in asks], dtype=np.int64),
        framing=np.array(
            [int(FRAMINGS.get((row["block"], row["form"]), Framing.OTHER)) for row in asks], dtype=np.int64
        ),
        outcome=np.array(columns.outcome, dtype=np.str_),
        written=np.array(columns.written, dtype=np.float64),
        probability=np.array(columns.probability, dtype=np.float64),
        outside=np.array(columns.outside, dtype=np.float64),
        first_chosen=np.array(columns.first_chosen, dtype=np.float64),
        planned=len(planned),
        answered=len((planned & answers.keys()) - errors),
        failed=len(errors),
    )


def read_table(path: Path) -> list[dict[str, Any]]:
    """Rows of a Parquet file. Raises RunFolderError where it is absent or damaged."""
    try:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except FileNotFoundError:
        raise RunFolderError(f"{path.parent} has no {path.name}: the run was never planned, or is not a run") from None
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"{path} is damaged: {str(error).splitlines()[0]}") from error
    return rows


def codes(names: Sequence[str]) -> IntArray:
    """Numbers for names, in the names' order."""
    number = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], dtype=np.int64)


def _names(rows: list[dict[str, Any]], column: str) -> NameArray:
    return np.array([row[column] for row in rows], dtype=np.str_)


def _answers(run: RunFolder) -> dict[str, dict[str, Any]]:
    if not run.answers.exists():
        table = ANSWERS.empty_table()
    else:
        with AnswerStore(run.answers, read_only=True) as store:
            table = store.table()
    rows = table.select(["ask_id", "outcome", "choice", "probabilities"]).to_pylist()
    return {row["ask_id"]: row for row in rows}


def _clips(path: Path, values: int) -> Clips:
    rows = sorted(read_table(path), key=lambda row: str(row["clip_id"]))
    labels = np.full((len(rows), values), np.nan)
    for place, row in enumerate(rows):
        if row["labels"]:
            if len(row["labels"]) != values:
                raise RunFolderError(f"{path}: clip {row['clip_id']} has {len(row['labels'])} labels, not {values}")
            labels[place] = row["labels"]
    measured = [[row[name] for name in COVARIATES] for row in rows]
    return Clips(
        ids=tuple(str(row["clip_id"]) for row in rows),
        labels=labels,
        sources=tuple(str(row["label_source"] or "") for row in rows),
        cluster=codes([str(row["cluster"] or row["clip_id"]) for row in rows]),
        covariates=np.array(measured, dtype=np.float64).reshape(len(rows), len(COVARIATES)),
        value_sets=tuple(tuple(row["value_sets"] or ()) for row in rows),
        control=np.array([bool(row["control_for"]) for row in rows], dtype=np.bool_),
    )
