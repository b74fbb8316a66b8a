"""Code blocks of README and docs: fenced ones by their language, indented ones as shell."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PROGRAMS = ("spectrum", "python", "make")


@dataclass(frozen=True)
class Block:
    page: Path
    language: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    for found in _FENCED.finditer(page.read_text(encoding="utf-8")):
        yield Block(page, found[1], found[2])


def commands(page: Path) -> Iterator[list[str]]:
    """Every command line of a page that begins with one of ours, in words; comments and shell noise left out."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        plain = line.strip().removeprefix("$ ")
        if not plain.startswith(tuple(f"{name} " for name in _PROGRAMS)):
            continue
        if line.startswith(("    ", "$ ")) or _inside_fence(text, line):
            yield shlex.split(plain, comments=True)


def _inside_fence(text: str, line: str) -> bool:
    return any(line in found[2].splitlines() for found in _FENCED.finditer(text))
