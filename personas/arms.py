"""What a persona is held against: a placebo of its length, its opposite, and another's target."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from personas.generator import generate, sentences
from personas.person import Persona
from video_index.keyed import shuffled


class Arm(StrEnum):
    """How a persona was changed before it was put; the shuffled arm changes the target alone, and asks nothing."""

    AS_WRITTEN = "as written"
    PLACEBO = "placebo"
    OPPOSITE = "opposite"
    SHUFFLED = "shuffled"


ASKED = (Arm.PLACEBO, Arm.OPPOSITE)
"""Arms that put questions of their own."""


def placebo_of(persona: Persona) -> Persona:
    """As many sentences, as nearly as long as the bank allows, that say nothing of values: what mere text does."""
    left = shuffled(sentences()["plain"], "placebo", persona.id)
    traits: list[str] = []
    for trait in persona.traits:
        nearest = min(left, key=lambda plain: abs(len(plain) - len(trait)))
        left.remove(nearest)
        traits.append(nearest)
        left = left or shuffled(sentences()["plain"], "placebo", persona.id, len(traits))
    return Persona(
        id=f"{persona.id}--placebo",
        name=f"{persona.name} (placebo)",
        traits=tuple(traits),
        target=None,
        target_source="",
        tier="none",
        placebo=True,
        cluster=f"{persona.group}--placebo",
    )


def opposite_of(persona: Persona) -> Persona:
    """A generated persona of the negated target, as named or described. Raises ValueError without a target."""
    if persona.target is None:
        raise ValueError(f"{persona.id} has no target to turn round")
    opposite = generate(
        [-weight for weight in persona.target],
        persona.id,
        id=f"{persona.id}--opposite",
        tier="named" if persona.tier == "named" else "described",
        traits=len(persona.traits),
        cluster=f"{persona.group}--opposite",
        unit=persona.unit,
    )
    return replace(opposite, name=f"{persona.name} (opposite)")


def exchanged(groups: Sequence[str], *key: str | int) -> list[int]:
    """For each persona a place whose target it gets in the shuffled arm: another cluster's, clusters kept together.

    `groups`: each persona's cluster. A keyed cyclic order of the clusters, so that none keeps its own; with a single
    cluster there is no other, and every persona keeps its place.
    """
    order = shuffled(groups, "shuffled arm", *key)
    following = dict(zip(order, [*order[1:], *order[:1]], strict=True))
    first = {group: place for place, group in reversed(list(enumerate(groups)))}
    return [place if following[group] == group else first[following[group]] for place, group in enumerate(groups)]
