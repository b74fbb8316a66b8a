"""From a run's answers to its metric tables and its summary."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from spectrum.audit.findings import audit_rows
from spectrum.bench.arms import Arm
from spectrum.bench.audited_labels import with_audit
from spectrum.bench.check_rows import (
    balance_rows,
    control_rows,
    correction_rows,
    effect_rows,
    keyword_rows,
    ladder_rows,
    null_profile_rows,
)
from spectrum.bench.conclude import conclude
from spectrum.bench.findings import Findings, find
from spectrum.bench.matched_controls import covariate_balance
from spectrum.bench.metric_rows import (
    Row,
    clip_rows,
    contrast_rows,
    level_rows,
    light_rows,
    outcome_rows,
    paper_table,
    profile_rows,
)
from spectrum.bench.read_sheet import read_sheets
from spectrum.bench.reliability import reliability_rows
from spectrum.bench.sheet import Sheet
from spectrum.bench.summary import PaperNote, Summary, rounded
from spectrum.runs.durable import write_durably
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import read_manifest
from spectrum.runs.table_files import table_of, write_tables
from spectrum.runs.tables import METRICS
from spectrum.values import SCHWARTZ, ValueSystem


def tally(folder: Path, system: ValueSystem = SCHWARTZ) -> Summary:
    """Fill every metric table and summary.json of a run folder from what is answered so far.

    Tables are written as Parquet and CSV, each whole or not at all; the same answers give the same bytes,
    in whatever order they came. A run that is not done gives tables of what is there and a headline that
    says how much is missing. Raises RunFolderError where manifest, plan or clips are absent or damaged, or
    the folder cannot be written.
    """
    run = RunFolder(folder)
    manifest = read_manifest(run.manifest)
    sheets = with_audit(read_sheets(folder, len(system.values)), folder, system)
    sheet = sheets[Arm.INTACT]
    found = find(sheets, [condition.name for condition in manifest.conditions], manifest.seed, system)
    tables, paper = _tables(sheet, found, system.codes)
    summary = conclude(sheet, manifest, found, paper, tables["covariate_balance"], system)
    write_tables(run, {name: table_of(rows, METRICS[name]) for name, rows in tables.items()})
    write_durably(run.summary, summary.json().encode())
    return summary


def _tables(
    sheet: Sheet, found: Findings, codes: Sequence[str]
) -> tuple[Mapping[str, list[Row]], tuple[PaperNote, ...]]:
    paper_rows: list[Row] = []
    notes = []
    for condition in found.conditions:
        rows, scores = paper_table(sheet, condition, codes)
        paper_rows += rows
        if rows:
            notes.append(PaperNote(condition, rounded(scores.mean), rounded(scores.sd)))
    balance = covariate_balance(sheet.clips, codes)
    audited = sheet.clips.audited
    tables = {
        "profile": [row for each in found.estimates for row in profile_rows(each, sheet, codes)],
        "level": [row for each in found.estimates for row in level_rows(each)],
        "contrast": [row for each in found.contrasts for row in contrast_rows(each, codes)],
        "outcomes": [row for name in found.conditions for row in outcome_rows(sheet, name, codes)],
        "paper": paper_rows,
        "lights": light_rows(found.lights),
        "clip_acceptance": [row for name in found.conditions for row in clip_rows(sheet, name)],
        "null_ladder": ladder_rows(found.climbed),
        "null_profile": null_profile_rows(found.climbed, codes),
        "written_correction": [row for each in found.corrections for row in correction_rows(each, codes)],
        "effects": [row for each in found.effects for row in effect_rows(each)],
        "control_contrast": [row for each in found.controls for row in control_rows(each, balance)],
        "covariate_balance": balance_rows(balance),
        "leave_keyword_out": keyword_rows(found.keywords, codes),
        "reliability": reliability_rows(sheet, found.estimates),
        "audit": audit_rows(audited.audit, codes) if audited is not None else [],
    }
    return tables, tuple(notes)
