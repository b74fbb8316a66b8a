"""The personas that come with the project, and how the command line names personas."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from personas.errors import PersonaError
from personas.persona import Persona, load_personas

_SUFFIXES = (".yaml", ".yml", ".json")


@cache
def library() -> tuple[Persona, ...]:
    """Six personas: five described by what they do, with a target profile, and one control without values."""
    with as_file(files("personas") / "data" / "library.yaml") as path:
        return load_personas(path)


def resolve(names: Iterable[str]) -> list[Persona]:
    """The personas that a command line names, in that order, each once.

    A name is the id of a library persona, a file (all its personas), or `file#id` (one of them). Raises PersonaError
    where there is no such persona or file, or where two of different content share an id.
    """
    chosen: dict[str, Persona] = {}
    for name in names:
        for persona in _named(name):
            if chosen.setdefault(persona.id, persona) != persona:
                raise PersonaError(f"two different personas have the id {persona.id!r}; rename the one in {name}")
    return list(chosen.values())


def _named(name: str) -> tuple[Persona, ...]:
    place, _, wanted = name.partition("#")
    if Path(place).suffix in _SUFFIXES:
        offered = load_personas(place)
        if not wanted:
            return offered
    else:
        place, wanted, offered = "the library", name, library()
    found = tuple(persona for persona in offered if persona.id == wanted)
    if not found:
        known = ", ".join(persona.id for persona in offered)
        raise PersonaError(
            f"no persona {wanted!r} in {place} (it has {known}); name one, or give a .yaml or .json file"
        )
    return found
