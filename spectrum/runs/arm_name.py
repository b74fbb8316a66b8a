"""The name of an arm of a browse run, `adventurer@yoked:neutral+memory-probes`: put together and taken apart."""

from dataclasses import dataclass
from typing import Self

NEUTRAL, TWIN = "neutral", "twin"
"""Who walks without a persona: nobody in particular, and the same by keys of its own (chance alone)."""
_MEMORY, _NO_PROBES = "+memory", "-probes"


def arm_name(who: str, feed: str, source: str = "", *, memory: bool = False, probes: bool = True) -> str:
    """`who@feed`; `:source` behind a feed that is another agent's, `+memory` and `-probes` where that is so."""
    place = f"{feed}:{source}" if source else feed
    return f"{who}@{place}{_MEMORY if memory else ''}{'' if probes else _NO_PROBES}"


@dataclass(frozen=True, slots=True)
class ArmName:
    """An arm's name taken apart: who walks, on which feed."""

    name: str
    who: str
    """A condition's name: a persona's id, "neutral", "twin", or a persona's id with "-reversed"."""
    feed: str
    """"adaptive", "random" or "yoked"."""
    source: str
    """Yoked arms: whose adaptive feed is shown; else ""."""
    memory: bool
    probes: bool

    @classmethod
    def of(cls, name: str) -> Self:
        """From a name as trace and tables have it; of any other text the parts that it lacks are ""."""
        who, _, rest = name.partition("@")
        probes = not rest.endswith(_NO_PROBES)
        rest = rest.removesuffix(_NO_PROBES)
        memory = rest.endswith(_MEMORY)
        feed, _, source = rest.removesuffix(_MEMORY).partition(":")
        return cls(name, who, feed, source, memory, probes)

    def like(self, who: str, feed: str, source: str = "") -> str:
        """Name of the arm with the same memory and probes and another agent or feed."""
        return arm_name(who, feed, source, memory=self.memory, probes=self.probes)

    @property
    def without_memory(self) -> str:
        """Name of the same arm without memory."""
        return arm_name(self.who, self.feed, self.source, probes=self.probes)

    @property
    def with_probes(self) -> str:
        """Name of the same arm with probes."""
        return arm_name(self.who, self.feed, self.source, memory=self.memory)
