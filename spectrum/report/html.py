"""One self-contained HTML file of a run: no network, no script, everything escaped."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from spectrum.report.forest import forest
from spectrum.report.gallery import shelves
from spectrum.report.read_run import RunView, read_run
from spectrum.report.words import LIGHT_NAMES, LIGHT_STATES, ends, level_text, p_text, percent, points
from spectrum.runs.manifest import write_durably

OUTCOMES = ("choice", "refused", "unparsed", "truncated", "error", "missing")


def write_report(folder: Path) -> Path:
    """Write report.html into a run folder, from the folder alone; returns its path.

    A half-finished, empty or damaged folder gives a report of what is there that says what is missing.
    Raises RunFolderError where there is no such folder, or it cannot be written.
    """
    run = read_run(folder)
    write_durably(run.folder.report, render(run).encode())
    return run.folder.report


def render(run: RunView) -> str:
    """The report's text."""
    environment = Environment(
        loader=PackageLoader("spectrum.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "points": points,
        "ends": ends,
        "percent": percent,
        "p": p_text,
        "level": level_text,
    }
    return environment.get_template("report.html.j2").render(_context(run)) + "\n"


def _context(run: RunView) -> dict[str, Any]:
    summary = run.summary
    values = summary.values if summary else ()
    conditions = summary.conditions if summary else ()
    return {
        "run": run,
        "title": summary.respondent if summary else run.folder.root.name,
        "summary": summary,
        "values": values,
        "names": {value.code: value.name for value in values} | {"all": "All asks", "control": "Controls"},
        "profiles": {name: run.profile(name) for name in conditions},
        "logit": {
            name: {
                row["value"]: row
                for row in run.rows(
                    "profile", condition=name, construct=run.construct, measure="written", scale="logit"
                )
            }
            for name in conditions
        },
        "paper": {name: {row["value"]: row for row in run.rows("paper", condition=name)} for name in conditions},
        "contrasts": {name: run.contrast(name) for name in run.personas},
        "figure": forest(values, {name: run.profile(name) for name in (run.main_condition, *run.personas)})
        if summary
        else None,
        "outcomes": OUTCOMES,
        "light_names": LIGHT_NAMES,
        "light_states": LIGHT_STATES,
        "shelves": list(shelves(run)) if summary else [],
        "manifest_text": json.dumps(run.manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
        if run.manifest
        else None,
    }
