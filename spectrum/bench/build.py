"""Build a plan: columns that grow a group at a time, with texts worded out and hashed once a cell."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from spectrum.bench.arms import Arm, treatment
from spectrum.bench.plan_tables import Cell
from spectrum.bench.planned import Plan
from spectrum.bench.treatments import describing, without_pictures
from spectrum.prompts import Condition, render
from spectrum.questions import Form
from spectrum.runs.identity import ask_id, context_key, item_id, options_of, question_key
from spectrum.suite import Suite, SuiteClip
from spectrum.views import view_id_of
from video_index.keyed import digest

_CellKey = tuple[str, str, str, str, Arm, bool]
SCORES_ONLY = {"asked for": "option probabilities only"}
"""What such an ask has in its settings beside the respondent's, so that it is another ask than the written one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a group is about, and what it is shown with."""

    row: int
    """Of the plan's members: the clip whose labels count."""
    pictures: int | None = None
    """Row of the clip whose pictures are shown; None for its own."""
    arm: Arm = Arm.INTACT


@dataclass(slots=True)
class PlanBuilder:
    """Columns of a plan under construction."""

    suite: Suite
    members: tuple[SuiteClip, ...]
    respondent_fingerprint: str
    settings: dict[str, str]
    repeats: int
    cells: list[Cell] = field(default_factory=list)
    cell_of: dict[_CellKey, int] = field(default_factory=dict)
    described_by: dict[int, str] = field(default_factory=dict)
    description_key: dict[int, str] = field(default_factory=dict)
    clip: "array[int]" = field(default_factory=lambda: array("i"))
    cell: "array[int]" = field(default_factory=lambda: array("i"))
    repeat: "array[int]" = field(default_factory=lambda: array("i"))
    shown: "array[int]" = field(default_factory=lambda: array("i"))
    item_ids: bytearray = field(default_factory=bytearray)
    ask_ids: bytearray = field(default_factory=bytearray)
    group_ids: bytearray = field(default_factory=bytearray)
    starts: "array[int]" = field(default_factory=lambda: array("q", [0]))

    def add(
        self, shown: Shown, condition: Condition, forms: Sequence[Form], repeat: int = 0, *, written: bool = True
    ) -> None:
        """One group: a clip under a condition on an arm, asked for the `repeat`th time. No forms, no group."""
        if not forms:
            return
        pictures = shown.row if shown.pictures is None else shown.pictures
        view_id = self._view_id(shown, pictures)
        for form in forms:
            number = self._cell(form, condition, shown.arm, written)
            cell = self.cells[number]
            item = item_id((view_id,), cell.question_key)
            self.clip.append(shown.row)
            self.cell.append(number)
            self.repeat.append(repeat)
            self.item_ids += item.encode()
            self.ask_ids += ask_id(item, cell.contexts[repeat]).encode()
        part = () if shown.arm is not Arm.DESCRIBE else ("describe",)
        self.group_ids += digest("group", view_id, condition.name, repeat, *part).hex().encode()
        self.shown.append(pictures)
        self.starts.append(len(self.clip))

    def describe(self, row: int, condition: Condition, forms: Sequence[Form]) -> None:
        """Ask for a description of a clip, unless `forms`, which it is asked anyway, hold that question."""
        if not forms:
            return
        form = describing(forms)
        cell = self.cells[self._cell(form, condition, Arm.INTACT if form in forms else Arm.DESCRIBE, True)]
        self.description_key[row] = cell.question_key
        item = item_id((self._view_id(Shown(row), row),), cell.question_key)
        self.described_by[row] = ask_id(item, cell.contexts[0])
        if form not in forms:
            self.add(Shown(row, arm=Arm.DESCRIBE), condition, [form])

    def plan(self, conditions: tuple[Condition, ...], protocol: str, seed: int, bank_fingerprint: str) -> Plan:
        """The plan of what was added."""
        return Plan(
            suite=self.suite,
            members=self.members,
            cells=tuple(self.cells),
            conditions=conditions,
            protocol=protocol,
            seed=seed,
            bank_fingerprint=bank_fingerprint,
            respondent_fingerprint=self.respondent_fingerprint,
            settings=self.settings,
            clip=np.array(self.clip, dtype=np.int32),
            cell=np.array(self.cell, dtype=np.int32),
            repeat=np.array(self.repeat, dtype=np.int32),
            item_ids=np.frombuffer(self.item_ids, dtype="S32"),
            ask_ids=np.frombuffer(self.ask_ids, dtype="S32"),
            group_ids=np.frombuffer(self.group_ids, dtype="S32"),
            starts=np.array(self.starts, dtype=np.int64),
            shown=np.array(self.shown, dtype=np.int32),
            described_by=dict(self.described_by),
        )

    def _view_id(self, shown: Shown, pictures: int) -> str:
        clip_id = self.members[shown.row].clip.clip_id
        done = treatment(shown.arm, clip_id, self.description_key.get(shown.row, ""))
        return view_id_of(self.members[pictures].clip.clip_id, self.suite.view, done)

    def _cell(self, form: Form, condition: Condition, arm: Arm, written: bool) -> int:
        key = (condition.name, form.wording, form.block, form.form, arm, written)
        if key not in self.cell_of:
            self.cell_of[key] = len(self.cells)
            self.cells.append(self._worded_out(form, condition, arm, written))
        return self.cell_of[key]

    def _worded_out(self, form: Form, condition: Condition, arm: Arm, written: bool) -> Cell:
        question = form.question
        rendered = render(question, condition)
        settings = self.settings if written else {**self.settings, **SCORES_ONLY}
        return Cell(
            form,
            condition,
            without_pictures(rendered) if arm is Arm.CAPTION else rendered,
            question_key(question.before_media, question.after_media, options_of(question.answer_spec)),
            tuple(
                context_key(condition, self.respondent_fingerprint, settings, repeat, question.max_tokens)
                for repeat in range(self.repeats)
            ),
            arm,
            written,
        )
