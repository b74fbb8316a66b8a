"""A plan's columns as Arrow tables, text taken by reference so that a million rows stay cheap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spectrum.answers import AnswerSpec, ChoiceSpec, FieldsSpec
from spectrum.bench.arms import Arm
from spectrum.prompts import Condition, Rendered
from spectrum.questions import Form
from spectrum.runs.specs import dump_spec
from spectrum.runs.tables import CLIPS, PLAN
from spectrum.suite import SuiteClip

__all__ = ["CLIPS", "PLAN", "Cell", "PlanColumns", "clip_table"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A form under a condition, worded out: what all clips that get it share."""

    form: Form
    condition: Condition
    rendered: Rendered
    question_key: str
    """The verbal half of item_id."""
    contexts: tuple[str, ...]
    """identity.context_key of each repeat."""
    arm: Arm = Arm.INTACT
    written: bool = True
    """False: option probabilities are enough."""


class PlannedAsks(Protocol):
    """What is read of a plan (spectrum.bench.planned.Plan) to write its rows."""

    @property
    def members(self) -> tuple[SuiteClip, ...]:
        """The clips asked about."""
        ...

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Forms under conditions."""
        ...

    @property
    def protocol(self) -> str:
        """Which protocol: "balanced" or "paper"."""
        ...

    @property
    def clip(self) -> NDArray[np.int32]:
        """(n,) row of `members`."""
        ...

    @property
    def cell(self) -> NDArray[np.int32]:
        """(n,) row of `cells`."""
        ...

    @property
    def repeat(self) -> NDArray[np.int32]:
        """(n,)."""
        ...

    @property
    def item_ids(self) -> NDArray[np.bytes_]:
        """(n,)."""
        ...

    @property
    def ask_ids(self) -> NDArray[np.bytes_]:
        """(n,)."""
        ...

    @property
    def group_ids(self) -> NDArray[np.bytes_]:
        """(g,)."""
        ...

    @property
    def starts(self) -> NDArray[np.int64]:
        """(g + 1,) first ask of each group, and n."""
        ...

    @property
    def shown(self) -> NDArray[np.int32]:
        """(g,) row of `members` whose pictures are shown."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PlanColumns:
    """A plan made ready to be written out: what cells and clips say, once each."""

    plan: PlannedAsks
    cells: dict[str, pa.Array]
    """Columns of tables.PLAN that depend on the cell alone, a row a cell."""
    clip_ids: pa.Array
    group_of: NDArray[np.int64]
    """(n,) row of the plan's groups."""

    @classmethod
    def of(cls, plan: PlannedAsks) -> "PlanColumns":
        """Columns of a plan."""
        cells: dict[str, pa.Array] = {
            name: pa.array([get(cell) for cell in plan.cells], PLAN.field(name).type) for name, get in _OF_CELL.items()
        }
        clip_ids = pa.array([clip.clip.clip_id for clip in plan.members], pa.string())
        group_of = np.repeat(np.arange(len(plan.group_ids)), np.diff(plan.starts))
        return cls(plan, cells, clip_ids, group_of)

    def batch(self, start: int, stop: int) -> pa.RecordBatch:
        """Rows `start` to `stop` in the schema's order."""
        plan = self.plan
        rows = slice(start, stop)
        cell = pa.array(plan.cell[rows])
        columns = {name: values.take(cell) for name, values in self.cells.items()}
        columns["ask_id"] = _texts(plan.ask_ids[rows])
        columns["item_id"] = _texts(plan.item_ids[rows])
        columns["group_id"] = _texts(plan.group_ids[self.group_of[rows]])
        columns["clip_id"] = self.clip_ids.take(pa.array(plan.clip[rows]))
        columns["shown_clip_id"] = self.clip_ids.take(pa.array(plan.shown[self.group_of[rows]]))
        columns["protocol"] = pa.repeat(plan.protocol, stop - start)
        columns["repeat"] = pa.array(plan.repeat[rows], pa.int64())
        return pa.RecordBatch.from_arrays([columns[name] for name in PLAN.names], schema=PLAN)


def clip_table(members: Sequence[SuiteClip]) -> pa.Table:
    """tables.CLIPS of suite clips, in their order."""
    return pa.Table.from_pylist([_clip_row(member) for member in members], schema=CLIPS)


def _clip_row(member: SuiteClip) -> dict[str, Any]:
    clip = member.clip
    covariates = clip.covariates
    return {
        "clip_id": clip.clip_id,
        "path": clip.locator.path,
        "member": clip.locator.member,
        "kind": clip.kind,
        "width": clip.width,
        "height": clip.height,
        "duration_s": clip.duration_s,
        "platform": clip.platform,
        "posted": clip.posted,
        "title": clip.title,
        "url": clip.url,
        "cluster": member.cluster,
        "sharpness": covariates.sharpness,
        "brightness": covariates.brightness,
        "colourfulness": covariates.colourfulness,
        "motion": covariates.motion,
        "text_area": covariates.text_area,
        "faces": covariates.faces,
        "labels": list(member.labels),
        "label_source": member.label_source,
        "value_sets": list(member.value_sets),
        "control_for": list(member.control_for),
        "keywords": list(member.keywords),
    }


def _choice(spec: AnswerSpec) -> ChoiceSpec | None:
    """What counts as the choice: the spec itself, or the field that decides."""
    if isinstance(spec, FieldsSpec):
        spec = dict(spec.fields).get(spec.decision or "", spec)
    return spec if isinstance(spec, ChoiceSpec) else None


def _options(cell: Cell) -> list[str] | None:
    choice = _choice(cell.form.question.answer_spec)
    return None if choice is None else list(choice.options)


def _acceptance(cell: Cell) -> list[float] | None:
    choice = _choice(cell.form.question.answer_spec)
    return None if choice is None else list(choice.acceptance)


_OF_CELL: dict[str, Callable[[Cell], Any]] = {
    "condition": lambda cell: cell.condition.name,
    "construct": lambda cell: cell.form.construct,
    "wording": lambda cell: cell.form.wording,
    "block": lambda cell: cell.form.block if cell.arm is Arm.INTACT else f"{cell.arm}/{cell.form.block}",
    "form": lambda cell: cell.form.form,
    "system": lambda cell: cell.rendered.system,
    "before_media": lambda cell: cell.rendered.before_media,
    "after_media": lambda cell: cell.rendered.after_media,
    "options": _options,
    "acceptance": _acceptance,
    "answer_spec": lambda cell: dump_spec(cell.form.question.answer_spec),
    "max_tokens": lambda cell: cell.form.question.max_tokens,
    "arm": lambda cell: str(cell.arm),
    "written": lambda cell: cell.written,
}


def _texts(ids: NDArray[np.bytes_]) -> pa.Array:
    return pa.array(ids, pa.binary()).cast(pa.string())
