"""Personas made to measure: from a target profile and a seed, in sentences of the shipped bank."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from personas.errors import PersonaError
from personas.person import Persona, Unit
from personas.rows import FLAT, centred_target
from spectrum.values import SCHWARTZ
from video_index.keyed import Part, shuffled

GENERATOR = "the project's generator"
"""Author of what is made here."""
FEWEST = 0.5
"""Values whose part of the target is below this share of the largest get no sentence."""


def generate(
    target: Mapping[str, float] | Sequence[float],
    seed: Part = 0,
    *,
    id: str | None = None,  # noqa: A002
    tier: Literal["named", "described"] = "described",
    traits: int = 4,
    cluster: str = "",
    unit: Unit = "relative",
) -> Persona:
    """A persona of this target (value name or code -> number; or ten numbers in the system's order).

    Sentences are drawn from the shipped bank by the seed: for each of `traits` places the value whose part of the
    target is least told so far, liked where it stands above the mean and left cold where below. The same target and
    seed give the same persona. Raises PersonaError for unknown values, a target of constants, or a tier that is not
    made (life stories are not).
    """
    if tier not in ("named", "described"):
        raise PersonaError(f"personas are generated in the tiers named and described, not {tier!r}")
    named = target if isinstance(target, Mapping) else dict(zip(SCHWARTZ.codes, target, strict=True))
    weights = centred_target(named, lambda loc: "the target", SCHWARTZ)
    name = id or f"generated-{seed}"
    return Persona(
        id=name,
        name=name,
        traits=_sentences(weights, seed, tier, traits),
        target=weights,
        target_source="given to the generator",
        tier=tier,
        author=GENERATOR,
        cluster=cluster,
        unit=unit,
    )


def _sentences(weights: Sequence[float], seed: Part, tier: str, count: int) -> tuple[str, ...]:
    largest = max(map(abs, weights))
    told = [0] * len(weights)
    found: list[str] = []
    while len(found) < count:
        share = [
            abs(w) / (n + 1) if abs(w) >= FEWEST * largest - FLAT else 0.0 for w, n in zip(weights, told, strict=True)
        ]
        value = share.index(max(share))
        told[value] += 1
        ways = _ways(value, weights[value] > 0, tier)
        if told[value] > len(ways):
            break
        found.append(shuffled(ways, "persona", seed, SCHWARTZ.codes[value])[told[value] - 1])
    return tuple(found)


def _ways(value: int, liked: bool, tier: str) -> list[str]:
    side = "toward" if liked else "away"
    if tier == "described":
        return list(sentences()["described"][SCHWARTZ.codes[value]][side])
    said = (text.format(name=SCHWARTZ.names[value].lower()) for text in sentences()["named"][side])
    return [text[0].upper() + text[1:] for text in said]


@cache
def sentences() -> Mapping[str, Any]:
    """The shipped bank (data/traits.yaml): `named`, `described` by value, and `plain`."""
    found: Mapping[str, Any] = yaml.safe_load(
        files("personas").joinpath("data", "traits.yaml").read_text(encoding="utf-8")
    )
    return found
