"""From an adherence run's answers to its metric tables, its summary and its table for a terminal."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from personas import evidence, persona_rows, table_rows
from personas.casting import Casting, load_cast
from personas.control_questions import RECALL
from personas.controls import ControlResult, control_results
from personas.inference import Estimate
from personas.leaks import unexpected_leaks
from personas.pairing import WRITTEN, measures_of, pair
from personas.replies import MISSING, Replies, read_replies
from personas.results import StrategyResult, compared, result_of
from personas.sweep import sweep
from personas.words import Compared, headline, headline_numbers, table_lines, unfinished, values_sentence, why
from spectrum.answers import Outcome
from spectrum.runs.durable import write_durably
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import read_manifest
from spectrum.runs.table_files import table_of, write_tables
from spectrum.runs.tables import ADHERENCE_METRICS
from spectrum.stats.intervals import holm
from spectrum.values import SCHWARTZ, ValueSystem

FORMAT = 1
LINES = "adherence.txt"
"""The table for a terminal, in a run folder."""


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    results: list[StrategyResult]
    pairs: list[tuple[StrategyResult, StrategyResult, Estimate]]
    p_holm: np.ndarray
    controls: list[ControlResult]

    @property
    def written(self) -> list[StrategyResult]:
        return [result for result in self.results if result.paired.measure == WRITTEN]

    @property
    def told(self) -> list[Compared]:
        return [
            Compared(one.paired.strategy, other.paired.strategy, found, float(p))
            for (one, other, found), p in zip(self.pairs, self.p_holm, strict=True)
        ]


def tally(folder: Path, system: ValueSystem = SCHWARTZ) -> dict[str, Any]:
    """Fill tables/, summary.json and adherence.txt of a run folder from what is answered so far; gives the summary.

    The same answers give the same bytes. Raises RunFolderError where manifest, cast, plan or clips are absent or
    damaged, or the folder cannot be written.
    """
    run = RunFolder(folder)
    manifest = read_manifest(run.manifest)
    casting = load_cast(folder)
    replies = read_replies(folder, casting, len(system.values))
    found = _estimate(replies, casting, manifest.seed)
    tables = _tables(found, replies, casting, system.codes)
    tables["persona_evidence"] = _evidence(folder, found, replies, casting, system.codes)
    summary = _summary(found, replies, casting, manifest.respondent.name, system, list(manifest.deviations))
    write_tables(run, {name: table_of(rows, ADHERENCE_METRICS[name]) for name, rows in tables.items()})
    write_durably(folder / LINES, ("\n".join(table_lines(found.results, found.controls)) + "\n").encode())
    text = json.dumps(summary, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_durably(run.summary, text.encode())
    return summary


def _estimate(replies: Replies, casting: Casting, seed: int) -> _Found:
    results = [
        result_of(pair(replies, casting, label, measure), seed=seed)
        for label in casting.strategies
        for measure in measures_of(replies, casting, label)
    ]
    written = [result for result in results if result.paired.measure == WRITTEN]
    pairs = []
    for one, other in combinations(written, 2):
        found = compared(other, one)
        if found is not None:
            pairs.append((other, one, found))
    p_holm = holm(np.array([found.p for _, _, found in pairs])) if pairs else np.zeros(0)
    return _Found(results, pairs, p_holm, control_results(replies, casting))


def _tables(found: _Found, replies: Replies, casting: Casting, codes: Sequence[str]) -> dict[str, list[table_rows.Row]]:
    recall = {
        label: {c.persona: c.estimate.value for c in found.controls if c.kind == RECALL and c.strategy == label}
        for label in casting.strategies
    }
    results = found.results
    placement = {label: strategy.placement for label, strategy in casting.strategies.items()}
    return {
        "adherence": [
            row for result in results for row in table_rows.adherence_rows(result, placement[result.paired.strategy])
        ],
        "persona_profiles": [row for result in results for row in table_rows.profile_rows(result, codes)],
        "persona_adherence": [
            row
            for result in results
            for row in persona_rows.persona_rows(result, casting, recall[result.paired.strategy])
        ],
        "adherence_values": [row for result in results for row in table_rows.value_rows(result, codes)],
        "identification": [row for result in results for row in table_rows.identification_rows(result)],
        "strategies": [table_rows.strategy_row(result, replies, casting) for result in results],
        "strategy_contrasts": table_rows.contrast_rows(found.pairs, found.p_holm),
        "threshold_sweep": [
            row for result in found.written for row in table_rows.sweep_rows(sweep(replies, casting, result))
        ],
        "adherence_controls": table_rows.control_rows(found.controls),
    }


def _evidence(
    folder: Path, found: _Found, replies: Replies, casting: Casting, codes: Sequence[str]
) -> list[table_rows.Row]:
    chosen = [(result, evidence.shown(result, replies, casting)) for result in found.written]
    words = evidence.said(folder, replies, evidence.rows_of([one for _, part in chosen for one in part]))
    return [row for result, part in chosen for row in persona_rows.evidence_rows(result, replies, part, words, codes)]


def _summary(
    found: _Found, replies: Replies, casting: Casting, name: str, system: ValueSystem, deviations: list[str]
) -> dict[str, Any]:
    planned = len(replies.outcome)
    failed = sum(outcome == Outcome.ERROR for outcome in replies.outcome)
    missing = sum(outcome == MISSING for outcome in replies.outcome)
    answered = planned - failed - missing
    status = "done" if planned and not missing else "unfinished" if answered else "empty"
    said = unfinished(answered, planned)
    if status == "done":
        said = headline(found.written, name, system.names, found.told)
    leaks = unexpected_leaks(casting.personas)
    return {
        "kind": "adhere",
        "format_version": FORMAT,
        "status": status,
        "headline": said,
        "respondent": name,
        "planned": planned,
        "answered": answered,
        "failed": failed,
        "missing": missing,
        "personas": len(casting.personas),
        "targets": len({persona.group for persona in casting.personas if persona.target is not None}),
        "strategies": [_strategy(result, system.names) for result in found.results],
        "conditional_on_wordings": any(
            result.paired.shifts is not None and result.paired.shifts.conditional_on_wordings
            for result in found.written
        ),
        "label_sources": sorted({source for source in replies.sources if source}),
        "values": [{"code": value.code, "name": value.name} for value in system.values],
        "notes": [*casting.skipped, *(f"leak: {leak.sentence}" for leak in leaks), *deviations],
    }


def _strategy(result: StrategyResult, names: Sequence[str]) -> dict[str, Any]:
    label = {"name": result.paired.strategy, "measure": result.paired.measure}
    if result.each is None:
        return {**label, "reason": why(result), "sentence": f"No adherence can be reported, because {why(result)}."}
    main = result.pools[0]
    sentence = f"{headline_numbers(main)[0].upper()}{headline_numbers(main)[1:]}. {values_sentence(main, names)}"
    return {
        **label,
        "reason": None,
        "sentence": sentence.strip(),
        "personas": main.personas,
        "follows": int(result.each.follows.sum()),
        "reverses": int(result.each.reverses.sum()),
        "not_estimable": len(result.paired.reasons),
    }
