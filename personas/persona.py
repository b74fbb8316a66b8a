"""A persona: who a respondent is asked to play, and where it is known, what such a person would prefer."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from personas.errors import PersonaError
from spectrum.errors import ConfigError
from spectrum.values import SCHWARTZ, ValueSystem

Tier = Literal["named", "described", "biography", "none"]
"""How a persona's values are given: by name, by what the person does, inside a life story, not at all."""

RESERVED = ("neutral",)
"""Names of conditions that a persona cannot take."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A person to play."""

    id: str
    """Also the name of its condition in a run."""
    name: str
    traits: tuple[str, ...]
    """One statement each, in words the model is told."""
    target: tuple[float, ...] | None
    """Preference a value in the value system's order, mean 0: the level is not part of it. None where not known."""
    target_source: str
    """Who says so; results are split by it. "" without a target."""
    tier: Tier
    placebo: bool = False
    """A control: as long as the others, and without values."""


class _Row(BaseModel):
    """One persona as a file gives it."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    name: Annotated[str, Field(min_length=1)]
    traits: Annotated[list[Annotated[str, Field(pattern=r"\S")]], Field(min_length=1)]
    target: dict[str, Annotated[float, Field(allow_inf_nan=False)]] | None = None
    target_source: str = ""
    tier: Tier
    placebo: bool = False


def load_personas(path: str | Path, *, system: ValueSystem = SCHWARTZ) -> tuple[Persona, ...]:
    """Read a YAML or JSON file: a list of personas, in its order.

    Fields: `id`, `name`, `traits` (a list), `tier`, and optionally `target` (value name or code -> number; values
    left out are 0; centred here), `target_source`, `placebo`. Raises PersonaError with file and line for a value
    that `system` does not have, a target that is the same for all values, no traits, an id used twice.
    """
    path = Path(path)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise PersonaError(f"cannot read the personas {path}: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
        raise PersonaError(f"{where}: neither YAML nor JSON: {getattr(error, 'problem', error)}") from None
    if not isinstance(root, yaml.SequenceNode) or not root.value:
        raise PersonaError(f"{path}: expected a list of personas, each starting with '- id:'")
    personas = tuple(_persona(node, path, system) for node in root.value)
    counts = Counter(persona.id for persona in personas)
    for node, persona in reversed(list(zip(root.value, personas, strict=True))):
        if counts[persona.id] > 1:
            raise PersonaError(f"{_place(path, node, ('id',))}: the id {persona.id!r} is used twice")
    return personas


def _persona(node: yaml.Node, path: Path, system: ValueSystem) -> Persona:
    try:
        row = TypeAdapter(_Row).validate_python(_plain(node))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "persona"
        raise PersonaError(f"{_place(path, node, first['loc'])}: {field}: {first['msg'].lower()}") from None
    if row.id in RESERVED:
        raise PersonaError(f"{_place(path, node, ('id',))}: the id {row.id!r} is taken; choose another")
    if row.target is not None and not row.target_source:
        raise PersonaError(f"{_place(path, node, ('target',))}: say where the target comes from: target_source")
    if row.target is not None and (row.placebo or row.tier == "none"):
        raise PersonaError(f"{_place(path, node, ('target',))}: a persona without values has no target")
    return Persona(
        id=row.id,
        name=row.name,
        traits=tuple(trait.strip() for trait in row.traits),
        target=None if row.target is None else _target(row.target, node, path, system),
        target_source=row.target_source if row.target is not None else "",
        tier=row.tier,
        placebo=row.placebo,
    )


def _target(named: dict[str, float], node: yaml.Node, path: Path, system: ValueSystem) -> tuple[float, ...]:
    weights = [0.0] * len(system.codes)
    given: set[int] = set()
    for name, weight in named.items():
        try:
            value = system.index(name)
        except ConfigError as error:
            raise PersonaError(f"{_place(path, node, ('target', name))}: {error}") from None
        if value in given:
            raise PersonaError(f"{_place(path, node, ('target', name))}: {name} is given twice")
        given.add(value)
        weights[value] = weight
    mean = sum(weights) / len(weights)
    if max(weights) - min(weights) < 1e-9:
        raise PersonaError(
            f"{_place(path, node, ('target',))}: the target is the same for all values, so it says nothing; "
            "give a pattern, or leave it out"
        )
    return tuple(weight - mean for weight in weights)


def _plain(node: yaml.Node) -> Any:
    constructor = yaml.constructor.SafeConstructor()
    return constructor.construct_document(node)


def _place(path: Path, node: yaml.Node, loc: tuple[int | str, ...]) -> str:
    """file:line of the deepest part of `loc` that the file holds."""
    for part in loc:
        inner = _child(node, part)
        if inner is None:
            break
        node = inner
    return f"{path}:{node.start_mark.line + 1}"


def _child(node: yaml.Node, part: int | str) -> yaml.Node | None:
    inner: yaml.Node | None = None
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        inner = node.value[part]
    elif isinstance(node, yaml.MappingNode):
        inner = next((value for key, value in node.value if key.value == part), None)
    return inner
