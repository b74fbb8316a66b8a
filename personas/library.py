"""The personas that come with the project, and how the command line names personas."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from personas.errors import PersonaError
from personas.persona import SUFFIXES, Persona, load_personas

_PARTS = ("singles", "blends", "conflicted", "controls")
LIBRARY, POCKET = "library", "pocket"
"""Names of whole sets: the shipped library, and the personas in words that the pocket model knows."""


@cache
def library() -> tuple[Persona, ...]:
    """All shipped personas: 22 targets in three wordings each (named, described, biography), and controls.

    Ten targets are of one value, seven of neighbours on the circle, five of opposites.
    """
    found: list[Persona] = []
    for part in _PARTS:
        with as_file(files("personas") / "data" / "library" / f"{part}.yaml") as path:
            found += load_personas(path)
    return tuple(found)


def pocket_personas() -> tuple[Persona, ...]:
    """The pocket model's own personas; their targets are in acceptance: what the rule planted in it makes of them.

    Those with one and the same target are wordings of it, and one cluster.
    """
    from spectrum.pocket.shipped import personas_path

    first: dict[tuple[float, ...] | None, str] = {}
    return tuple(
        replace(persona, unit="acceptance", cluster=first.setdefault(persona.target, persona.id))
        if persona.target is not None
        else persona
        for persona in load_personas(personas_path())
    )


def resolve(names: Iterable[str]) -> list[Persona]:
    """The personas that a command line names, in that order, each once.

    A name is the id of a library persona, "library" (all of them), "pocket" (the pocket model's), a file (all its
    personas), or `file#id` (one of them). Raises PersonaError where there is no such persona or file, or where two of
    different content share an id.
    """
    chosen: dict[str, Persona] = {}
    for name in names:
        for persona in _named(name):
            if chosen.setdefault(persona.id, persona) != persona:
                raise PersonaError(f"two different personas have the id {persona.id!r}; rename the one in {name}")
    return list(chosen.values())


def _named(name: str) -> tuple[Persona, ...]:
    if name == LIBRARY:
        return library()
    if name == POCKET:
        return pocket_personas()
    place, _, wanted = name.partition("#")
    if Path(place).suffix.lower() in SUFFIXES:
        offered = load_personas(place)
        if not wanted:
            return offered
    else:
        place, wanted, offered = "the library", name, library()
    found = tuple(persona for persona in offered if persona.id == wanted)
    if not found:
        raise PersonaError(
            f"no persona {wanted!r} in {place} (it has {_some(offered)}); name one, or give a file of them: "
            f"{', '.join(SUFFIXES)}"
        )
    return found


def _some(personas: tuple[Persona, ...], told: int = 12) -> str:
    """Their ids, a wording of each target before the others; the first few of many."""
    ids = sorted((persona.id for persona in personas), key=lambda name: name.endswith(("-named", "-biography")))
    more = f" and {len(ids) - told} more: spectrum personas" if len(ids) > told else ""
    return ", ".join(ids[:told]) + more
