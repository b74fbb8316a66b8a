"""Plan a bench: which clips, in which order, and which questions on each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from spectrum.answers import ChoiceSpec
from spectrum.bench.arms import Arm, Ladder, exchanged, first_of_each
from spectrum.bench.build import PlanBuilder, Shown
from spectrum.bench.choose import in_keyed_order
from spectrum.bench.planned import Estimate, Plan, ViewFactory
from spectrum.errors import ConfigError
from spectrum.prompts import Condition
from spectrum.questions import BLOCKS, Form, Question, QuestionBank, paper_questions
from spectrum.runs.identity import options_of, question_key
from spectrum.suite import Suite, SuiteClip
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
    ladder: Ladder | None = None,
    write_a_value: int | None = None,
) -> Plan:
    """Every ask of a bench, in keyed random order of clips, a clip's conditions side by side.

    "balanced": each clip of the suite, controls too, gets `per_clip` keyed wordings a block of `bank`
    (all of them with `crossed`), each in two stems or two orders; the same for every respondent and
    condition, so that they pair on item_id. "paper": each clip of a value set gets the paper's three
    questions, or under a condition named in `own_questions` that question alone. `limit` bounds the
    clips (choose.in_keyed_order). `respondent_fingerprint` and `settings` are the respondent's. `ladder` adds the
    rungs of the null ladder under the first condition: a clip's rungs stand after its own asks, captions at the end.
    `write_a_value` asks for written answers about that many clips a value and as many controls, and for option
    probabilities alone elsewhere (None: written everywhere; 0: nowhere).

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
    builder = PlanBuilder(suite, members, respondent_fingerprint, dict(settings), repeats)
    rungs = _Rungs.of(ladder, members, seed)
    writes = set(range(len(members)))
    if write_a_value is not None:
        writes = set(first_of_each(members, write_a_value, controls=True))
    for row, member in enumerate(members):
        for condition in conditions:
            forms = forms_of(member, condition)
            for repeat in range(repeats):
                builder.add(Shown(row), condition, forms, repeat, written=row in writes)
        _add_rungs(builder, rungs, row, conditions[0], forms_of(member, conditions[0]), write_a_value != 0)
    for row in rungs.captions:
        forms = _choices(forms_of(members[row], conditions[0]))
        builder.add(Shown(row, arm=Arm.CAPTION), conditions[0], forms, written=write_a_value != 0)
    bank_fingerprint = _paper_fingerprint() if protocol == "paper" or bank is None else bank.fingerprint
    return builder.plan(tuple(conditions), protocol, seed, bank_fingerprint)


@dataclass(frozen=True, slots=True)
class _Rungs:
    """Rows of the clips that each rung is asked about."""

    simple: dict[Arm, frozenset[int]]
    """Blank and masked."""
    exchanged: dict[int, int]
    captions: tuple[int, ...]

    @classmethod
    def of(cls, ladder: Ladder | None, members: Sequence[SuiteClip], seed: int) -> "_Rungs":
        if ladder is None:
            return cls({}, {}, ())
        rows = {rung: first_of_each(members, ladder.clips_of(rung), controls=False) for rung in ladder.rungs}
        simple: dict[Arm, frozenset[int]] = {
            rung: frozenset(rows[rung]) for rung in (Arm.BLANK, Arm.MASKED) if rung in rows
        }
        return cls(simple, exchanged(members, rows.get(Arm.PERMUTED, []), seed), tuple(rows.get(Arm.CAPTION, [])))


def _add_rungs(
    builder: PlanBuilder, rungs: _Rungs, row: int, condition: Condition, forms: Sequence[Form], written: bool
) -> None:
    choices = _choices(forms)
    for rung, rows in rungs.simple.items():
        if row in rows:
            builder.add(Shown(row, arm=rung), condition, choices, written=written)
    if row in rungs.exchanged:
        builder.add(Shown(row, rungs.exchanged[row], Arm.PERMUTED), condition, choices, written=written)
    if row in rungs.captions:
        builder.describe(row, condition, forms)


def _choices(forms: Sequence[Form]) -> tuple[Form, ...]:
    """The forms that offer options: what a rung is about."""
    return tuple(form for form in forms if isinstance(form.question.answer_spec, ChoiceSpec))


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
