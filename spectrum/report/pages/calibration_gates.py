"""One gate's figures: dot plots with limits, and a table of them all."""

from collections.abc import Collection, Sequence

from spectrum.report.blocks import Block, Column, Figure, Fold, Table
from spectrum.report.charts_limits import Dot, limits
from spectrum.report.evidence import shortened
from spectrum.report.result_folder import Row

IN_A_PLOT = 60
"""Dots in one figure; the table has them all."""
COVERAGE = "coverage of 95% intervals"
SCALES = ("probability scale", "logit scale")
WHOLE = {"slope": 1.0, "RMSE / mean reported SE": 1.0, COVERAGE: 0.95}
"""What a sound instrument gives: drawn as a line."""
PLAIN = {
    "slope": "Slope of estimated on planted numbers",
    "RMSE / mean reported SE": "Real errors over reported ones",
    COVERAGE: "Coverage of 95% intervals",
}


def counted_figures(gate: str, rows: Sequence[Row]) -> list[Block]:
    """Runs in which something was found where nothing is, in per cent, with how many are allowed."""
    held = [_counted(row["cell"], row["test"], row) for row in rows if row["gated"] and row["runs"]]
    # Tests that are only printed are about the same cells: a row a test shows how far they lie apart.
    printed = [_counted(row["test"], row["cell"], row) for row in rows if not row["gated"] and row["runs"]]
    made: list[Figure | None] = [
        limits(
            f"found-{gate}",
            "Runs in which something was found",
            "Per cent of simulated runs, none of which has anything to find. The band is what is allowed; thin lines "
            "are 95% intervals of the simulation.",
            held[:IN_A_PLOT],
            axis="per cent of runs",
            reference=5.0,
            zero=True,
        ),
        limits(
            f"printed-{gate}",
            "The same for what carries no claim",
            "Printed and not gated: what is found in absolute profiles, and in differences between respondents that do "
            "not like the same thing equally.",
            printed[:IN_A_PLOT],
            axis="per cent of runs",
            zero=True,
        ),
    ]
    return [figure for figure in made if figure is not None]


def _counted(label: str, series: str, row: Row) -> Dot:
    share, most = row["significant"] / row["runs"], row["most"] / row["runs"]
    error = (share * (1 - share) / row["runs"]) ** 0.5
    state = "printed" if not row["gated"] else "keeps" if row["passes"] else "misses"
    return Dot(
        shortened(label, 200),
        shortened(series, 80),
        100 * share,
        None,
        100 * most if row["gated"] else None,
        100 * error,
        state,
    )


def gate_blocks(gate: str, rows: Sequence[Row], counted: Collection[str], coverage: Sequence[Row]) -> list[Block]:
    """A dot plot a kind of figure that has limits and several cells, and a folded table of every figure."""
    kinds = dict.fromkeys(row["figure"] for row in rows if row["gated"] and row["figure"] not in counted)
    blocks: list[Block] = []
    for number, kind in enumerate(kinds):
        chosen = [row for row in rows if row["figure"] == kind and row["gated"] and row["value"] is not None]
        dots = [_dot(row) for row in chosen]
        if gate == "coverage" and kind == COVERAGE:
            dots = [
                *(Dot(dot.label, "as reported", dot.value, dot.low, dot.high, dot.error, dot.state) for dot in dots),
                *_ignored(coverage),
            ]
        if len(chosen) < 2:
            continue
        figure = limits(
            f"{gate}-{number}",
            PLAIN.get(kind, shortened(f"{kind[:1].upper()}{kind[1:]}", 160)),
            _caption(chosen, len(dots)),
            dots[:IN_A_PLOT],
            axis=shortened(kind, 80),
            reference=WHOLE.get(kind),
        )
        if figure is not None:
            blocks.append(figure)
    return [*blocks, Fold(f"All figures of this gate ({len(rows)})", (_table(rows),))]


def _caption(rows: Sequence[Row], dots: int) -> str:
    rule = (
        "A broken instrument's number must lie outside the band"
        if all(row["mutant"] for row in rows)
        else "The band is what is allowed"
    )
    runs = sorted({row["runs"] for row in rows if row["runs"]})
    many = (
        f"; {runs[0]:,} to {runs[-1]:,} runs a cell" if len(runs) > 1 else f"; {runs[0]:,} runs a cell" if runs else ""
    )
    errors = "; thin lines are 95% intervals of the simulation" if any(row["error"] for row in rows) else ""
    left = f". {dots - IN_A_PLOT} further are in the table" if dots > IN_A_PLOT else ""
    return f"{rule}{errors}{many}{left}."


def _dot(row: Row) -> Dot:
    label, series = row["cell"], row["figure"]
    for scale in SCALES:
        if f", {scale}" in label:
            label, series = label.replace(f", {scale}", ""), scale
    state = ("keeps" if row["passes"] else "misses") if row["gated"] else "printed"
    return Dot(shortened(label, 200), shortened(series, 80), row["value"], row["low"], row["high"], row["error"], state)


def _ignored(rows: Sequence[Row]) -> list[Dot]:
    return [
        Dot(shortened(row["cell"], 200), "had the wordings been ignored", row["clip_only"], None, None, None, "printed")
        for row in rows
        if row["clip_only"] is not None
    ]


def _table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("Cell", "left", grows=True),
        Column("Figure", "left", grows=True),
        Column("Value"),
        Column("Limit", "left"),
        Column("Runs"),
        Column("Simulation error"),
        Column("", "left"),
    )
    cells = tuple(
        (
            shortened(row["cell"], 300),
            shortened(row["figure"], 200),
            "none" if row["value"] is None else f"{row['value']:.4g}",
            shortened(row["limit"] or "-", 80),
            f"{row['runs']:,}" if row["runs"] is not None else "-",
            "-" if row["error"] is None else f"{row['error']:.2g}",
            _verdict(row),
        )
        for row in rows
    )
    return Table(columns, cells, "Every figure with its limit.", filtered=len(rows) > 12)


def _verdict(row: Row) -> str:
    if not row["gated"]:
        return "printed"
    if row["mutant"]:
        return "caught" if row["passes"] else "NOT CAUGHT"
    return "keeps it" if row["passes"] else "MISSES IT"
