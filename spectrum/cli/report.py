"""`spectrum report`: print a run's result and write its report.html."""

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--answers", type=click.Path(path_type=Path), help="Write every ask and answer to this JSONL file too.")
@click.option("--full", is_flag=True, help="Print everything: null ladder, effects, controls, keywords, outcomes, ...")
def report(run: Path, answers: Path | None, full: bool) -> None:
    """Tally RUN as it stands, print the result and write report.html into it; a half-finished run will do.

    The tables lie in RUN/tables as Parquet and CSV. The file of --answers can be asked again: recorded:FILE.
    """
    from spectrum.bench.export import export_answers
    from spectrum.bench.tally import tally
    from spectrum.cli.bench import show_result
    from spectrum.errors import RunFolderError

    if not run.is_dir():
        raise RunFolderError(f"there is no run folder at {run}; make one with: spectrum bench")
    kind = _kind(run)
    if kind == "adhere":
        from personas.tally import tally as tally_adherence
        from spectrum.cli.adhere import show_adherence

        tally_adherence(run)
        show_adherence(run)
        if answers is not None:
            click.echo(f"{export_answers(run, answers)} answers: {answers}")
        return
    if kind == "pairs":
        from spectrum.cli.pairs import show_pairs
        from spectrum.pairs.sheet import shown_clips

        show_pairs(run)
        if answers is not None:
            click.echo(f"{export_answers(run, answers, shown_clips(run))} answers: {answers}")
        return
    try:
        tally(run)
    except RunFolderError as error:
        # A damaged or read-only run still gets a report of what is there; the page says what is missing.
        click.echo(f"spectrum: {error}", err=True)
    show_result(run, full=full)
    if answers is not None:
        click.echo(f"{export_answers(run, answers)} answers: {answers}")


def _kind(run: Path) -> str:
    """What the folder's manifest says it is; a folder whose manifest cannot be read is shown as a bench run."""
    from spectrum.errors import RunFolderError
    from spectrum.runs.folder import RunFolder
    from spectrum.runs.manifest import read_manifest

    try:
        return read_manifest(RunFolder(run).manifest).kind
    except RunFolderError:
        return "bench"
