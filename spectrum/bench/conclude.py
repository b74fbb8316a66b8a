"""From the findings of a run to its summary: the headline, the persona sentences, the notes."""

from collections.abc import Sequence
from typing import Literal

from spectrum.bench.estimates import COMBINED, PROBABILITY
from spectrum.bench.findings import NEUTRAL, Findings
from spectrum.bench.headline import (
    CAVEAT,
    contrast_sentence,
    keyword_sentence,
    profile_sentence,
    unfinished_sentence,
)
from spectrum.bench.keywords_left_out import largest
from spectrum.bench.lights import blank_check, off
from spectrum.bench.metric_rows import Row
from spectrum.bench.sheet import Sheet
from spectrum.bench.summary import (
    AgreementNote,
    ChangeNote,
    ChecksNote,
    EstimateNote,
    PaperNote,
    PersonaSentence,
    Summary,
    ValueName,
    rounded,
)
from spectrum.runs.manifest import RunManifest
from spectrum.values import ValueSystem


def conclude(
    sheet: Sheet,
    manifest: RunManifest,
    found: Findings,
    paper: tuple[PaperNote, ...],
    balance: Sequence[Row],
    system: ValueSystem,
) -> Summary:
    """The summary of a run; `balance` are the rows of its covariate_balance table."""
    missing = sheet.planned - sheet.answered - sheet.failed
    status: Literal["empty", "unfinished", "done"] = "done"
    if missing or not sheet.planned:
        status = "unfinished" if sheet.answered else "empty"
    headline = unfinished_sentence(sheet.answered, sheet.planned)
    personas: tuple[PersonaSentence, ...] = ()
    screening = bool(manifest.config.get("quick"))
    if status == "done":
        headline = _headline(found, manifest, system.names, screening)
        personas = tuple(
            PersonaSentence(each.condition, each.construct, contrast_sentence(each, system.names))
            for each in found.contrasts
            if each.construct == found.constructs[0]
            and each.measure == found.measures.get((each.condition, each.construct))
        )
    return Summary(
        kind=manifest.kind,
        status=status,
        respondent=manifest.respondent.name,
        headline=headline,
        personas=personas,
        planned=sheet.planned,
        answered=sheet.answered,
        failed=sheet.failed,
        missing=missing,
        screening=screening,
        reference=NEUTRAL if NEUTRAL in found.conditions else None,
        conditions=found.conditions,
        constructs=found.constructs,
        values=tuple(ValueName(value.code, value.name) for value in system.values),
        estimates=tuple(
            EstimateNote.of(
                each, system.codes, system.names, found.measures.get((each.condition, each.construct)) == each.measure
            )
            for each in found.estimates
        ),
        changes=tuple(ChangeNote.of(each, system.codes) for each in found.contrasts if each.bounds is not None),
        paper=paper,
        agreements=tuple(
            AgreementNote(each.condition, rounded(each.kappa), rounded(each.outside), each.usable)
            for each in found.agreements
        ),
        checks=_checks(found, balance, system.names),
        notes=manifest.deviations,
    )


def _checks(found: Findings, balance: Sequence[Row], names: Sequence[str]) -> ChecksNote:
    shuffled = None if found.climbed is None else found.climbed.rung("shuffled_labels")
    keyword = largest(found.keywords)
    return ChecksNote(
        blank_check=blank_check(found.climbed),
        shuffled_p=None if shuffled is None else rounded(shuffled.p),
        rungs=() if found.climbed is None else tuple(rung.rung for rung in found.climbed.asked),
        written=found.written[found.conditions[0]] if found.conditions else "all",
        written_note=_written_note(found, names),
        keyword=None if keyword is None else keyword_sentence(keyword, names),
        unbalanced=sum(bool(row["flagged"]) for row in balance),
    )


def _written_note(found: Findings, names: Sequence[str]) -> str | None:
    first = found.first
    if first is None or found.written[first.condition] != "some":
        return None
    correction = next(
        (each for each in found.corrections if (each.condition, each.construct) == (first.condition, first.construct)),
        None,
    )
    return None if correction is None else off(correction, names)


def _headline(found: Findings, manifest: RunManifest, names: Sequence[str], screening: bool) -> str:
    """The profile of the reference (or first) condition and default construct, with what it rests on."""
    first = found.first
    if first is None:
        return "No profile can be reported, because no question of this run offers a choice."
    persona = None if first.condition == NEUTRAL else first.condition.upper()
    sentences = [profile_sentence(first, manifest.respondent.name, names, persona)]
    if first.profile is not None:
        if first.profile.estimate.conditional_on_wordings:
            sentences.append("Intervals hold for these wordings only: five or more would be a sample of wordings.")
        if screening:
            sentences.append("This is a screening run.")
        labels = next(x for x in found.lights if x.condition == first.condition and x.light == "labels")
        sentences.append(f"Labels: {labels.text}.")
        sentences.append(f"Blank-picture check: {blank_check(found.climbed)}.")
        note = _written_note(found, names)
        if first.measure == PROBABILITY:
            sentences.append("Option probabilities only: nothing was written.")
        elif first.measure == COMBINED or note is not None:
            sentences.append(f"{(note or '').capitalize()}.")
        sentences.append(CAVEAT)
    return " ".join(sentences)
