"""Code blocks of README and docs by their language, and the commands in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:spectrum|python|pytest) [^`]+)`")
_PROGRAMS = ("spectrum", "python", "make")


@dataclass(frozen=True)
class Block:
    page: Path
    language: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Its lines, continued ones joined, without blank ones and comments."""
        joined = re.sub(r"\\\n\s*", "", self.text).splitlines()
        return [line.strip() for line in joined if line.strip() and not line.strip().startswith("#")]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    for found in _FENCED.finditer(page.read_text(encoding="utf-8")):
        yield Block(page, found[1], found[2])


def prose(page: Path) -> str:
    """A page without its blocks."""
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


def commands(page: Path) -> Iterator[list[str]]:
    """Every command line of a page's blocks that begins with one of ours, in words; comments and prompt left out."""
    for block in blocks(page):
        for line in block.lines:
            plain = line.removeprefix("$ ")
            if plain.startswith(tuple(f"{name} " for name in _PROGRAMS)):
                yield shlex.split(plain, comments=True)


def inline_commands(page: Path) -> Iterator[list[str]]:
    """Commands of ours that stand within sentences and tables; those with an ellipsis left out."""
    for found in _INLINE.finditer(prose(page)):
        if "..." not in found[1]:
            yield shlex.split(found[1])
