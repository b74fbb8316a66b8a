"""`spectrum report`: print a run's result and write its report.html."""

from collections.abc import Mapping
from pathlib import Path

import click

from spectrum.cli.shared import complain
from spectrum.cli.showing import show_adherence, show_bench, show_browse, show_pairs, tell_report

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
@click.option(
    "--full",
    is_flag=True,
    help="Of bench and browse, print everything: null ladder, effects, controls, keywords, outcomes, ...",
)
def report(run: Path, answers: Path | None, full: bool) -> None:
    """Tally RUN as it stands, print the result and write report.html into it; a half-finished run will do.

    RUN is any folder that bench, browse, adhere, pairs, compare, calibrate or circumplex wrote; of the last three,
    which asked nothing themselves, the page alone is drawn anew. Tables lie in RUN/tables as Parquet and CSV. The file
    of --answers can be asked again: recorded:FILE.
    """
    from spectrum.bench.export import export_answers
    from spectrum.errors import RunFolderError
    from spectrum.report.pages import kind_of, page_of
    from spectrum.report.server_runs import require_result

    if not run.is_dir():
        raise RunFolderError(f"there is no run folder at {run}; make one with: spectrum bench")
    require_result(run)
    shown: Mapping[str, str] | None = None
    kind = kind_of(run)
    whole = kind not in _TALLIES or _tally(run, *_TALLIES[kind])
    match kind:
        case "adhere" if whole:
            show_adherence(run)
        case "pairs" if whole:
            from spectrum.pairs.sheet import shown_clips

            show_pairs(run)
            shown = shown_clips(run)
        case "browse" if whole:
            show_browse(run, full=full)
        case "bench":
            show_bench(run, full=full)
        case _:
            from rich.console import Console

            from spectrum.report.terminal import show_headline

            show_headline(page_of(run), Console())
            tell_report(run)
    if answers is not None:
        click.echo(f"{export_answers(run, answers, shown)} answers: {answers}")


def _tally(run: Path, module: str, name: str) -> bool:
    """Whether a run could be tallied; a damaged or read-only one still gets a report of what is there."""
    import importlib

    from video_index.errors import SpectrumError

    try:
        getattr(importlib.import_module(module), name)(run)
    except SpectrumError as error:
        complain(str(error))
        return False
    return True
