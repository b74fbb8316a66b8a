"""A run's sheet with what pairs it to another run: the items' ids and the questions' texts, column by column."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spectrum.bench.lights import Light
from spectrum.bench.read_clips import numbered
from spectrum.bench.read_sheet import read_sheet
from spectrum.bench.sheet import BLOCKS, Sheet
from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest, read_manifest
from spectrum.runs.tables import METRICS
from spectrum.stats.observations import IntArray

_PLAN = ["item_id", "block", "options", "before_media", "after_media"]
_TEXTS = ["block", "before_media", "after_media"]


@dataclass(frozen=True, slots=True, eq=False)
class RunColumns:
    """A run folder's asks about clips as they are, n of them in the plan's order."""

    folder: Path
    manifest: RunManifest
    sheet: Sheet
    item: pa.Array
    """(n,) item_id."""
    question: IntArray
    """(n,) row of `questions`."""
    questions: tuple[str, ...]
    """Texts before and after the pictures with the options in their order."""
    lights: tuple[Light, ...] | None
    """What the run's own checks came to, under each condition; None where they were not worked out."""

    @property
    def missing(self) -> int:
        """Asks of the whole run with nothing stored, not even a failure."""
        return self.sheet.planned - self.sheet.answered - self.sheet.failed

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names, in alphabetical order."""
        return tuple(np.unique(self.sheet.condition).tolist())

    @property
    def constructs(self) -> tuple[str, ...]:
        """Names, in alphabetical order."""
        return tuple(np.unique(self.sheet.construct).tolist())


def read_run(folder: Path, values: int) -> RunColumns:
    """Read a run folder; `values` is how many labels a clip must have.

    Raises RunFolderError where it is no run, damaged, or its parts do not fit one another.
    """
    if not folder.is_dir():
        raise RunFolderError(f"there is no run folder at {folder}; make one with: spectrum bench")
    run = RunFolder(folder)
    manifest = read_manifest(run.manifest)
    sheet = read_sheet(folder, values)
    plan = pq.read_table(run.plan, columns=_PLAN, read_dictionary=_TEXTS)
    # A sheet holds the asks that offer options, in the plan's order; blocks of other arms have other names.
    blocks = pc.is_in(plan["block"].cast(pa.string()), value_set=pa.array(BLOCKS))
    plan = plan.filter(pc.and_(blocks, pc.is_valid(plan["options"])))
    if plan.num_rows != sheet.item.size:
        raise RunFolderError(f"{run.plan} holds {plan.num_rows:,} asks of the intact clips, not {sheet.item.size:,}")
    question, questions = numbered(_questions(plan))
    return RunColumns(folder, manifest, sheet, plan["item_id"].combine_chunks(), question, questions, _lights(run))


def _lights(run: RunFolder) -> tuple[Light, ...] | None:
    try:
        table = pq.read_table(run.tables / "lights.parquet", columns=METRICS["lights"].names)
    except (OSError, pa.ArrowException):  # A comparison says that they are not known.
        return None
    return tuple(Light(**row) for row in table.to_pylist())


def _questions(plan: pa.Table) -> pa.Array:
    """One text an ask: what is said before and after the pictures, and the options in their order."""
    before, after = (plan[name].cast(pa.string()).combine_chunks() for name in ("before_media", "after_media"))
    options = pc.binary_join(plan["options"].combine_chunks(), "\x1f")
    return pc.binary_join_element_wise(before, after, options, "\x1e")
