"""The question bank: constructs, their wordings, and the forms in which a wording is put; and the paper's questions.

The balanced bank asks each wording in four forms: the minimal stem pair (would, would_not), answered yes or no, and
two named options in both orders (first, second). A habit of saying yes moves both stems the same way and cancels in
their difference; a habit of taking the first word cancels over the orders.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spectrum.answers import AnswerSpec, ChoiceSpec, TextSpec
from spectrum.documents import open_document, parse_document
from spectrum.errors import ConfigError
from video_index.keyed import digest

Block = Literal["stem", "named"]
BLOCKS: tuple[Block, ...] = ("stem", "named")


@dataclass(frozen=True, slots=True)
class Question:
    """What is said before and after the pictures, and what may be answered."""

    before_media: str
    after_media: str
    answer_spec: AnswerSpec
    max_tokens: int = 16


@dataclass(frozen=True, slots=True)
class Form:
    """One way of putting a wording."""

    wording: str
    construct: str
    block: str
    """"stem" or "named"; "paper" for the paper's questions."""
    form: str
    """"would", "would_not", "first" or "second"; the question's name for the paper's questions."""
    question: Question


@dataclass(frozen=True, slots=True)
class QuestionBank:
    """All forms of all wordings. Wordings keep the file's order."""

    name: str
    version: int
    all_forms: tuple[Form, ...] = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Hex digest of every text, option, acceptance and token bound, whatever the file looks like."""
        rows = [
            [form.wording, form.construct, form.block, form.form, *_content(form.question)] for form in self.all_forms
        ]
        return digest("questions", json.dumps(rows, ensure_ascii=False)).hex()

    @property
    def constructs(self) -> tuple[str, ...]:
        """Names of the constructs, in the file's order."""
        return tuple(dict.fromkeys(form.construct for form in self.all_forms))

    def wordings(self, construct: str) -> tuple[str, ...]:
        """Ids of a construct's wordings. Raises ConfigError where there is no such construct."""
        if construct not in self.constructs:
            raise ConfigError(
                f"unknown construct {construct!r}; the question bank {self.name} has {', '.join(self.constructs)}"
            )
        return tuple(dict.fromkeys(form.wording for form in self.all_forms if form.construct == construct))

    def forms(self, wording_id: str, block: str | None = None) -> tuple[Form, ...]:
        """A wording's four forms (would, would_not, first, second), or the two of one block.

        Raises ConfigError where there is no such wording.
        """
        found = tuple(form for form in self.all_forms if form.wording == wording_id)
        if not found:
            raise ConfigError(f"unknown wording {wording_id!r} in the question bank {self.name}")
        return found if block is None else tuple(form for form in found if form.block == block)


def _content(question: Question) -> list[object]:
    spec = question.answer_spec
    choice = [spec.options, spec.acceptance] if isinstance(spec, ChoiceSpec) else [type(spec).__name__]
    return [question.before_media, question.after_media, question.max_tokens, *choice]


class _StemPair(BaseModel):
    model_config = ConfigDict(extra="forbid")

    would: str = Field(min_length=1)
    would_not: str = Field(min_length=1)


class _Wording(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    stem: str | _StemPair
    named: str
    options: tuple[str, str]

    @model_validator(mode="after")
    def _places(self) -> "_Wording":
        if isinstance(self.stem, str) and self.stem.count("{not}") != 1:
            raise ValueError(f"{self.id}: stem must hold {{not}} exactly once, or give would and would_not in full")
        if self.named.count("{first}") != 1 or self.named.count("{second}") != 1:
            raise ValueError(f"{self.id}: named must hold {{first}} and {{second}} exactly once each")
        if self.options[0].casefold() == self.options[1].casefold():
            raise ValueError(f"{self.id}: the two options must differ")
        return self


class _BankFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    version: int = 1
    answers: tuple[str, str] = ("yes", "no")
    negation: str = " not"
    before_media: str = ""
    max_tokens: int = Field(default=16, ge=1)
    constructs: dict[str, tuple[_Wording, ...]] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> "_BankFile":
        seen: set[str] = set()
        for construct, wordings in self.constructs.items():
            if not wordings:
                raise ValueError(f"construct {construct!r} has no wordings")
            for wording in wordings:
                if wording.id in seen:
                    raise ValueError(f"the id {wording.id!r} is given twice")
                seen.add(wording.id)
        return self


class _PaperQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    text: str
    options: tuple[str, str] | None = None
    max_tokens: int = Field(ge=1)


class _PaperFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    version: int
    before_media: str
    questions: tuple[_PaperQuestion, ...]


def load_bank(path: str | Path | None = None) -> QuestionBank:
    """A question bank from YAML, or the shipped one ("balanced").

    Raises ConfigError, naming file and place, and where two forms would put the same text.
    """
    document = open_document("questions", "balanced" if path is None else path)
    content = parse_document(document, _BankFile)
    forms = [
        form
        for construct, wordings in content.constructs.items()
        for wording in wordings
        for form in _forms(content, construct, wording)
    ]
    texts: dict[str, str] = {}
    for form in forms:
        place = f"{form.wording} ({form.form})"
        other = texts.setdefault(form.question.after_media, place)
        if other != place:
            raise ConfigError(f"{document.source}: {place} puts the same text as {other}")
    return QuestionBank(content.name, content.version, tuple(forms))


def _forms(content: _BankFile, construct: str, wording: _Wording) -> list[Form]:
    def form(block: Block, name: str, text: str, spec: ChoiceSpec) -> Form:
        question = Question(content.before_media, text, spec, content.max_tokens)
        return Form(wording.id, construct, block, name, question)

    accepting, rejecting = wording.options
    named = wording.named
    return [
        form("stem", "would", _stem(content, wording, False), ChoiceSpec(content.answers, (1.0, 0.0))),
        form("stem", "would_not", _stem(content, wording, True), ChoiceSpec(content.answers, (0.0, 1.0))),
        form(
            "named",
            "first",
            named.replace("{first}", accepting).replace("{second}", rejecting),
            ChoiceSpec((accepting, rejecting), (1.0, 0.0)),
        ),
        form(
            "named",
            "second",
            named.replace("{first}", rejecting).replace("{second}", accepting),
            ChoiceSpec((rejecting, accepting), (0.0, 1.0)),
        ),
    ]


def _stem(content: _BankFile, wording: _Wording, negated: bool) -> str:
    if isinstance(wording.stem, _StemPair):
        return wording.stem.would_not if negated else wording.stem.would
    return wording.stem.replace("{not}", content.negation if negated else "")


def paper_questions() -> tuple[Form, ...]:
    """The published benchmark's three questions: like (yes or no), reason, description; block "paper".

    Texts as its documentation prints them; what is a guess is marked in data/questions/paper.yaml. The reason is
    asked in the paper's words, which fit either answer to the first question.
    """
    content = parse_document(open_document("questions", "paper"), _PaperFile)
    return tuple(
        Form(
            wording=f"paper-{question.name}",
            construct="like",
            block="paper",
            form=question.name,
            question=Question(
                content.before_media,
                question.text,
                ChoiceSpec(question.options, (1.0, 0.0)) if question.options else TextSpec(),
                question.max_tokens,
            ),
        )
        for question in content.questions
    )
