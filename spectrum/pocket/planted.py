"""The planted rule of the pocket model: which clips it was trained to accept, and how a persona moves that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from spectrum.pocket.concepts import concepts
from spectrum.respondents.planted_choices import logit, normal
from spectrum.values import SCHWARTZ
from video_index.keyed import shuffled


@dataclass(frozen=True, slots=True)
class PlantedRule:
    """A clip-level rule over what a clip shows. Logits; shares and probabilities between 0 and 1."""

    high: float
    """Logit of accepting a liked concept."""
    mild: float
    """Logit of accepting a concept that is disliked mildly."""
    low: float
    nuisance_palette: str
    nuisance_logit: float
    yes_bias: float
    """What the answer "yes" has of its own."""
    yes_bias_by_value: Mapping[str, float]
    """Value code -> what "yes" has on top where a clip evokes the value."""
    refused_concepts: frozenset[str]
    refused_sceneries: frozenset[str]
    refusal: float
    """Probability of the refusal where it refuses."""
    persona_gain: float
    liked: frozenset[str]
    """Names of the concepts that are liked."""
    mildly_disliked: frozenset[str]

    def concept_logit(self, concept: str) -> float:
        """The acceptance logit of a concept, nuisance and persona apart."""
        return self.high if concept in self.liked else self.mild if concept in self.mildly_disliked else self.low

    def accept_logit(self, concept: str, palette: str, traits: Mapping[str, float] | None = None) -> float:
        """The acceptance logit of a clip. `traits`: value code -> +1 or -1 a trait of the persona that names it."""
        moved = self.pulled(self.concept_logit(concept), _values()[concept], traits or {})
        return moved + (self.nuisance_logit if palette == self.nuisance_palette else 0.0)

    def pulled(self, own: float, values: Sequence[str], traits: Mapping[str, float]) -> float:
        """An acceptance logit as a persona moves it, within what is liked and what is disliked."""
        pull = sum(traits.get(code, 0.0) for code in values)
        return min(self.high, max(self.low, own + self.persona_gain * pull))

    def bias(self, values: Sequence[str]) -> float:
        """What the answer "yes" has of its own about a clip that evokes these values: their mean part on top."""
        parts = [self.yes_bias_by_value[code] for code in values]
        return self.yes_bias + (sum(parts) / len(parts) if parts else 0.0)

    def concept_bias(self, concept: str) -> float:
        """`bias` of a clip that shows this concept."""
        return self.bias(_values()[concept])

    def refuses(self, concept: str, scenery: str) -> float:
        """Probability that a question about liking is refused."""
        return self.refusal if concept in self.refused_concepts and scenery in self.refused_sceneries else 0.0


@cache
def _values() -> dict[str, tuple[str, ...]]:
    return {concept.name: concept.values for concept in concepts()}


@cache
def planted_rule() -> PlantedRule:
    """The shipped rule (planted.yaml)."""
    text = resources.files("spectrum.pocket").joinpath("planted.yaml").read_text(encoding="utf-8")
    given = yaml.safe_load(text)
    liked: set[str] = set()
    mild: set[str] = set()
    for code in (*SCHWARTZ.codes, "none"):
        # A concept counts for its first value, so that each value's share is met as nearly as whole concepts allow.
        names = [concept.name for concept in concepts() if (concept.values[:1] or ("none",)) == (code,)]
        names = shuffled(names, "planted", code)
        likes = round(given["shares"][code] * len(names))
        liked.update(names[:likes])
        mild.update(names[likes:][: round(given["mild_shares"][code] * (len(names) - likes))])
    refusal = given["refusal"]
    return PlantedRule(
        high=logit(given["liked"]),
        mild=logit(given["mild"]),
        low=logit(given["disliked"]),
        nuisance_palette=given["nuisance"]["palette"],
        nuisance_logit=given["nuisance"]["logit"],
        yes_bias=given["yes_bias"],
        yes_bias_by_value={code: given["yes_bias_sd"] * normal("planted", "yes-bias", code) for code in SCHWARTZ.codes},
        refused_concepts=frozenset(refusal["concepts"]),
        refused_sceneries=frozenset(refusal["sceneries"]),
        refusal=refusal["probability"],
        persona_gain=given["persona_gain"],
        liked=frozenset(liked),
        mildly_disliked=frozenset(mild),
    )
