"""The concepts that generated clips show, with the values each evokes as truth, and their pictures."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Concept:
    """One recognisable thing."""

    name: str
    values: tuple[str, ...]
    """Codes of the values it evokes; empty for a control."""


@cache
def concepts() -> tuple[Concept, ...]:
    """All concepts, in the order of the data file."""
    text = resources.files("spectrum.pocket").joinpath("concepts.yaml").read_text(encoding="utf-8")
    return tuple(Concept(str(row["name"]), tuple(row["values"])) for row in yaml.safe_load(text))


@cache
def glyph(name: str) -> "Image.Image":
    """The concept's picture, RGBA, at most 96 pixels a side."""
    from PIL import Image

    place = resources.files("spectrum.pocket").joinpath("glyphs", name.replace(" ", "_") + ".png")
    with place.open("rb") as stream:
        return Image.open(stream).convert("RGBA")
