"""Values and systems of values: who they are, in what circular order, and how people may name them."""

import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spectrum.documents import open_document, parse_document
from spectrum.errors import ConfigError

_NONE = {"", "none", "neutral", "na", "nan", "null"}
_SEPARATORS = re.compile(r"[;,|/\n]+")


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


class Value(BaseModel):
    """One value of a system."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(min_length=1)
    """Short code, as tables use it ("BE")."""
    name: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    """A short paraphrase of the published definition."""
    higher_order: str
    """The higher-order value it is counted with by the system's official key."""
    opposite: str
    """Code of the value across the circle."""
    also: str | None = None
    """A second higher-order value that it borders on, where the theory says so (Hedonism)."""


class ValueSystem(BaseModel):
    """Values in circular order: neighbours are compatible, the first follows the last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    source: str = ""
    """Where order and membership come from."""
    values: tuple[Value, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _consistent(self) -> "ValueSystem":
        seen: set[str] = set()
        for value in self.values:
            names = {_key(value.code), _key(value.name)}
            if names & seen:
                raise ValueError(f"{value.code} ({value.name}): another value has this code or name")
            seen |= names
        for value in self.values:
            if value.opposite not in self.codes:
                raise ValueError(f"{value.code}: its opposite {value.opposite!r} is no code of this file")
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes in circular order."""
        return tuple(value.code for value in self.values)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in circular order."""
        return tuple(value.name for value in self.values)

    def index(self, name_or_code: str) -> int:
        """Place of a value by its name or code, whatever the case, hyphens and blanks.

        Raises ConfigError, listing the values, where there is none of that name.
        """
        key = _key(name_or_code)
        for place, value in enumerate(self.values):
            if key in (_key(value.code), _key(value.name)):
                return place
        known = ", ".join(f"{value.name} ({value.code})" for value in self.values)
        raise ConfigError(f"unknown value {name_or_code!r}; the values of {self.name} are {known}")


def load_value_system(path: str | Path = "schwartz10") -> ValueSystem:
    """A value system from a YAML file, or a shipped one by name. Raises ConfigError."""
    return parse_document(open_document("values", path), ValueSystem)


SCHWARTZ = load_value_system()
"""Schwartz's ten basic values (2012), in circular order from Self-Direction to Universalism."""


def parse_values(named: str | Iterable[str] | None, system: ValueSystem = SCHWARTZ) -> tuple[int, ...]:
    """Places of the values named, ascending and without repeats; () for "none", "" or None.

    Takes a list of names or codes, or one text that separates them by ; , | / or new lines ("Benevolence;
    Hedonism", "BE, HE", '["BE", "HE"]'), or by blanks where every part is a code ("BE HE"). Raises ConfigError,
    listing the values, for a name that is none.
    """
    if named is None:
        return ()
    parts = _SEPARATORS.split(named) if isinstance(named, str) else list(named)
    parts = [part.strip(" \t\r\"'[](){}") for part in parts]
    places: set[int] = set()
    for part in parts:
        if _key(part) not in _NONE:
            places.update(_places(part, system))
    return tuple(sorted(places))


def _places(part: str, system: ValueSystem) -> list[int]:
    codes = {_key(code) for code in system.codes}
    words = part.split()
    if len(words) > 1 and all(_key(word) in codes for word in words):
        return [system.index(word) for word in words]
    return [system.index(part)]
