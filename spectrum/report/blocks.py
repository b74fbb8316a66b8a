"""What a page is made of. A page module builds these from a run folder; the templates draw them, one each.

Every text is plain text: the templates escape it, so nothing that a model, a caption or a title says becomes markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Row = dict[str, Any]
Align = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs; `soft` ones explain, and stand back."""

    template: ClassVar[str] = "text"
    paragraphs: tuple[str, ...]
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader must not miss."""

    template: ClassVar[str] = "notice"
    text: str


@dataclass(frozen=True, slots=True)
class Light:
    """One check: "green", "amber", "red" or "off", said in words too."""

    name: str
    state: str
    said: str
    text: str


@dataclass(frozen=True, slots=True)
class Lights:
    """The checks of one condition."""

    template: ClassVar[str] = "lights"
    lights: tuple[Light, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and how its cells stand. `grows` lets long text wrap."""

    head: str
    align: Align = "right"
    grows: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are read, a tuple a row; the first cell names its row. `filtered` gives a field to filter by."""

    template: ClassVar[str] = "table"
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with what it shows in words and as numbers.

    `name` is its file name in `spectrum figures`, unique within a page. `spec` is a Vega-Lite specification whose data
    are inline; colours of ink, grid and series come from the theme, never from the specification. `alt` says in a
    sentence what is to be seen. `numbers` are the drawn numbers, one row a mark: the CSV file beside the picture.
    """

    template: ClassVar[str] = "figure"
    name: str
    title: str
    caption: str
    alt: str
    spec: dict[str, Any] = field(repr=False)
    numbers: tuple[Row, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """One question about a clip and what was said."""

    condition: str
    question: str
    outcome: str
    answer: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip with what was answered about it; the answers open on click."""

    clip_id: str
    title: str
    source: str | None
    """Data URI of its thumbnail; None where the run keeps none."""
    facts: tuple[str, ...]
    """Short lines under the picture: "neutral 62%"."""
    answers: tuple[Answer, ...] = ()
    unseen: int = 0
    """Answers left out."""


@dataclass(frozen=True, slots=True)
class Clips:
    """A shelf of clips; `unseen` of them are left out."""

    template: ClassVar[str] = "clips"
    clips: tuple[Clip, ...]
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One clip of a pair."""

    title: str
    source: str | None
    """Data URI of its thumbnail; None where the run keeps none."""
    facts: tuple[str, ...]
    won: bool


@dataclass(frozen=True, slots=True)
class ClipPair:
    """Two clips that were compared; what was asked and said opens on click."""

    left: Side
    right: Side
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class ClipPairs:
    """Pairs of clips, the chosen one marked; `unseen` pairs are left out."""

    template: ClassVar[str] = "clip_pairs"
    pairs: tuple[ClipPair, ...]
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """An exact question, part by part."""

    name: str
    system: str
    before_media: str
    after_media: str
    options: str


@dataclass(frozen=True, slots=True)
class Prompts:
    """What was asked."""

    template: ClassVar[str] = "prompts"
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of an episode: what was shown, what was done, and the record behind it as (name, text) pairs."""

    number: int
    source: str | None
    title: str
    action: str
    record: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FilmStrip:
    """An episode, slot by slot; a slot's record opens on click."""

    template: ClassVar[str] = "film"
    name: str
    slots: tuple[Slot, ...]
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class Code:
    """Text that is shown as it stands."""

    template: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks behind a line that opens them."""

    template: ClassVar[str] = "fold"
    title: str
    blocks: "tuple[Block, ...]"


Block = Text | Notice | Lights | Table | Figure | Clips | ClipPairs | Prompts | FilmStrip | Code | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with blocks. `folded` ones are closed at first."""

    name: str
    """Its anchor: letters and hyphens."""
    title: str
    blocks: tuple[Block, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report."""

    kind: str
    title: str
    facts: str
    """One line under the title: how much was answered, when."""
    headline: tuple[str, ...]
    """The sentence a person reads first, then further ones."""
    problems: tuple[str, ...]
    """What is missing or damaged, a sentence each."""
    sections: tuple[Section, ...]

    def figures(self) -> list[Figure]:
        """Every figure of the page, in order."""
        return [block for section in self.sections for block in _inside(section.blocks) if isinstance(block, Figure)]

    def tables(self) -> list[Table]:
        """Every table of the page, in order."""
        return [block for section in self.sections for block in _inside(section.blocks) if isinstance(block, Table)]


def _inside(blocks: Sequence[Block]) -> list[Block]:
    found: list[Block] = []
    for block in blocks:
        found.extend(_inside(block.blocks) if isinstance(block, Fold) else [block])
    return found
