"""Everything that a tally computes of a run, before it is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from spectrum.bench.arms import Arm
from spectrum.bench.combining import Correction, combine, combined_contrast, correction, how_written, main_measure
from spectrum.bench.estimates import (
    COMBINED,
    PROBABILITY,
    WRITTEN,
    Agreement,
    Contrasted,
    Estimated,
    agreement,
    contrast,
    estimate,
)
from spectrum.bench.keywords_left_out import KeywordLeftOut, keywords_left_out
from spectrum.bench.label_evidence import label_evidence
from spectrum.bench.ladder import Climb, climb
from spectrum.bench.lights import Light, labels_light, picture_light, polarity_light, written_light
from spectrum.bench.matched_controls import ControlContrast, control_contrast
from spectrum.bench.missing_answers import with_bounds, with_contrast_bounds
from spectrum.bench.question_effects import Effect, question_effects
from spectrum.bench.sheet import Sheet
from spectrum.values import ValueSystem

NEUTRAL = "neutral"
CONSTRUCT = "like"
"""The default construct: the headline is about it where it was asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """All results of a run."""

    conditions: tuple[str, ...]
    """The reference first."""
    constructs: tuple[str, ...]
    """The default one first."""
    estimates: list[Estimated] = field(default_factory=list)
    contrasts: list[Contrasted] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    lights: list[Light] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    controls: list[ControlContrast] = field(default_factory=list)
    keywords: list[KeywordLeftOut] = field(default_factory=list)
    climbed: Climb | None = None
    """The null ladder of the first condition and construct; None where nothing was asked."""
    measures: dict[tuple[str, str], str] = field(default_factory=dict)
    """(condition, construct) -> the measure that is reported."""
    written: dict[str, str] = field(default_factory=dict)
    """Condition -> "all", "some" or "none" of its asks were to be written."""

    def main(self, condition: str, construct: str) -> Estimated | None:
        """The reported estimate."""
        measure = self.measures.get((condition, construct))
        return next(
            (
                found
                for found in self.estimates
                if (found.condition, found.construct, found.measure) == (condition, construct, measure)
            ),
            None,
        )

    @property
    def first(self) -> Estimated | None:
        """The reported estimate of the first condition and construct: what the headline is about."""
        if not self.conditions or not self.constructs:
            return None
        return next((found for c in self.constructs if (found := self.main(self.conditions[0], c)) is not None), None)


def find(sheets: Mapping[Arm, Sheet], declared: Sequence[str], seed: int, system: ValueSystem) -> Findings:
    """Compute all of it; `declared` are the manifest's conditions in order, `seed` the run's."""
    sheet = sheets[Arm.INTACT]
    asked = set(sheet.condition.tolist())
    conditions = tuple(dict.fromkeys([*(name for name in (NEUTRAL, *declared) if name in asked), *sorted(asked)]))
    constructs = tuple(sorted(set(sheet.construct.tolist()), key=lambda name: (name != CONSTRUCT, name)))
    found = Findings(conditions, constructs)
    for condition in conditions:
        _estimate(found, sheet, condition, system.names)
    first = found.first
    if first is not None:
        found = replace(found, climbed=climb(sheets, first, seed, system.names))
        found.keywords.extend(keywords_left_out(sheet, first))
    if found.climbed is not None and found.climbed.failure is not None:
        reason = found.climbed.failure
        found.estimates[:] = [each if each.reason else each.withheld(reason) for each in found.estimates]
    for condition in conditions:
        _contrast(found, sheet, condition, system.names)
        _light(found, sheet, condition, system.names)
        for construct in constructs:
            main = found.main(condition, construct)
            if main is not None:
                found.effects.extend(question_effects(sheet, main))
                beside = control_contrast(sheet, main, system.codes)
                found.controls.extend([beside] if beside is not None else [])
    return found


def _estimate(found: Findings, sheet: Sheet, condition: str, names: Sequence[str]) -> None:
    """All measures of one condition, and which of them is reported."""
    agreed = agreement(sheet, condition)
    found.agreements.append(agreed)
    found.written[condition] = "all"
    for construct in found.constructs:
        if not sheet.rows(condition, construct).any():
            continue
        written = how_written(sheet, condition, construct)
        found.written[condition] = written
        off = None
        if written != "none":
            found.estimates.append(with_bounds(sheet, estimate(sheet, condition, construct, WRITTEN, names)))
        if agreed.usable or written == "none":
            scored = estimate(sheet, condition, construct, PROBABILITY, names)
            found.estimates.append(scored)
            if written == "all":
                off = correction(sheet, scored)
            combined = combine(sheet, scored) if written == "some" else None
            if combined is not None:
                off = combined.correction
                found.estimates.append(combined.estimated)
            found.corrections.extend([off] if off is not None else [])
        found.measures[condition, construct] = main_measure(written, agreed, off)


def _contrast(found: Findings, sheet: Sheet, condition: str, names: Sequence[str]) -> None:
    if NEUTRAL not in found.conditions or condition == NEUTRAL:
        return
    for ours in [each for each in found.estimates if each.condition == condition]:
        theirs = next(
            (
                each
                for each in found.estimates
                if (each.condition, each.construct, each.measure) == (NEUTRAL, ours.construct, ours.measure)
            ),
            None,
        )
        if theirs is not None:
            how = combined_contrast if ours.measure == COMBINED else contrast
            found.contrasts.append(with_contrast_bounds(sheet, how(sheet, ours, theirs, names), ours, theirs))


def _light(found: Findings, sheet: Sheet, condition: str, names: Sequence[str]) -> None:
    poolings = [
        (construct, main.pooling)
        for construct in found.constructs
        if (main := found.main(condition, construct)) is not None
    ]
    agreed = next(each for each in found.agreements if each.condition == condition)
    off = next((each for each in found.corrections if each.condition == condition), None)
    found.lights.extend(
        [
            picture_light(condition, found.climbed),
            labels_light(condition, label_evidence(sheet, condition)),
            polarity_light(condition, poolings),
            written_light(agreed, found.written[condition], off, names),
        ]
    )
