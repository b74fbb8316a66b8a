"""From a run's answers to its metric tables and its summary."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from spectrum.bench.estimates import (
    PROBABILITY,
    WRITTEN,
    Agreement,
    Contrasted,
    Estimated,
    agreement,
    contrast,
    estimate,
)
from spectrum.bench.headline import CAVEAT, contrast_sentence, profile_sentence, unfinished_sentence
from spectrum.bench.lights import Light, labels_light, picture_light, polarity_light, written_light
from spectrum.bench.metric_rows import (
    Row,
    clip_rows,
    contrast_rows,
    level_rows,
    light_rows,
    outcome_rows,
    paper_table,
    profile_rows,
    table_of,
)
from spectrum.bench.read_sheet import read_sheet
from spectrum.bench.reliability import reliability_rows
from spectrum.bench.sheet import Sheet
from spectrum.bench.summary import (
    AgreementNote,
    EstimateNote,
    PaperNote,
    PersonaSentence,
    Summary,
    ValueName,
    rounded,
)
from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest, read_manifest, write_durably
from spectrum.values import SCHWARTZ, ValueSystem

NEUTRAL = "neutral"
CONSTRUCT = "like"
"""The default construct: the headline is about it where it was asked."""


@dataclass(frozen=True, slots=True, eq=False)
class _Results:
    estimates: list[Estimated]
    contrasts: list[Contrasted]
    agreements: list[Agreement]
    lights: list[Light]
    conditions: tuple[str, ...]
    constructs: tuple[str, ...]


def tally(folder: Path, system: ValueSystem = SCHWARTZ) -> Summary:
    """Fill every metric table and summary.json of a run folder from what is answered so far.

    Tables are written as Parquet and CSV, each whole or not at all; the same answers give the same bytes,
    in whatever order they came. A run that is not done gives tables of what is there and a headline that
    says how much is missing. Raises RunFolderError where manifest, plan or clips are absent or damaged, or
    the folder cannot be written.
    """
    run = RunFolder(folder)
    manifest = read_manifest(run.manifest)
    sheet = read_sheet(folder, len(system.values))
    results = _estimate(sheet, manifest, system.names)
    tables, paper = _tables(sheet, results, system.codes)
    summary = _summary(sheet, manifest, results, paper, system)
    try:
        run.tables.mkdir(exist_ok=True)
    except OSError as error:
        raise RunFolderError(
            f"{run.tables} cannot be made ({error.strerror}); choose a folder you may write"
        ) from error
    for name, rows in tables.items():
        write_table(run.tables / name, table_of(name, rows))
    write_durably(run.summary, summary.json().encode())
    return summary


def _estimate(sheet: Sheet, manifest: RunManifest, names: Sequence[str]) -> _Results:
    declared = [condition.name for condition in manifest.conditions]
    asked = set(sheet.condition.tolist())
    conditions = tuple(dict.fromkeys([*(n for n in (NEUTRAL, *declared) if n in asked), *sorted(asked)]))
    constructs = tuple(sorted(set(sheet.construct.tolist()), key=lambda name: (name != CONSTRUCT, name)))
    agreements = [agreement(sheet, condition) for condition in conditions]
    estimates: list[Estimated] = []
    contrasts: list[Contrasted] = []
    lights: list[Light] = []
    for condition, agreed in zip(conditions, agreements, strict=True):
        ours = sheet.rows(condition)
        written = [
            estimate(sheet, condition, construct, WRITTEN, names)
            for construct in constructs
            if sheet.rows(condition, construct).any()
        ]
        scored = [estimate(sheet, condition, e.construct, PROBABILITY, names) for e in written if agreed.usable]
        for ours_now in (*written, *scored):
            base = _find(estimates, NEUTRAL, ours_now)
            if base is not None:
                contrasts.append(contrast(sheet, ours_now, base, names))
        estimates += [*written, *scored]
        clips = np.unique(sheet.clip[ours])
        lights += [
            picture_light(condition),
            labels_light(condition, [_source(sheet, clip) for clip in clips]),
            polarity_light(condition, [(e.construct, e.pooling) for e in written]),
            written_light(agreed),
        ]
    return _Results(estimates, contrasts, agreements, lights, conditions, constructs)


def _find(estimates: Sequence[Estimated], condition: str, like: Estimated) -> Estimated | None:
    """The estimate of another condition for the same construct and measure."""
    for found in estimates:
        if (found.condition, found.construct, found.measure) == (condition, like.construct, like.measure):
            return found
    return None


def _source(sheet: Sheet, clip: int) -> str:
    return "" if np.isnan(sheet.clips.labels[clip]).any() else sheet.clips.sources[clip]


def _tables(
    sheet: Sheet, results: _Results, codes: Sequence[str]
) -> tuple[dict[str, list[Row]], tuple[PaperNote, ...]]:
    paper_rows: list[Row] = []
    notes = []
    for condition in results.conditions:
        rows, scores = paper_table(sheet, condition, codes)
        paper_rows += rows
        if rows:
            notes.append(PaperNote(condition, rounded(scores.mean), rounded(scores.sd)))
    tables = {
        "profile": [row for found in results.estimates for row in profile_rows(found, sheet, codes)],
        "level": [row for found in results.estimates for row in level_rows(found)],
        "contrast": [row for found in results.contrasts for row in contrast_rows(found, codes)],
        "outcomes": [row for name in results.conditions for row in outcome_rows(sheet, name, codes)],
        "paper": paper_rows,
        "lights": light_rows(results.lights),
        "clip_acceptance": [row for name in results.conditions for row in clip_rows(sheet, name)],
        "reliability": reliability_rows(sheet, results.estimates),
    }
    return tables, tuple(notes)


def _summary(
    sheet: Sheet, manifest: RunManifest, results: _Results, paper: tuple[PaperNote, ...], system: ValueSystem
) -> Summary:
    missing = sheet.planned - sheet.answered - sheet.failed
    status: Literal["empty", "unfinished", "done"] = "done"
    if missing or not sheet.planned:
        status = "unfinished" if sheet.answered else "empty"
    written = [found for found in results.estimates if found.measure == WRITTEN]
    headline = unfinished_sentence(sheet.answered, sheet.planned)
    personas: tuple[PersonaSentence, ...] = ()
    screening = bool(manifest.config.get("quick"))
    if status == "done":
        headline = _headline(written, results, manifest, system.names, screening)
        personas = tuple(
            PersonaSentence(found.condition, found.construct, contrast_sentence(found, system.names))
            for found in results.contrasts
            if found.measure == WRITTEN and found.construct == results.constructs[0]
        )
    return Summary(
        status=status,
        respondent=manifest.respondent.name,
        headline=headline,
        personas=personas,
        planned=sheet.planned,
        answered=sheet.answered,
        failed=sheet.failed,
        missing=missing,
        screening=screening,
        reference=NEUTRAL if NEUTRAL in results.conditions else None,
        conditions=results.conditions,
        constructs=results.constructs,
        values=tuple(ValueName(value.code, value.name) for value in system.values),
        estimates=tuple(EstimateNote.of(found, system.codes, system.names) for found in results.estimates),
        paper=paper,
        agreements=tuple(
            AgreementNote(found.condition, rounded(found.kappa), rounded(found.outside), found.usable)
            for found in results.agreements
        ),
    )


def _headline(
    written: Sequence[Estimated], results: _Results, manifest: RunManifest, names: Sequence[str], screening: bool
) -> str:
    """The profile of the reference (or first) condition and default construct, with what it rests on."""
    if not written:
        return "No profile can be reported, because no question of this run offers a choice."
    found = written[0]
    persona = None if found.condition == NEUTRAL else found.condition.upper()
    sentences = [profile_sentence(found, manifest.respondent.name, names, persona)]
    if found.profile is not None:
        if found.profile.estimate.conditional_on_wordings:
            sentences.append("Intervals hold for these wordings only: five or more would be a sample of wordings.")
        if screening:
            sentences.append("This is a screening run.")
        labels = next(x for x in results.lights if x.condition == found.condition and x.light == "labels")
        sentences += [f"Labels: {labels.text}.", "Blank-picture check: not run.", CAVEAT]
    return " ".join(sentences)


def write_table(stem: Path, table: pa.Table) -> None:
    """Write `stem`.parquet and `stem`.csv, each whole or not at all. Raises RunFolderError."""
    parquet, csv = io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet)
    pyarrow.csv.write_csv(table, csv)
    write_durably(stem.with_name(stem.name + ".parquet"), parquet.getvalue())
    write_durably(stem.with_name(stem.name + ".csv"), csv.getvalue())
