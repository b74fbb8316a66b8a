"""The words that the reading of replies knows, from data/answers/phrases.yaml."""

from functools import cache

from pydantic import BaseModel, ConfigDict

from spectrum.documents import open_document, parse_document


class _PhrasesFile(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str]


@cache
def _blocks() -> dict[str, str]:
    return parse_document(open_document("answers", "phrases"), _PhrasesFile).__pydantic_extra__


@cache
def words(block: str) -> frozenset[str]:
    """The words of a block, case-folded."""
    return frozenset(_blocks()[block].casefold().split())


@cache
def lines(block: str) -> tuple[str, ...]:
    """The lines of a block, case-folded, in their order."""
    return tuple(line.strip() for line in _blocks()[block].casefold().splitlines() if line.strip())


@cache
def pairs(block: str) -> tuple[tuple[str, str], ...]:
    """The two words of every line of a block."""
    return tuple((first, second) for first, second in (line.split() for line in lines(block)))
