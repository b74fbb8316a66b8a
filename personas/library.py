"""The personas that come with the project, and how the command line names personas."""

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from personas.errors import PersonaError
from personas.files import placed_personas
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

    Those with one and the same target are one cluster.
    """
    from spectrum.pocket.shipped import personas_path

    return clustered(
        persona if persona.target is None else replace(persona, unit="acceptance")
        for persona in load_personas(personas_path())
    )


def clustered(personas: Iterable[Persona]) -> tuple[Persona, ...]:
    """Personas of one and the same target as wordings of it: one that names no cluster joins the first of its target.

    Counted one by one, two wordings of one target would pass for two draws of a target.
    """
    first: dict[tuple[float, ...], str] = {}
    found = []
    for persona in personas:
        if persona.target is not None:
            group = first.setdefault(persona.target, persona.group)
            persona = persona if persona.cluster else replace(persona, cluster=group)
        found.append(persona)
    return tuple(found)


def resolve(names: Iterable[str]) -> list[Persona]:
    """The personas that a command line names, in that order, each once.

    A name is the id of a library persona, "library" (all of them), "pocket" (the pocket model's), a file (all its
    personas), or `file#id` or `pocket#id` (one of them). Personas of one target become one cluster. Raises PersonaError
    where there is no such persona or file, or where two of different content share an id.
    """
    chosen: dict[str, tuple[Persona, str]] = {}
    for name in names:
        for persona, place in _named(name):
            known, before = chosen.setdefault(persona.id, (persona, place))
            if known != persona:
                raise PersonaError(f"{place}: the id {persona.id!r} is that of another persona, {before}; rename one")
    return list(clustered(persona for persona, _ in chosen.values()))


def _named(name: str) -> tuple[tuple[Persona, str], ...]:
    """The personas of a name, each with where it stands."""
    place, _, wanted = name.partition("#")
    if Path(place).suffix.lower() in SUFFIXES:
        offered = placed_personas(place)
    elif place == POCKET:
        offered = tuple((persona, "the pocket set") for persona in pocket_personas())
    elif name == LIBRARY:
        return tuple((persona, "the library") for persona in library())
    else:
        place, wanted = "the library", name
        offered = tuple((persona, place) for persona in library())
    if not wanted:
        return offered
    found = tuple(one for one in offered if one[0].id == wanted)
    if not found:
        ids = [persona.id for persona, _ in offered]
        near = get_close_matches(wanted, [*ids, LIBRARY, POCKET] if place == "the library" else ids, n=1)
        meant = f"; did you mean {near[0]}?" if near else "; name one, or a file of them: " + ", ".join(SUFFIXES)
        raise PersonaError(f"no persona {wanted!r} in {place} (it has {_some(ids)}){meant}")
    return found


def _some(names: Iterable[str], told: int = 12) -> str:
    """Ids of personas, a wording of each target before the others; the first few of many."""
    ids = sorted(names, key=lambda name: name.endswith(("-named", "-biography")))
    more = f" and {len(ids) - told} more: spectrum personas" if len(ids) > told else ""
    return ", ".join(ids[:told]) + more
