"""summary.json of a comparison, and the folder a page is drawn from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spectrum.compare.checks import checks_sentence
from spectrum.compare.comparison import Comparison, Pair, Profile
from spectrum.compare.rounds import LEVEL, Sequential, sequential_sentence
from spectrum.compare.rows import Row, difference_rows, group_rows, profile_rows, sequential_rows
from spectrum.compare.sentences import MODELS_CAVEAT, difference_sentence, fail_over_sentence, groups_sentence, headline
from spectrum.errors import RunFolderError
from spectrum.published import (
    Published,
    PublishedAnalysis,
    analyse,
    load_published,
    published_rows,
    published_test_rows,
)
from spectrum.runs.durable import write_durably
from spectrum.runs.folder import RunFolder
from spectrum.runs.table_files import table_of, write_tables
from spectrum.runs.tables import COMPARE_METRICS
from spectrum.values import SCHWARTZ, ValueSystem

FORMAT = 1
KIND = "compare"
Plain = dict[str, Any]


def comparison_summary(comparison: Comparison) -> Plain:
    """What a comparison says, as plain data; see docs/compare.md for the fields."""
    names, codes = comparison.system.names, comparison.system.codes
    sentences = [difference_sentence(pair.difference, pair.decision, names) for pair in comparison.pairs]
    groups = None if comparison.groups is None else groups_sentence(comparison.groups, comparison.grouped)
    most = comparison.options.fail_over
    return {
        **_head(headline(sentences, groups), comparison.system),
        "construct": comparison.joined.construct,
        "measure": comparison.joined.measure,
        "reference": comparison.reference,
        "margin": comparison.options.margin,
        "family": "Holm over the values of all comparisons",
        "checks_sentence": checks_sentence(comparison.joined.contenders),
        "contenders": [_contender(profile) for profile in comparison.profiles],
        "pairs": [_pair(pair, sentence, codes) for pair, sentence in zip(comparison.pairs, sentences, strict=True)],
        "groups_sentence": groups,
        "groups_reason": comparison.groups_reason,
        "groups": None
        if comparison.groups is None
        else [[comparison.grouped[place] for place in group] for group in comparison.groups.overall],
        "shared_items": comparison.shared_items,
        "fail_over": None
        if most is None
        else {
            "most": most,
            "exceeded": [
                {
                    "contender": found.contender,
                    "reference": found.reference,
                    "value": codes[found.value],
                    "estimate": round(found.estimate, 6),
                }
                for found in comparison.exceeded
            ],
            "sentence": fail_over_sentence(comparison),
        },
        "published": published_summary(analyse(load_published())),
    }


def sequential_summary(found: Sequential, system: ValueSystem) -> Plain:
    """What a sequential test says at this point."""
    sentence = sequential_sentence(found, system)
    return {
        **_head(f"{sentence} {MODELS_CAVEAT}", system),
        "status": "done" if found.sequence.decided_at or found.rounds == found.rounds_planned else "unfinished",
        "reference": found.reference,
        "sequential": {
            "contender": found.contender,
            "reference": found.reference,
            "value": LEVEL if found.declared is None else system.codes[found.declared],
            "alpha": found.alpha,
            "decided_at_round": found.sequence.decided_at,
            "rounds": found.rounds,
            "rounds_planned": found.rounds_planned,
            "clips_a_round": found.clips_a_round,
            "sentence": sentence,
        },
    }


def published_summary(analysis: PublishedAnalysis) -> Plain:
    """What the published figures say by themselves."""
    shares, agreement = analysis.shares, analysis.concordance
    return {
        "sentence": analysis.sentence(),
        "surviving_holm": list(analysis.surviving),
        "below_05_with_design_effect_2": list(analysis.surviving_clustered),
        "variance_shares": {
            "model": round(shares.model, 6),
            "value": round(shares.value, 6),
            "rest": round(shares.rest, 6),
            "noise_in_rest": round(shares.noise, 6),
        },
        "kendalls_w": {"w": round(agreement.w, 6), "p": round(agreement.p, 6)},
        "replications": [
            {
                "model": found.model,
                "rho": round(found.correlation.rho, 6),
                "p": round(found.correlation.p, 6),
                "main_mean": found.main_mean,
                "ablation_mean": found.ablation_mean,
            }
            for found in analysis.replications
        ],
    }


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write summary.json and the tables into `folder`; the path of the summary. Raises RunFolderError."""
    tables = {
        "compare_differences": difference_rows(comparison),
        "compare_groups": group_rows(comparison),
        "compare_profiles": profile_rows(comparison),
        **_published_tables(load_published()),
    }
    return _write(folder, comparison_summary(comparison), tables)


def write_sequential(found: Sequential, system: ValueSystem, folder: Path) -> Path:
    """Write a sequential test's summary.json and table into `folder`. Raises RunFolderError."""
    return _write(folder, sequential_summary(found, system), {"compare_sequential": sequential_rows(found, system)})


def write_published(folder: Path) -> Path:
    """Write the published figures and what they say into `folder`. Raises RunFolderError."""
    published = load_published()
    found = published_summary(analyse(published))
    summary = {**_head(str(found["sentence"]), SCHWARTZ), "published": found}
    return _write(folder, summary, _published_tables(published))


def require_own_folder(folder: Path) -> None:
    """Raise RunFolderError where a folder holds something else than a comparison, which writing would spoil."""
    run = RunFolder(folder)
    kind = KIND
    if run.summary.exists():
        try:
            kind = str(json.loads(run.summary.read_text(encoding="utf-8")).get("kind", "bench"))
        except (OSError, ValueError, AttributeError):
            kind = "damaged"
    if run.manifest.exists() or kind != KIND:
        raise RunFolderError(f"{folder} holds a run, not a comparison; choose another folder for --out")


def _head(told: str, system: ValueSystem) -> Plain:
    return {
        "kind": KIND,
        "status": "done",
        "format_version": FORMAT,
        "headline": told,
        "values": [{"code": value.code, "name": value.name} for value in system.values],
    }


def _contender(profile: Profile) -> Plain:
    contender = profile.contender
    return {
        "name": contender.name,
        "run": str(contender.folder),
        "respondent": contender.manifest.respondent.name,
        "condition": contender.condition,
        "asked": int(contender.asked.sum()),
        "answered": int(contender.answered.sum()),
        "framings": [framing.name.lower() for framing in contender.pooling.framings],
        "reason": profile.reason,
        "checks": None
        if contender.lights is None
        else [{"light": one.light, "state": one.state, "text": one.text} for one in contender.lights],
    }


def _pair(pair: Pair, sentence: str, codes: Sequence[str]) -> Plain:
    found, decision = pair.difference.found, pair.decision
    return {
        "contender": pair.difference.contender.name,
        "reference": pair.difference.reference,
        "sentence": sentence,
        "reason": pair.difference.reason,
        "named": [] if decision is None else [codes[value] for value in decision.standing.named],
        "shared_items": pair.sharing.items,
        "items": 0 if found is None else found.items,
        "clips": 0 if found is None else found.clips,
        "wordings": 0 if found is None else found.wordings,
        "conditional_on_wordings": found is not None and found.contrast.conditional_on_wordings,
        "identical": found is not None and found.identical,
        "logit_scale": found is not None and found.logit is not None,
        "notes": list(pair.notes),
    }


def _published_tables(published: Published) -> dict[str, list[Row]]:
    return {"published": published_rows(published), "published_tests": published_test_rows(analyse(published))}


def _write(folder: Path, summary: Plain, tables: dict[str, list[Row]]) -> Path:
    require_own_folder(folder)
    run = RunFolder(folder)
    write_tables(run, {name: table_of(rows, COMPARE_METRICS[name]) for name, rows in tables.items()})
    write_durably(run.summary, as_json(summary).encode())
    return run.summary


def as_json(summary: Plain) -> str:
    """Keys sorted, two blanks of indent, a final newline."""
    return json.dumps(summary, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
