"""One persona as a file gives it, checked; every mistake says where it stands."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from personas.errors import PersonaError
from personas.person import RESERVED, Persona, Tier, Unit
from spectrum.errors import ConfigError
from spectrum.values import ValueSystem

Place = Callable[[tuple[int | str, ...]], str]
"""Where a part of a persona stands: the path of fields -> "file:line"."""

FLAT = 1e-9
"""Targets whose values differ by less say nothing."""


class PersonaRow(BaseModel):
    """One persona as a file gives it."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    name: Annotated[str, Field(min_length=1)]
    traits: Annotated[list[Annotated[str, Field(pattern=r"\S")]], Field(min_length=1)]
    target: dict[str, Annotated[float, Field(allow_inf_nan=False)]] | None = None
    target_source: str = ""
    tier: Tier
    placebo: bool = False
    author: str = ""
    cluster: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9_-]*)?$")] = ""
    unit: Unit = "relative"
    demographics: dict[str, str | int | float] = Field(default_factory=dict)


_ROW = TypeAdapter(PersonaRow)
_PLAIN = {
    "extra_forbidden": f"there is no such field; there are {', '.join(PersonaRow.model_fields)}",
    "missing": "is missing",
    "too_short": "is empty; say at least one",
    "string_too_short": "is empty",
    "model_type": "is not a persona: expected fields such as id, name, tier, traits",
    "model_attributes_type": "is not a persona: expected fields such as id, name, tier, traits",
}
"""What is said of a mistake, by pydantic's name for it, where its own words are about programs."""


def persona_of(plain: object, place: Place, system: ValueSystem) -> Persona:
    """Check one persona. Raises PersonaError with the place of what is wrong."""
    try:
        row = _ROW.validate_python(plain)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "persona"
        told = _PLAIN.get(first["type"], first["msg"].lower())
        raise PersonaError(f"{place(first['loc'])}: {field}: {told}") from None
    if row.id in RESERVED:
        raise PersonaError(f"{place(('id',))}: the id {row.id!r} is taken; choose another")
    if row.target is not None and not row.target_source:
        raise PersonaError(f"{place(('target',))}: say where the target comes from: target_source")
    if row.target is not None and (row.placebo or row.tier == "none"):
        raise PersonaError(f"{place(('target',))}: a persona without values has no target")
    known = row.target is not None
    return Persona(
        id=row.id,
        name=row.name,
        traits=tuple(trait.strip() for trait in row.traits),
        target=None if row.target is None else centred_target(row.target, place, system),
        target_source=row.target_source if known else "",
        tier=row.tier,
        placebo=row.placebo,
        author=(row.author or row.target_source) if known else row.author,
        cluster=row.cluster,
        unit=row.unit if known else "relative",
        demographics=tuple((name, str(value)) for name, value in row.demographics.items()),
    )


def centred_target(named: Mapping[str, float], place: Place, system: ValueSystem) -> tuple[float, ...]:
    """Numbers by value name or code as a target, mean 0. Raises PersonaError for a name, a repeat, or no pattern."""
    weights = [0.0] * len(system.codes)
    given: set[int] = set()
    for name, weight in named.items():
        try:
            value = system.index(name)
        except ConfigError as error:
            raise PersonaError(f"{place(('target', name))}: {error}") from None
        if value in given:
            raise PersonaError(f"{place(('target', name))}: {name} is given twice")
        given.add(value)
        weights[value] = weight
    if max(weights) - min(weights) < FLAT:
        raise PersonaError(
            f"{place(('target',))}: the target is the same for all values, so it says nothing; "
            "give a pattern, or leave it out"
        )
    mean = sum(weights) / len(weights)
    return tuple(weight - mean for weight in weights)


def require_distinct(personas: Sequence[Persona], places: Sequence[Place]) -> None:
    """Raise PersonaError, with the places of both, where an id is used twice."""
    first: dict[str, Place] = {}
    for persona, place in zip(personas, places, strict=True):
        if persona.id in first:
            before = first[persona.id](("id",))
            raise PersonaError(f"{place(('id',))}: the id {persona.id!r} is used twice, first at {before}")
        first[persona.id] = place
