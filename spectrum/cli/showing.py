"""What a finished run prints, by its kind: the result, and where report and tables lie."""

import json
from pathlib import Path
from typing import Any

import click

from spectrum.cli.asking import gathered


def show_bench(folder: Path, *, full: bool = False) -> None:
    """Print the result (the first screen, or all of it), write the report and say where it is."""
    from rich.console import Console

    from spectrum.report.terminal import show

    show(folder, Console(), full=full)  # first: in a folder that cannot be written there is no report, but a result
    tell_report(folder)


def show_browse(folder: Path, *, full: bool = False) -> None:
    """Print what the probes came to as a bench's result, and below it what happened in the feeds."""
    show_bench(folder, full=full)
    _show_feed(folder)


def show_pairs(folder: Path) -> None:
    """Print what a tallied pairs run says, and where it lies."""
    from spectrum.pairs.terminal import pair_lines

    for line in pair_lines(_summary(folder), folder):
        click.echo(line)
    tell_report(folder)


def show_adherence(folder: Path) -> None:
    """Print the result of a tallied adherence run: headline, table, and where it lies."""
    from personas.tally import LINES
    from spectrum.runs.folder import RunFolder

    summary = _summary(folder)
    click.echo(summary["headline"])
    click.echo()
    click.echo((folder / LINES).read_text(encoding="utf-8").rstrip())
    for note in gathered(summary["notes"]):
        click.echo(f"note: {note}")
    click.echo(f"tables: {RunFolder(folder).tables}")
    tell_report(folder)


def tell_report(folder: Path) -> None:
    """Write a result folder's report and say where it is."""
    from spectrum.report.html import write_report

    click.echo(f"report: {write_report(folder)}")


def _summary(folder: Path) -> dict[str, Any]:
    from spectrum.runs.folder import RunFolder

    found: dict[str, Any] = json.loads(RunFolder(folder).summary.read_text(encoding="utf-8"))
    return found


def _show_feed(folder: Path) -> None:
    """Print what the feeds showed and what the agents did there, arm by arm."""
    import pyarrow.parquet as pq
    from rich.console import Console
    from rich.table import Column, Table

    from spectrum.runs.folder import RunFolder

    run = RunFolder(folder)
    actions = pq.read_table(run.tables / "actions.parquet").to_pylist()
    exposure = pq.read_table(run.tables / "exposure.parquet").to_pylist()
    console = Console()
    console.print(f"\n{_summary(folder)['headline']}", markup=False, highlight=False)
    names = ("like", "watch", "skip", "follow", "leave", "none")
    shown = [name for name in names if name in ("like", "skip", "none") or any(row[name] for row in actions)]
    done = Table(
        Column("arm", overflow="fold"), "agents", "slots", *shown, "watched % (model)", box=None, pad_edge=False
    )
    arms = list(dict.fromkeys(row["arm"] for row in actions))
    for arm in arms:
        rows = [row for row in actions if row["arm"] == arm]
        counts = [str(sum(row[name] for row in rows)) for name in ("slots", *shown)]
        watched = [row["watched_share_modelled"] for row in rows if row["watched_share_modelled"] is not None]
        done.add_row(arm, str(len(rows)), *counts, _percent(sum(watched) / len(watched)) if watched else "-")
    console.print("\nIn the feed (watch time is a model of ours, not an observation):")
    console.print(done)
    values = list(dict.fromkeys(row["value"] for row in exposure))
    shares = Table(
        Column("exposure, % of what was shown", overflow="fold", min_width=28), *values, box=None, pad_edge=False
    )
    for arm in arms:
        means = []
        for value in values:
            found = [row["share"] for row in exposure if (row["arm"], row["value"]) == (arm, value)]
            known = [share for share in found if share is not None]
            means.append(_percent(sum(known) / len(known)) if known else "-")
        shares.add_row(arm, *means)
    held = {row["value"]: row["catalogue_share"] for row in exposure}
    shares.add_row("the index", *("-" if held[value] is None else _percent(held[value]) for value in values))
    console.print(shares)
    console.print(f"trace: {run.trace}", markup=False, highlight=False, soft_wrap=True)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
