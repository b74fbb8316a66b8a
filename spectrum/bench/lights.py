"""Four lights: may these numbers be read as being about the picture, the values, the question, the answer?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spectrum.bench.estimates import MOST_OUTSIDE, Agreement
from spectrum.bench.pooling import Pooling, told
from spectrum.stats.agreement import USE_ABOVE
from spectrum.stats.observations import NAMED, STEMS
from spectrum.stats.polarity import Verdict

State = Literal["green", "amber", "red", "off"]
WORST_FIRST: tuple[State, ...] = ("red", "amber", "green", "off")
KNOWN_SOURCES = ("people", "sidecar")
"""Labels that count as audited when every clip has them."""


@dataclass(frozen=True, slots=True)
class Light:
    """One light of one condition, with its reason."""

    condition: str
    light: Literal["picture", "labels", "polarity", "written"]
    state: State
    text: str


def picture_light(condition: str) -> Light:
    """Whether answers change when the picture is taken away. No run asks blank frames yet, and it says so."""
    return Light(condition, "picture", "off", "not run: no blank or permuted pictures were asked about")


def labels_light(condition: str, sources: Sequence[str]) -> Light:
    """By where the labels of the clips asked about come from ("" for none), one entry a clip."""
    counts = Counter(sources)
    if not sources or counts[""] == len(sources):
        return Light(condition, "labels", "red", "no clip has labels")
    listed = ", ".join(f"{count:,} from {source or 'nowhere'}" for source, count in sorted(counts.items()))
    if set(counts) <= set(KNOWN_SOURCES):
        return Light(condition, "labels", "green", f"known for every clip ({listed})")
    return Light(condition, "labels", "amber", f"not audited ({listed}); the regression is uncorrected")


def polarity_light(condition: str, poolings: Sequence[tuple[str, Pooling]]) -> Light:
    """Whether reversed stems were answered in reverse, a pooling a construct; the worst one shows."""
    asked = [(construct, pooling) for construct, pooling in poolings if pooling.stems is not None]
    if not asked:
        return Light(condition, "polarity", "off", "no reversed questions were asked")
    parts = [_polarity(pooling) for _, pooling in asked]
    state = next(state for state in WORST_FIRST if any(part[0] == state for part in parts))
    if len(asked) == 1:
        return Light(condition, "polarity", parts[0][0], parts[0][1])
    texts = "; ".join(f"{construct}: {text}" for (construct, _), (_, text) in zip(asked, parts, strict=True))
    return Light(condition, "polarity", state, texts)


def written_light(agreement: Agreement) -> Light:
    """Whether option probabilities say what is written, beyond the level both share."""
    condition = agreement.condition
    if not agreement.given:
        return Light(condition, "written", "off", "written answers only; no option probabilities were given")
    if agreement.kappa is None or agreement.outside is None:
        return Light(
            condition,
            "written",
            "amber",
            "agreement with option probabilities cannot be told: the answers do not differ; probabilities unused",
        )
    text = (
        f"kappa {agreement.kappa:.2f} within framings (needed: {USE_ABOVE:g}), {agreement.outside:.0%} of the mass "
        f"outside the options (at most {MOST_OUTSIDE:.0%})"
    )
    if agreement.usable:
        return Light(condition, "written", "green", text)
    return Light(condition, "written", "amber", text + "; probabilities unused")


def _polarity(pooling: Pooling) -> tuple[State, str]:
    assert pooling.stems is not None
    verdict = pooling.stems.verdict
    if verdict is Verdict.PASSES:
        return "green", told(pooling.stems)
    kept = (
        "profile from the named-option questions only"
        if set(NAMED) <= set(pooling.framings)
        else "no profile from these questions"
        if not set(pooling.framings) - set(STEMS)
        else "profile from the other questions only"
    )
    if verdict is Verdict.REVERSED:
        return "red", f"negation not understood ({told(pooling.stems)}); {kept}"
    return "amber", f"undecided ({told(pooling.stems)}); {kept}"
