"""What a browse run compares, and who walks."""

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from agents.episode import EpisodeSpec
from agents.recommenders import Recommender
from spectrum.prompts import Condition


@dataclass(frozen=True, slots=True)
class BrowseDesign:
    """What is compared: every condition walks every replicate."""

    conditions: tuple[Condition, ...]
    replicates: int
    episode: EpisodeSpec
    act: Literal["sample", "argmax"] = "sample"
    """"sample": a keyed draw from the option probabilities; "argmax": the likeliest option."""
    construct: str = "like"


@dataclass(frozen=True, slots=True)
class Agent:
    """One walker: a condition and a replicate. Agents of one replicate share every random key."""

    condition: Condition
    replicate: int

    @property
    def name(self) -> str:
        """Condition and replicate, as the trace has it."""
        return f"{self.condition.name}/{self.replicate}"


def design_config(design: BrowseDesign, recommender: Recommender) -> dict[str, JsonValue]:
    """The design as the manifest records it."""
    return {
        "slots": design.episode.slots,
        "probe_every": design.episode.probe_every,
        "replicates": design.replicates,
        "act": design.act,
        "construct": design.construct,
        "feed": recommender.name,
        "memory": "off",
    }
