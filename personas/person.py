"""A persona: who a respondent is asked to play, and where it is known, what such a person would prefer."""

from dataclasses import dataclass
from typing import Literal, get_args

Tier = Literal["named", "described", "biography", "none"]
"""How a persona's values are given: by name, by what the person does, inside a life story, not at all."""

TIERS: tuple[Tier, ...] = get_args(Tier)

Unit = Literal["relative", "acceptance"]
"""What a target's numbers are: a pattern in any unit, or acceptance (a share, so that a slope has a meaning)."""

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
    """Who says so, and from what. "" without a target."""
    tier: Tier
    placebo: bool = False
    """A control: as long as the others, and without values."""
    author: str = ""
    """Who set the target; results are split by it."""
    cluster: str = ""
    """Personas of one cluster are wordings of one target, and count as one draw of it; "" is a cluster of its own."""
    unit: Unit = "relative"
    demographics: tuple[tuple[str, str], ...] = ()
    """Name and value, in the source's order; told only by strategies that say so."""

    @property
    def group(self) -> str:
        """The cluster's name: the persona's own where it has none."""
        return self.cluster or self.id
