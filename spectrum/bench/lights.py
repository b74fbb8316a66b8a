"""Four lights: may these numbers be read as being about the picture, the values, the question, the answer?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spectrum.bench.arms import Arm
from spectrum.bench.combining import Correction
from spectrum.bench.estimates import MOST_OUTSIDE, Agreement
from spectrum.bench.label_evidence import KNOWN_SOURCES, LabelEvidence
from spectrum.bench.ladder import Climb
from spectrum.bench.pooling import Pooling, told
from spectrum.bench.rungs import Rung
from spectrum.stats.agreement import USE_ABOVE
from spectrum.stats.observations import NAMED, STEMS
from spectrum.stats.polarity import Verdict
from spectrum.stats.prediction_powered import WRITE_ALL_ABOVE

State = Literal["green", "amber", "red", "off"]
WORST_FIRST: tuple[State, ...] = ("red", "amber", "green", "off")
RUNG_NAMES = {
    "shuffled_labels": "shuffled labels",
    "blank": "blank frames",
    "permuted": "other clips' pictures",
    "caption": "its own descriptions",
    "masked": "text painted over",
}


@dataclass(frozen=True, slots=True)
class Light:
    """One light of one condition, with its reason."""

    condition: str
    light: Literal["picture", "labels", "polarity", "written"]
    state: State
    text: str


def picture_light(condition: str, climb: Climb | None) -> Light:
    """Whether the profile vanishes when the picture is taken away; `climb` is the reference condition's ladder."""
    if climb is None:
        return Light(condition, "picture", "off", "not run: nothing was asked that a profile could come from")
    of = "" if climb.condition == condition else f"checked under {climb.condition}: "
    if climb.failure is not None:
        return Light(condition, "picture", "red", of + climb.failure)
    gated = [rung for rung in climb.rungs if rung.gate]
    reasons = "; ".join(f"{RUNG_NAMES[rung.rung]} {_gate_text(rung)}" for rung in gated)
    if not any(rung.rung in (Arm.BLANK, Arm.PERMUTED) for rung in climb.asked):
        return Light(condition, "picture", "off", "not run: no blank or permuted pictures were asked about")
    # Other clips' pictures can fail, but not withhold: clips differ too much for a few hundred to decide.
    needed = [climb.rung(name) for name in (Arm.BLANK, "shuffled_labels")]
    passed = all(rung is not None and rung.gate == "passed" for rung in needed)
    if climb.rung(Arm.BLANK) is None:
        reasons = f"blank frames were not asked; {reasons}"
    return Light(condition, "picture", "green" if passed else "amber", of + reasons)


def blank_check(climb: Climb | None) -> str:
    """ "passed", "undecided", "failed" or "not run", for the headline."""
    rung = None if climb is None else climb.rung(Arm.BLANK)
    return "not run" if rung is None else str(rung.gate)


def labels_light(condition: str, evidence: LabelEvidence) -> Light:
    """By where the labels of the clips asked about come from, and what an audit found."""
    counts, audit = evidence.sources, evidence.audit
    if not counts or counts[""] == counts.total():
        return Light(condition, "labels", "red", "no clip has labels")
    if audit is not None:
        text = f"{audit.precision:.2f} precise ({audit.clips:,} audited)".replace("0.", ".", 1)
        if audit.uncorrected_because is not None:
            return Light(condition, "labels", "amber", f"{text}; uncorrected: {audit.uncorrected_because}")
        return Light(condition, "labels", "green", f"{text}; corrected, condition number {audit.condition_number:.1f}")
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


def written_light(agreement: Agreement, written: str, correction: Correction | None, names: Sequence[str]) -> Light:
    """Whether option probabilities say what is written, beyond the level both share, and how far they are off.

    `written`: whether all, some or none of the asks were to be written (spectrum.bench.combining.how_written).
    """
    condition = agreement.condition
    if written == "none":
        return Light(
            condition, "written", "amber", "nothing was written: option probabilities only, which cannot refuse"
        )
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
    if not agreement.usable:
        return Light(condition, "written", "amber", text + "; probabilities unused")
    if written == "all" or correction is None:
        return Light(condition, "written", "green", text)
    return Light(
        condition, "written", "amber" if correction.too_large else "green", f"{text}; {off(correction, names)}"
    )


def off(correction: Correction, names: Sequence[str]) -> str:
    """How far probabilities are off, and what follows, for runs in which some answers were written."""
    size = np.abs(correction.correction.estimate)
    if correction.too_large:
        listed = ", ".join(f"{names[value]} ({100 * size[value]:.1f})" for value in correction.too_large)
        return (
            f"probabilities are off by more than {100 * WRITE_ALL_ABOVE:.0f} points for {listed}: written answers "
            "only; have all written with --written all"
        )
    return (
        f"probabilities corrected by {correction.answers:,} written answers, by {100 * size.max():.1f} points at most"
    )


def _gate_text(rung: Rung) -> str:
    """A rung's gate in a few words."""
    if rung.gate != "passed" or not np.isfinite(rung.share) or rung.rung == "shuffled_labels":
        return rung.text if rung.rung != "shuffled_labels" else rung.text.split(";")[0]
    follows = ""
    if np.isfinite(rung.follows_shown) and np.isfinite(rung.follows_planned):
        follows = (
            f" (answers go with the clip shown, r {rung.follows_shown:.2f}, not with the one asked about, "
            f"r {rung.follows_planned:.2f})"
        )
    return f"leave {100 * rung.share:.0f}% of the profile's SD{follows}"


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
