"""The planted rule of the pocket model: which clips it was trained to accept, and how a persona moves that."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from spectrum.pocket.concepts import concepts
from spectrum.values import SCHWARTZ
from video_index.keyed import shuffled


def _logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


@dataclass(frozen=True, slots=True)
class PlantedRule:
    """A clip-level rule over what a clip shows. Logits; shares and probabilities between 0 and 1."""

    high: float
    """Logit of accepting a liked concept."""
    low: float
    nuisance_palette: str
    nuisance_logit: float
    yes_bias: float
    refused_concept: str
    refused_sceneries: tuple[str, ...]
    refusal: float
    """Probability of the refusal where it refuses."""
    persona_gain: float
    liked: frozenset[str]
    """Names of the concepts that are liked."""

    def concept_logit(self, concept: str) -> float:
        """The acceptance logit of a concept, nuisance and persona apart."""
        return self.high if concept in self.liked else self.low

    def accept_logit(self, concept: str, palette: str, traits: Mapping[str, float] | None = None) -> float:
        """The acceptance logit of a clip. `traits`: value code -> +1 or -1 a trait of the persona that names it."""
        own = self.concept_logit(concept)
        pull = sum((traits or {}).get(code, 0.0) for code in _values()[concept])
        moved = min(self.high, max(self.low, own + self.persona_gain * pull))
        return moved + (self.nuisance_logit if palette == self.nuisance_palette else 0.0)

    def refuses(self, concept: str, scenery: str) -> float:
        """Probability that a question about liking is refused."""
        return self.refusal if concept == self.refused_concept and scenery in self.refused_sceneries else 0.0


@cache
def _values() -> dict[str, tuple[str, ...]]:
    return {concept.name: concept.values for concept in concepts()}


@cache
def planted_rule() -> PlantedRule:
    """The shipped rule (planted.yaml)."""
    text = resources.files("spectrum.pocket").joinpath("planted.yaml").read_text(encoding="utf-8")
    given = yaml.safe_load(text)
    liked: set[str] = set()
    for code in (*SCHWARTZ.codes, "none"):
        # A concept counts for its first value, so that each value's share is met as nearly as whole concepts allow.
        names = [concept.name for concept in concepts() if (concept.values[:1] or ("none",)) == (code,)]
        liked.update(shuffled(names, "planted", code)[: round(given["shares"][code] * len(names))])
    refusal = given["refusal"]
    return PlantedRule(
        high=_logit(given["liked"]),
        low=_logit(given["disliked"]),
        nuisance_palette=given["nuisance"]["palette"],
        nuisance_logit=given["nuisance"]["logit"],
        yes_bias=given["yes_bias"],
        refused_concept=refusal["concept"],
        refused_sceneries=tuple(refusal["sceneries"]),
        refusal=refusal["probability"],
        persona_gain=given["persona_gain"],
        liked=frozenset(liked),
    )
