"""The lexicon: phrases that evoke a value, each something one can see, with the reason why it stands there."""

import csv
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from spectrum.documents import Document, open_document, parse_document
from spectrum.errors import ConfigError
from spectrum.values import SCHWARTZ, ValueSystem
from video_index.keyed import digest

NEUTRAL_VALUE = "neutral"
"""What the `value` column of a CSV says of a phrase that evokes no value."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """A phrase that evokes one value."""

    value: int
    """Place of the value in the system's order."""
    phrase: str
    source: str
    """Where the phrase comes from, or why it evokes the value."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Keywords of one value system, with the neutral phrases and text templates that retrieval needs."""

    system: str
    """Name of the value system that the keywords' places refer to."""
    keywords: tuple[Keyword, ...]
    neutral: tuple[str, ...]
    """Things that evoke no value: the reference a clip has to beat."""
    templates: tuple[str, ...]
    """Texts with one {} each, for the phrase; their embeddings are averaged."""
    name: str = "unnamed"
    fingerprint: str = field(init=False, compare=False)
    """Hex digest of everything that retrieval reads (name and sources apart)."""

    def __post_init__(self) -> None:
        keywords = [[keyword.value, keyword.phrase] for keyword in self.keywords]
        content = json.dumps([self.system, keywords, self.neutral, self.templates], ensure_ascii=False)
        object.__setattr__(self, "fingerprint", digest("lexicon", content).hex())

    def phrases(self, value: int) -> tuple[str, ...]:
        """Phrases of one value, in the file's order."""
        return tuple(keyword.phrase for keyword in self.keywords if keyword.value == value)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    phrase: str = Field(min_length=1)
    source: str = Field(min_length=1)


class _LexiconFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = "unnamed"
    version: int = 1
    system: str = SCHWARTZ.name
    templates: tuple[str, ...] | None = None
    neutral: tuple[str, ...] | None = None
    values: dict[str, tuple[_Entry, ...]] = Field(min_length=1)

    @field_validator("templates")
    @classmethod
    def _one_place(cls, templates: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for template in templates or ():
            if template.count("{}") != 1:
                raise ValueError(f"template {template!r} must hold {{}} exactly once, where the phrase goes")
        if templates == ():
            raise ValueError('give at least one template, or leave the field out ("{}" is the plain phrase)')
        return templates

    @field_validator("neutral")
    @classmethod
    def _some(cls, neutral: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if neutral == ():
            raise ValueError("give at least one neutral phrase, or leave the field out to use the shipped ones")
        return neutral


def load_lexicon(path_or_name: str | Path | None = None, *, system: ValueSystem = SCHWARTZ) -> Lexicon:
    """A lexicon from YAML, from CSV (columns value, phrase, source), or a shipped one by name (default "default").

    Values may be codes or names. In a CSV the value "neutral" marks phrases that evoke none. A file without
    neutral phrases or templates gets the shipped ones. Raises ConfigError, naming file and place.
    """
    document = open_document("lexicon", "default" if path_or_name is None else path_or_name)
    content = _read_csv(document) if document.source.lower().endswith(".csv") else None
    content = parse_document(document, _LexiconFile) if content is None else content
    if content.system != system.name:
        raise ConfigError(
            f"{document.source}, system: is {content.system!r}, but the values in use are {system.name!r}"
        )
    neutral, templates = content.neutral, content.templates
    if neutral is None or templates is None:
        shipped = parse_document(open_document("lexicon", "default"), _LexiconFile)
        neutral = shipped.neutral if neutral is None else neutral
        templates = shipped.templates if templates is None else templates
    lexicon = Lexicon(
        system=system.name,
        keywords=_keywords(content, document, system),
        neutral=tuple(neutral or ()),
        templates=tuple(templates or ()),
        name=content.name,
    )
    _reject_repeats(lexicon, document, system)
    return lexicon


def _keywords(content: _LexiconFile, document: Document, system: ValueSystem) -> tuple[Keyword, ...]:
    keywords = []
    for name, entries in content.values.items():
        try:
            value = system.index(name)
        except ConfigError as error:
            raise ConfigError(f"{document.source}, values: {error}") from None
        keywords += [Keyword(value, entry.phrase.strip(), entry.source.strip()) for entry in entries]
    missing = [system.codes[value] for value in range(len(system.codes)) if value not in _covered(keywords)]
    if missing:
        raise ConfigError(f"{document.source}, values: no phrase for {', '.join(missing)}")
    return tuple(sorted(keywords, key=lambda keyword: keyword.value))


def _covered(keywords: list[Keyword]) -> set[int]:
    return {keyword.value for keyword in keywords}


def _reject_repeats(lexicon: Lexicon, document: Document, system: ValueSystem) -> None:
    places = [(keyword.phrase, system.codes[keyword.value]) for keyword in lexicon.keywords]
    places += [(phrase, NEUTRAL_VALUE) for phrase in lexicon.neutral]
    seen: dict[str, str] = {}
    for phrase, place in places:
        key = " ".join(phrase.casefold().split())
        if key in seen:
            raise ConfigError(
                f"{document.source}: {phrase!r} stands under {seen[key]} and again under {place}; "
                "a phrase may stand once"
            )
        seen[key] = place


def _read_csv(document: Document) -> _LexiconFile:
    rows = csv.DictReader(io.StringIO(document.text))
    missing = {"value", "phrase", "source"} - {(name or "").strip() for name in rows.fieldnames or ()}
    if missing:
        raise ConfigError(f"{document.source}, line 1: no column named {', '.join(sorted(missing))}")
    values: dict[str, list[_Entry]] = {}
    neutral: list[str] = []
    for row in rows:
        cells = {(name or "").strip(): (cell or "").strip() for name, cell in row.items() if name is not None}
        if not all(cells[name] for name in ("value", "phrase")) or not (
            cells["source"] or cells["value"].casefold() == NEUTRAL_VALUE
        ):
            raise ConfigError(f"{document.source}, line {rows.line_num}: value, phrase and source must be given")
        if cells["value"].casefold() == NEUTRAL_VALUE:
            neutral.append(cells["phrase"])
        else:
            entry = _Entry(phrase=cells["phrase"], source=cells["source"])
            values.setdefault(cells["value"], []).append(entry)
    if not values:
        raise ConfigError(f"{document.source}: no phrases; give rows of value, phrase, source")
    return _LexiconFile(
        name=Path(document.source).stem,
        values={name: tuple(entries) for name, entries in values.items()},
        neutral=tuple(neutral) or None,
    )
