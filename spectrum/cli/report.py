"""`spectrum report`: print a run's result and write its report.html."""

from collections.abc import Mapping
from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--answers", type=click.Path(path_type=Path), help="Write every ask and answer to this JSONL file too.")
@click.option("--full", is_flag=True, help="Print everything: null ladder, effects, controls, keywords, outcomes, ...")
def report(run: Path, answers: Path | None, full: bool) -> None:
    """Tally RUN as it stands, print the result and write report.html into it; a half-finished run will do.

    The tables lie in RUN/tables as Parquet and CSV; runs of adhere and pairs have tables and no report.html yet. The
    file of --answers can be asked again: recorded:FILE.
    """
    from spectrum.bench.export import export_answers
    from spectrum.errors import RunFolderError

    if not run.is_dir():
        raise RunFolderError(f"there is no run folder at {run}; make one with: spectrum bench")
    shown: Mapping[str, str] | None = None
    match _kind(run):
        case "adhere":
            from personas.tally import tally as tally_adherence
            from spectrum.cli.adhere import show_adherence

            tally_adherence(run)
            show_adherence(run)
        case "pairs":
            from spectrum.cli.pairs import show_pairs
            from spectrum.pairs.sheet import shown_clips

            show_pairs(run)
            shown = shown_clips(run)
        case "browse":
            _show_browse(run, full)
        case _:
            _show_bench(run, full)
    if answers is not None:
        click.echo(f"{export_answers(run, answers, shown)} answers: {answers}")


def _show_bench(run: Path, full: bool) -> None:
    from spectrum.bench.tally import tally
    from spectrum.cli.bench import show_result
    from spectrum.errors import RunFolderError

    try:
        tally(run)
    except RunFolderError as error:
        # A damaged or read-only run still gets a report of what is there; the page says what is missing.
        click.echo(f"spectrum: {error}", err=True)
    show_result(run, full=full)


def _show_browse(run: Path, full: bool) -> None:
    from agents.results import write_results
    from spectrum.cli.bench import show_result
    from spectrum.cli.browse import show_feed

    write_results(run)
    show_result(run, full=full)
    show_feed(run)


def _kind(run: Path) -> str:
    """What the folder's manifest says it is; a folder whose manifest cannot be read is shown as a bench run."""
    from spectrum.errors import RunFolderError
    from spectrum.runs.folder import RunFolder
    from spectrum.runs.manifest import read_manifest

    try:
        return read_manifest(RunFolder(run).manifest).kind
    except RunFolderError:
        return "bench"
