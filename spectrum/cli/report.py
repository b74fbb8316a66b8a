"""`spectrum report`: print a run's result and write its report.html."""

from collections.abc import Mapping
from pathlib import Path

import click

_TALLIES = {
    "bench": ("spectrum.bench.tally", "tally"),
    "browse": ("agents.results", "write_results"),
    "adhere": ("personas.tally", "tally"),
    "pairs": ("spectrum.pairs.tally", "tally"),
}
"""What makes a run's tables anew from its answers, by kind: module and function."""


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--answers", type=click.Path(path_type=Path), help="Write every ask and answer to this JSONL file too.")
@click.option("--full", is_flag=True, help="Print everything: null ladder, effects, controls, keywords, outcomes, ...")
def report(run: Path, answers: Path | None, full: bool) -> None:
    """Tally RUN as it stands, print the result and write report.html into it; a half-finished run will do.

    RUN is any folder that bench, browse, adhere, pairs, compare, calibrate or circumplex wrote; of the last three,
    which asked nothing themselves, the page alone is drawn anew. Tables lie in RUN/tables as Parquet and CSV. The file
    of --answers can be asked again: recorded:FILE.
    """
    from spectrum.bench.export import export_answers
    from spectrum.errors import RunFolderError
    from spectrum.report.html import write_report
    from spectrum.report.pages import kind_of, page_of

    if not run.is_dir():
        raise RunFolderError(f"there is no run folder at {run}; make one with: spectrum bench")
    shown: Mapping[str, str] | None = None
    kind = kind_of(run)
    whole = kind not in _TALLIES or _tally(run, *_TALLIES[kind])
    match kind:
        case "adhere" if whole:
            from spectrum.cli.adhere import show_adherence

            show_adherence(run)
            click.echo(f"report: {write_report(run)}")
        case "pairs" if whole:
            from spectrum.cli.pairs import show_pairs
            from spectrum.pairs.sheet import shown_clips

            show_pairs(run)
            click.echo(f"report: {write_report(run)}")
            shown = shown_clips(run)
        case "browse" if whole:
            from spectrum.cli.bench import show_result
            from spectrum.cli.browse import show_feed

            show_result(run, full=full)
            show_feed(run)
        case "bench":
            from spectrum.cli.bench import show_result

            show_result(run, full=full)
        case _:
            from rich.console import Console

            from spectrum.report.terminal import show_headline

            show_headline(page_of(run), Console())
            click.echo(f"report: {write_report(run)}")
    if answers is not None:
        click.echo(f"{export_answers(run, answers, shown)} answers: {answers}")


def _tally(run: Path, module: str, name: str) -> bool:
    """Whether a run could be tallied; a damaged or read-only one still gets a report of what is there."""
    import importlib

    from video_index.errors import SpectrumError

    try:
        getattr(importlib.import_module(module), name)(run)
    except SpectrumError as error:
        click.echo(f"spectrum: {error}", err=True)
        return False
    return True
