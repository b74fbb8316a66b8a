"""Which personas name the value they are to express: then a model can look it up instead of playing the person."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from personas.person import Persona
from spectrum.values import SCHWARTZ

Kind = Literal["name", "definition", "questionnaire"]


@dataclass(frozen=True, slots=True)
class Leak:
    """A trait that names a value, or speaks as a survey does."""

    persona: str
    kind: Kind
    value: str
    """The value's code; "" for a survey's manner of speaking."""
    words: str
    """What gives it away, as the trait has it."""
    trait: int
    """Its number, from 1."""

    @property
    def sentence(self) -> str:
        """One line for a person to read."""
        about = f"{SCHWARTZ.names[SCHWARTZ.codes.index(self.value)]} by its {self.kind}" if self.value else "a survey"
        verb = "names" if self.value else "speaks like"
        return f"{self.persona}, trait {self.trait}: {self.words!r} {verb} {about}"


def leaks(persona: Persona) -> tuple[Leak, ...]:
    """Every leak of a persona, trait by trait. Expected where the tier is "named", a fault where it is not."""
    return tuple(
        leak for number, trait in enumerate(persona.traits, start=1) for leak in _of(persona.id, number, trait)
    )


def unexpected_leaks(personas: Iterable[Persona]) -> tuple[Leak, ...]:
    """Leaks of the personas whose tier says that no value is named."""
    return tuple(leak for persona in personas if persona.tier != "named" for leak in leaks(persona))


def _of(persona: str, number: int, trait: str) -> Iterator[Leak]:
    for kind, value, pattern in _patterns():
        found = pattern.search(trait)
        if found is not None:
            yield Leak(persona, kind, value, found[0], number)


@cache
def _patterns() -> tuple[tuple[Kind, str, re.Pattern[str]], ...]:
    given: Mapping[str, Any] = yaml.safe_load(
        files("personas").joinpath("data", "leaks.yaml").read_text(encoding="utf-8")
    )
    by_value: tuple[tuple[Kind, Mapping[str, Sequence[str]]], ...] = (
        ("name", given["names"]),
        ("definition", given["definitions"]),
    )
    found: list[tuple[Kind, str, re.Pattern[str]]] = [
        (kind, code, _starting(stems)) for kind, words in by_value for code, stems in words.items()
    ]
    return (*found, ("questionnaire", "", _starting(given["questionnaire"])))


def _starting(stems: Sequence[str]) -> re.Pattern[str]:
    """The whole word that begins with one of the stems."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, stems))})[\w-]*", re.IGNORECASE)
