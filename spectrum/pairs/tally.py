"""From a pairs run's answers to its metric tables and its summary."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spectrum.answers import Outcome
from spectrum.bench.findings import NEUTRAL
from spectrum.bench.sheet import MISSING
from spectrum.errors import RunFolderError
from spectrum.pairs.results import ConditionResult, Estimate, results
from spectrum.pairs.sentences import change_sentence, headline
from spectrum.pairs.sheet import PairSheet, read_pair_sheet
from spectrum.runs.durable import write_durably
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest, read_manifest
from spectrum.runs.table_files import table_of, write_tables
from spectrum.runs.tables import PAIRS_METRICS
from spectrum.stats.intervals import Intervals
from spectrum.values import SCHWARTZ, ValueSystem

FORMAT = 1
Row = dict[str, Any]


def tally(folder: Path, system: ValueSystem = SCHWARTZ) -> dict[str, Any]:
    """Fill the tables of runs.tables.PAIRS_METRICS and summary.json from what is answered so far; give the summary.

    The same answers give the same bytes, in whatever order they came. Raises RunFolderError where a file of the run
    is absent or damaged, or the folder cannot be written.
    """
    run = RunFolder(folder)
    manifest = read_manifest(run.manifest)
    if manifest.kind != "pairs":
        raise RunFolderError(f"{folder} holds a {manifest.kind} run and no pairs; read it with: spectrum report")
    sheet = read_pair_sheet(folder, len(system.values))
    found = results(sheet, system.names)
    tables = {
        "pairs_values": [row for each in found for row in _value_rows(each, sheet, system.codes)],
        "pairs_triads": [row for each in found for row in _triad_rows(each)],
        "pairs_order": [row for each in found for row in _order_rows(each)],
        "pairs_outcomes": [_outcome_row(sheet, each.condition) for each in found],
    }
    summary = _summary(sheet, manifest, found, system)
    write_tables(run, {name: table_of(rows, PAIRS_METRICS[name]) for name, rows in tables.items()})
    content = json.dumps(summary, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_durably(run.summary, content.encode())
    return summary


def _summary(
    sheet: PairSheet, manifest: RunManifest, found: Sequence[ConditionResult], system: ValueSystem
) -> dict[str, Any]:
    counts = Counter(sheet.outcome.tolist())
    planned, missing, failed = sheet.outcome.size, counts[MISSING], counts[str(Outcome.ERROR)]
    answered = planned - missing - failed
    status = "done" if planned and not missing else "unfinished" if answered else "empty"
    first = f"No profile of choices yet: {answered:,} of {planned:,} asks are answered."
    if status == "done":
        first = headline(found[0], manifest.respondent.name, system.names)
    personas = [
        {"condition": each.condition, "sentence": change_sentence(each, system.names)}
        for each in found
        if status == "done" and each.condition != NEUTRAL and any(one.condition == NEUTRAL for one in found)
    ]
    return {
        "kind": "pairs",
        "format_version": FORMAT,
        "status": status,
        "headline": first,
        "respondent": manifest.respondent.name,
        "personas": personas,
        "conditions": [each.condition for each in found],
        "reasons": {each.condition: each.reason for each in found},
        "tied_groups": {each.condition: _groups(each.probability, system.codes) for each in found},
        "planned": planned,
        "answered": answered,
        "failed": failed,
        "missing": missing,
        "pairs": int(np.unique(sheet.pair).size),
        "triads": int(np.unique(sheet.triad[sheet.triad >= 0]).size),
        "clips": int(np.unique(np.concatenate([sheet.first, sheet.second])).size),
        "wordings": int(np.unique(sheet.wording).size),
        "tokens_in": sheet.tokens_in,
        "tokens_out": sheet.tokens_out,
        "values": [{"code": value.code, "name": value.name} for value in system.values],
        "deviations": list(manifest.deviations),
    }


def _groups(found: Estimate | None, codes: Sequence[str]) -> list[list[str]]:
    return [] if found is None else [[codes[value] for value in group] for group in found.groups.groups]


def _value_rows(found: ConditionResult, sheet: PairSheet, codes: Sequence[str]) -> list[Row]:
    rows = []
    for reference, estimate in ((None, found.probability), (None, found.logit), (NEUTRAL, found.change)):
        if estimate is None:
            continue
        decided = (sheet.condition == found.condition) & ~np.isnan(sheet.chose_first)
        for place, code in enumerate(codes):
            members = sheet.clips.in_set(code)
            involved = decided & (members[sheet.first] | members[sheet.second])
            compared = np.unique(np.concatenate([sheet.first[involved], sheet.second[involved]]))
            rows.append(
                {
                    "condition": found.condition,
                    "reference": reference,
                    "scale": estimate.profile.scale,
                    "value": code,
                    **_interval(estimate.profile.theta, place),
                    "df": estimate.profile.theta.df[place],
                    "p_holm": estimate.profile.theta.p_holm[place],
                    "tied_group": estimate.groups.letters[place],
                    "clips": int(members[compared].sum()),
                    "comparisons": int(involved.sum()),
                }
            )
    return rows


def _triad_rows(found: ConditionResult) -> list[Row]:
    return [
        {
            "condition": found.condition,
            "kind": kind,
            "triads": circles.triads,
            "decided": circles.decided,
            "circular": circles.circular,
            "share": circles.share,
            "low": circles.low,
            "high": circles.high,
            "p": circles.p,
        }
        for kind, circles in found.triads.items()
    ]


def _order_rows(found: ConditionResult) -> list[Row]:
    rows: list[Row] = []
    head = {"condition": found.condition}
    if found.probability is not None:
        profile = found.probability.profile
        for effect, interval in (("shown_first", profile.shown_first), ("named_first", profile.named_first)):
            if interval is not None:
                rows.append({**head, "effect": effect, **_interval(interval, 0), "count": profile.comparisons})
    if found.same_clip is not None:
        same = found.same_clip
        ends = {"estimate": same.share, "se": None, "low": same.low, "high": same.high}
        rows.append({**head, "effect": "same_clip", **ends, "count": same.pairs})
    return rows


def _outcome_row(sheet: PairSheet, condition: str) -> Row:
    counts = Counter(sheet.outcome[sheet.condition == condition].tolist())
    kinds = {kind: counts[kind] for kind in (*map(str, Outcome), MISSING)}
    return {"condition": condition, "planned": sum(kinds.values()), **kinds}


def _interval(found: Intervals, place: int) -> Row:
    return {
        "estimate": found.estimate[place],
        "se": found.se[place],
        "low": found.low[place],
        "high": found.high[place],
    }
