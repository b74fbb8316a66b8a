"""Plan a bench: which clips, in which order, and which questions on each."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from spectrum.bench.choose import in_keyed_order
from spectrum.bench.plan_tables import Cell
from spectrum.bench.planned import Estimate, Plan, ViewFactory
from spectrum.errors import ConfigError
from spectrum.prompts import Condition, render
from spectrum.questions import BLOCKS, Form, Question, QuestionBank, paper_questions
from spectrum.runs.identity import ask_id, context_key, item_id, options_of, question_key
from spectrum.suite import Suite, SuiteClip
from spectrum.views import view_id_of
from spectrum.wordings import keyed_wordings
from video_index.keyed import digest

__all__ = ["Estimate", "Plan", "ViewFactory", "plan_bench"]

Protocol = Literal["balanced", "paper"]
_Design = Callable[[SuiteClip, Condition], Sequence[Form]]
"""Which forms a clip is asked in under a condition."""


def plan_bench(
    suite: Suite,
    bank: QuestionBank | None,
    conditions: Sequence[Condition],
    respondent_fingerprint: str,
    settings: Mapping[str, str],
    *,
    protocol: Protocol = "balanced",
    construct: str = "like",
    per_clip: int = 4,
    crossed: bool = False,
    repeats: int = 1,
    limit: int | None = None,
    seed: int = 0,
    own_questions: Mapping[str, Question] | None = None,
) -> Plan:
    """Every ask of a bench, in keyed random order of clips, a clip's conditions side by side.

    "balanced": each clip of the suite, controls too, gets `per_clip` keyed wordings a block of `bank`
    (all of them with `crossed`), each in two stems or two orders; the same for every respondent and
    condition, so that they pair on item_id. "paper": each clip of a value set gets the paper's three
    questions, or under a condition named in `own_questions` that question alone. `limit` bounds the
    clips (choose.in_keyed_order). `respondent_fingerprint` and `settings` are the respondent's.

    Raises ConfigError where the settings cannot be met.
    """
    own_questions = own_questions or {}
    _check(protocol, conditions, repeats, own_questions)
    if protocol == "paper":
        clips = tuple(clip for clip in suite.clips if clip.value_sets)
        forms_of = _paper_design(own_questions)
    elif bank is None:
        raise ConfigError("the balanced protocol needs a question bank")
    else:
        clips = suite.clips
        forms_of = _balanced_design(suite, bank, construct, None if crossed else per_clip, seed)
    members = in_keyed_order(clips, seed, limit)
    if not members:
        raise ConfigError("the suite holds no clip to ask about; freeze one with: spectrum freeze")
    builder = _Builder(suite, respondent_fingerprint, dict(settings), repeats)
    for row, member in enumerate(members):
        for condition in conditions:
            forms = forms_of(member, condition)
            for repeat in range(repeats):
                builder.add(row, member, condition, forms, repeat)
    bank_fingerprint = _paper_fingerprint() if protocol == "paper" or bank is None else bank.fingerprint
    return builder.plan(members, tuple(conditions), protocol, seed, bank_fingerprint)


def _check(
    protocol: Protocol,
    conditions: Sequence[Condition],
    repeats: int,
    own_questions: Mapping[str, Question],
) -> None:
    if protocol not in ("balanced", "paper"):
        raise ConfigError(f"unknown protocol {protocol!r}; choose balanced or paper")
    if protocol == "balanced" and own_questions:
        raise ConfigError(
            f"condition {next(iter(own_questions))} brings its own question, which the balanced protocol"
            " cannot ask; choose the protocol paper or another strategy"
        )
    names = [condition.name for condition in conditions]
    if not names or len(set(names)) != len(names):
        raise ConfigError(f"conditions must have names of their own, not {', '.join(names) or 'none at all'}")
    if repeats < 1:
        raise ConfigError(f"repeats must be 1 or more, not {repeats}")


def _balanced_design(suite: Suite, bank: QuestionBank, construct: str, per_clip: int | None, seed: int) -> _Design:
    """Keyed wordings of each clip, a block's forms together.

    They are drawn over the whole suite, whatever the limit, so that a longer run asks the same of a clip.
    """
    clip_ids = [clip.clip.clip_id for clip in suite.clips]
    wordings = {block: keyed_wordings(bank, construct, clip_ids, per_clip, seed, block) for block in BLOCKS}
    forms = {(wording, block): bank.forms(wording, block) for wording in bank.wordings(construct) for block in BLOCKS}

    def design(member: SuiteClip, condition: Condition) -> tuple[Form, ...]:
        clip_id = member.clip.clip_id
        return tuple(form for block in BLOCKS for wording in wordings[block][clip_id] for form in forms[wording, block])

    return design


def _paper_design(own_questions: Mapping[str, Question]) -> _Design:
    """The paper's questions, or the one that a strategy asks in their stead."""
    plain = paper_questions()
    own = {
        name: (Form(wording="paper-own", construct="like", block="paper", form="own", question=question),)
        for name, question in own_questions.items()
    }
    return lambda member, condition: own.get(condition.name, plain)


def _paper_fingerprint() -> str:
    """Hex digest of the paper's questions, which belong to no bank."""
    keys = [
        question_key(form.question.before_media, form.question.after_media, options_of(form.question.answer_spec))
        for form in paper_questions()
    ]
    return digest("paper questions", *keys).hex()


@dataclass(slots=True)
class _Builder:
    """Columns of a plan under construction; texts are hashed once a cell, not once an ask."""

    suite: Suite
    respondent_fingerprint: str
    settings: dict[str, str]
    repeats: int
    cells: list[Cell] = field(default_factory=list)
    cell_of: dict[tuple[str, str, str, str], int] = field(default_factory=dict)
    clip: "array[int]" = field(default_factory=lambda: array("i"))
    cell: "array[int]" = field(default_factory=lambda: array("i"))
    repeat: "array[int]" = field(default_factory=lambda: array("i"))
    item_ids: bytearray = field(default_factory=bytearray)
    ask_ids: bytearray = field(default_factory=bytearray)
    group_ids: bytearray = field(default_factory=bytearray)
    starts: "array[int]" = field(default_factory=lambda: array("q", [0]))

    def add(self, row: int, member: SuiteClip, condition: Condition, forms: Sequence[Form], repeat: int) -> None:
        """One group: a clip under a condition, asked for the `repeat`th time."""
        view_id = view_id_of(member.clip.clip_id, self.suite.view)
        for form in forms:
            number = self._cell(form, condition)
            cell = self.cells[number]
            item = item_id((view_id,), cell.question_key)
            self.clip.append(row)
            self.cell.append(number)
            self.repeat.append(repeat)
            self.item_ids += item.encode()
            self.ask_ids += ask_id(item, cell.contexts[repeat]).encode()
        self.group_ids += digest("group", view_id, condition.name, repeat).hex().encode()
        self.starts.append(len(self.clip))

    def _cell(self, form: Form, condition: Condition) -> int:
        key = (condition.name, form.wording, form.block, form.form)
        if key not in self.cell_of:
            question = form.question
            self.cell_of[key] = len(self.cells)
            self.cells.append(
                Cell(
                    form,
                    condition,
                    render(question, condition),
                    question_key(question.before_media, question.after_media, options_of(question.answer_spec)),
                    tuple(
                        context_key(
                            condition,
                            self.respondent_fingerprint,
                            self.settings,
                            repeat,
                            question.max_tokens,
                        )
                        for repeat in range(self.repeats)
                    ),
                )
            )
        return self.cell_of[key]

    def plan(
        self,
        members: tuple[SuiteClip, ...],
        conditions: tuple[Condition, ...],
        protocol: str,
        seed: int,
        bank_fingerprint: str,
    ) -> Plan:
        """The plan of what was added."""
        return Plan(
            suite=self.suite,
            members=members,
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
        )
