"""The page of a calibration: what each gate asks, and every figure with the limits that it is held against."""

from dataclasses import dataclass
from pathlib import Path

from spectrum.report.blocks import Block, Light, Lights, Page, Section, Text
from spectrum.report.evidence import shortened
from spectrum.report.pages.calibration_gates import counted_figures, gate_blocks
from spectrum.report.pages.calibration_planted import planted_clips, recovered
from spectrum.report.result_folder import Row, gathered, read_rows, read_summary
from spectrum.runs.folder import RunFolder
from spectrum.runs.tables import CALIBRATION_METRICS

OPEN = ("recovery", "coverage", "false-positives")
"""Gates that are not folded: does it find what is there, are its intervals right, does it leave the rest alone."""
TITLES = {
    "recovery": "Recovery",
    "mutants": "Broken instruments",
    "confounds": "Confounds",
    "coverage": "Coverage",
    "false-positives": "False positives",
    "blank": "Blank frames",
    "permuted": "Permuted pictures",
    "negation": "Negation",
    "adherence": "Adherence",
    "browse": "Browsing",
}


@dataclass(frozen=True, slots=True)
class GateView:
    """What became of a gate."""

    name: str
    about: str = ""
    passes: bool = False
    figures: int = 0
    missed: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CalibrationSummary:
    """summary.json as the page reads it; newer ones may hold more."""

    headline: str
    gates: tuple[GateView, ...]
    fast: bool = False
    runs: int | None = None
    seed: int | None = None
    version: str = ""


def page(folder: Path) -> Page:
    """The page of a calibration's folder, whole or damaged."""
    run, problems = RunFolder(folder), list[str]()
    summary = read_summary(run.summary, CalibrationSummary, problems)
    tables = read_rows(run.tables, CALIBRATION_METRICS, problems)
    gates = summary.gates if summary else tuple(GateView(name) for name in _named(tables["gates"]))
    sections = [
        *([Section("gates", "The gates", (_lights(gates),))] if summary else []),
        *(section for gate in _opened_first(gates) if (section := _section(gate, tables))),
        *planted_clips(tables["planted_clips"]),
    ]
    return Page(
        kind="calibration",
        title="Calibration on planted respondents",
        facts=_facts(summary),
        headline=(shortened(summary.headline),) if summary else ("What the gates came to cannot be told.",),
        problems=gathered(problems),
        sections=tuple(sections),
    )


def _named(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(row["gate"] for row in rows))


def _opened_first(gates: tuple[GateView, ...]) -> list[GateView]:
    return sorted(gates, key=lambda gate: OPEN.index(gate.name) if gate.name in OPEN else len(OPEN))


def _facts(summary: CalibrationSummary | None) -> str:
    if summary is None:
        return ""
    parts = [f"{sum(gate.figures for gate in summary.gates)} figures with limits"]
    if summary.fast:
        parts.append("fast version")
    if summary.runs is not None:
        parts.append(f"{summary.runs:,} runs a cell")
    if summary.seed is not None:
        parts.append(f"seed {summary.seed}")
    if summary.version:
        parts.append(f"version {shortened(summary.version, 40)}")
    minutes = sum(gate.seconds for gate in summary.gates) / 60
    parts.append(f"took {minutes:.0f} minutes" if minutes >= 1 else "took less than a minute")
    return ", ".join(parts)


def _lights(gates: tuple[GateView, ...]) -> Lights:
    """A light a gate: what it asks, and what it missed."""
    return Lights(
        tuple(
            Light(
                TITLES.get(gate.name, shortened(gate.name, 40)),
                "green" if gate.passes else "red",
                "passes" if gate.passes else "fails",
                f"{shortened(gate.about, 200)}. {_kept(gate)}",
            )
            for gate in gates
        )
    )


def _kept(gate: GateView) -> str:
    if gate.passes or not gate.missed:
        one = "1 figure does" if gate.figures == 1 else f"all {gate.figures} figures do"
        return f"{one[0].upper()}{one[1:]} as they should." if gate.figures != 1 else "Its figure does as it should."
    first = "; ".join(shortened(text, 200) for text in gate.missed[:3])
    further = f"; and {len(gate.missed) - 3} more" if len(gate.missed) > 3 else ""
    return f"{len(gate.missed)} of {gate.figures} figures miss: {first}{further}."


def _section(gate: GateView, tables: dict[str, list[Row]]) -> Section | None:
    rows = [row for row in tables["gates"] if row["gate"] == gate.name]
    if not rows:
        return None
    blocks: list[Block] = [Text(MEANING[gate.name])] if gate.name in MEANING else [Text((f"{gate.about}.",))]
    found = [row for row in tables["false_positives"] if row["gate"] == gate.name]
    blocks += counted_figures(gate.name, found)
    if gate.name == "recovery":
        blocks += recovered(tables["recovery"])
    blocks += gate_blocks(gate.name, rows, {row["test"] for row in found}, tables["coverage"])
    title = TITLES.get(gate.name, shortened(gate.name, 40))
    return Section(f"gate-{gate.name}", title, tuple(blocks), folded=gate.name not in OPEN)


MEANING = {
    "recovery": (
        "Respondents with random known profiles are measured, and their numbers compared with what was planted. A "
        "slope of 1 means that differences come back at their true size; the error ratio says whether reported "
        "standard errors are as large as the real ones. r is printed and never gated: an estimator that shrinks "
        "everything by a third has the same r.",
    ),
    "mutants": (
        "The same, with an instrument that has a part missing: one stem only, yes taken for acceptance, one label a "
        "clip, wordings ignored. Each must miss a limit of the gate it is held against. A limit that a broken "
        "instrument keeps is no limit.",
    ),
    "confounds": (
        "Respondents that like faces, text, bright pictures or a random direction of the clip space, and no value at "
        "all, on sets that differ in it by .2 standard deviations. Between two of them nothing may be found: what both "
        "like equally cancels. Their absolute profiles do find something, which is why a single profile describes "
        "answers to these clips and not what a model values.",
    ),
    "coverage": (
        "A 95% interval must hold the truth 95 times in a hundred. The cells are designs: clips, wordings, yes-bias, "
        "several values a clip, differences. The second mark shows the coverage had it been ignored that wordings are "
        "a sample.",
    ),
    "false-positives": (
        "Respondents that prefer no value. In at most 5% of runs may anything be found; 123 of 2,000 is what chance "
        "allows at 1% (binomial).",
    ),
    "blank": (
        "Answers to blank frames must leave no profile; and where half of a profile shines through, the check must see "
        "it. With 100 clips and sampled answers the check is mostly undecided, not wrong.",
    ),
    "permuted": ("Pictures dealt to other clips must leave no profile.",),
    "negation": (
        "Who understands a negated question must never be said to misunderstand it, and who answers the words alone "
        "must never pass.",
    ),
    "adherence": (
        "Who ignores its personas must be left alone, and who follows them must have the slope that was planted. "
        "Instruments that correlate without centring must be caught.",
    ),
    "browse": (
        "Probe slots must recover a planted preference, with intervals that hold it. On feeds that follow a viewer, "
        "push a value or stand still, nothing may be found beyond chance; and what is pushed must be seen.",
    ),
}
"""What a gate asks, for a reader who has not seen the guide."""
