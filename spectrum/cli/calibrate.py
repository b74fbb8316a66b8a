"""`spectrum calibrate`: the instrument's own report, on planted truth."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectrum.cli.shared import quiet_option, seed_option
from spectrum.cli.showing import tell_report

if TYPE_CHECKING:
    from spectrum.calibration.calibrate import Calibration
    from spectrum.calibration.gate import Gate

_ROOMS = ("spectrum.calibration.gates", "personas.gates", "agents.gates")
"""Modules with a list GATES of their own, in the order their gates run."""

_WIDTH = 200
"""Columns where the output is no terminal: a line a figure."""


@click.command()
@click.option("--fast", is_flag=True, help="Fewer cells and runs, wider limits: under a minute. What the tests run.")
@click.option("--gate", "names", multiple=True, metavar="NAME", help="Only this gate; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path), help="Write summary.json, tables and report.html here.")
@click.option(
    "--runs",
    type=click.IntRange(min=10),
    help="Simulated runs a cell. Default: each gate's own, up to 4000; fewer widen limits by what they leave open.",
)
@click.option("--figures", is_flag=True, help="Print only the figures that have a limit.")
@seed_option
@quiet_option
def calibrate(
    fast: bool, names: tuple[str, ...], out: Path | None, runs: int | None, figures: bool, seed: int, quiet: bool
) -> None:
    """Hold the instrument against planted respondents, whose preferences are known, and against broken instruments.

    Does it recover what was planted? Do 95% intervals hold it 95 times in a hundred? Does it leave respondents alone
    that prefer nothing, or like only faces or text? Prints a line a figure; the exit status is 1 where one misses its
    limit. What each gate is: docs/calibration.md.
    """
    from spectrum.calibration.calibrate import calibrate as run_gates
    from spectrum.calibration.calibrate import write_calibration
    from spectrum.calibration.gate import Effort
    from spectrum.calibration.gates import chosen
    from spectrum.cli.progress import tracked

    gates = chosen(names, known_gates())
    with tracked("calibrating", quiet=quiet) as track:
        cells = 0

        def tell(note: str) -> None:
            nonlocal cells
            cells += 1
            track.at(cells, note)

        found = run_gates(gates, Effort(fast=fast, runs=runs, seed=seed), tell)
    if out is not None:
        write_calibration(out, found)
    _show(found, only_gated=figures)
    if out is not None:
        click.echo(f"tables: {out / 'tables'}")
        tell_report(out)
    if not found.passes:
        raise SystemExit(1)


def known_gates() -> "tuple[Gate, ...]":
    """The gates of every room that has some."""
    import importlib

    return tuple(gate for room in _ROOMS for gate in importlib.import_module(room).GATES)


def _show(found: "Calibration", *, only_gated: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("gate", "cell", "figure", "value", "limit", "runs", "", box=None, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    for figure in found.figures:
        if figure.gated or not only_gated:
            verdict = ""
            if figure.gated:
                kept = "caught" if figure.mutant else "passes"
                verdict = kept if figure.passes else "[bold red]FAILS[/]"
            table.add_row(
                figure.gate,
                figure.cell,
                figure.figure,
                f"{figure.value:.4g}",
                figure.limit,
                f"{figure.runs:,}",
                verdict,
            )
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    console.print(table, highlight=False)
    console.print(found.headline, markup=False, highlight=False)
