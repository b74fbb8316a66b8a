"""`spectrum compare`: which differences between runs, or between a run's conditions, are real."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from spectrum.compare.comparison import Options

LEAST_LIMIT = 0.5
"""Points: a smaller --fail-over is likely a share."""


def _points(ctx: click.Context, option: click.Parameter, most: float | None) -> float | None:
    """Refuse what is likely meant as a share."""
    if most is not None and 0 < most < LEAST_LIMIT:
        raise click.BadParameter(
            f"it is in points: give 5 for five points; {most:g} would be {most:g} of a point (give {LEAST_LIMIT:g} or "
            "more, or 0 for any real difference)"
        )
    return most


@click.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--reference",
    metavar="RUN",
    help="A run's folder, a contender's name, or: panel (the mean of the others). Default: the first.",
)
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    metavar="NAME",
    help="Compare the runs under this condition; may be repeated. Default: neutral, or all conditions of one run.",
)
@click.option("--construct", help="like, watch or interest. Default: like where all runs asked it.")
@click.option(
    "--measure",
    type=click.Choice(["written", "probability"]),
    default="written",
    show_default=True,
    help="Written answers, or option probabilities where they agree with what is written.",
)
@click.option(
    "--fail-over",
    type=click.FloatRange(min=0, max=100),
    callback=_points,
    metavar="POINTS",
    help="Exit with status 1 if a real difference (Holm) of a value is larger than this many points (5: five points).",
)
@click.option(
    "--equivalence",
    type=click.FloatRange(min=0, max=100, min_open=True),
    default=5.0,
    show_default=True,
    metavar="POINTS",
    help="Margin within which a difference counts as none.",
)
@click.option("--sequential", metavar="VALUE", help="Follow one declared difference clip by clip; 'level' is one too.")
@click.option(
    "--alpha",
    type=click.FloatRange(min=0, max=0.5, min_open=True),
    default=0.05,
    show_default=True,
    help="Error of the sequential test at any stopping time.",
)
@click.option(
    "--published", is_flag=True, help="Show the paper's published figures too, or alone where no run is named."
)
@click.option("--out", type=click.Path(path_type=Path), help="Write summary.json, tables and report.html here.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON instead of tables.")
def compare(
    runs: tuple[Path, ...],
    reference: str | None,
    conditions: tuple[str, ...],
    construct: str | None,
    measure: str,
    fail_over: float | None,
    equivalence: float,
    sequential: str | None,
    alpha: float,
    published: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say which differences between RUNS are real, value by value, on the items that they share.

    Each run is compared with the reference, its neutral condition by default; one run alone has its conditions
    compared. Differences are in points of acceptance, relative to each one's own average; the general level is told
    apart. Exit status: 0, or 1 where --fail-over is exceeded, or 2 for a mistake.
    """
    from spectrum.compare.comparison import Options
    from spectrum.compare.summary import require_own_folder
    from spectrum.errors import ConfigError

    if out is not None:
        require_own_folder(out)
    options = Options(
        reference=reference,
        conditions=conditions,
        construct=construct,
        measure=measure,
        margin=equivalence / 100,
        fail_over=None if fail_over is None else fail_over / 100,
    )
    if not runs and not published:
        raise ConfigError("name the runs to compare, such as: spectrum compare runs/a runs/b; or give --published")
    if len({run.resolve() for run in runs}) < len(runs):
        raise ConfigError("one run is named twice; a run differs from itself in nothing")
    if not runs:
        _published(out, as_json)
    elif sequential is not None:
        if fail_over is not None or published:
            raise ConfigError("--sequential is a test of its own; give it without --fail-over and --published")
        _sequential(runs, sequential, options, alpha, out, as_json)
    else:
        _compare(runs, options, published, out, as_json)


def _compare(runs: tuple[Path, ...], options: "Options", published: bool, out: Path | None, as_json: bool) -> None:
    from rich.console import Console

    from spectrum.compare.comparison import compare as compare_runs
    from spectrum.compare.summary import comparison_summary, write_comparison
    from spectrum.compare.terminal import show_comparison
    from spectrum.errors import ConfigError

    found = compare_runs(runs, options)

    def show() -> None:
        show_comparison(found, Console())
        if published:
            _show_published()

    _tell(comparison_summary(found), None if out is None else write_comparison(found, out), show, as_json=as_json)
    without = [pair.difference for pair in found.pairs if pair.difference.found is None]
    if options.fail_over is not None and without:
        raise ConfigError(
            f"{without[0].contender.name} and {without[0].reference} cannot be compared, because {without[0].reason}; "
            "so --fail-over cannot pass"
        )
    if found.exceeded:
        raise click.exceptions.Exit(1)


def _sequential(
    runs: tuple[Path, ...], value: str, options: "Options", alpha: float, out: Path | None, as_json: bool
) -> None:
    from spectrum.compare.comparison import follow_declared
    from spectrum.compare.rounds import sequential_sentence
    from spectrum.compare.summary import sequential_summary, write_sequential
    from spectrum.values import SCHWARTZ

    found = follow_declared(runs, value, options, alpha)
    _tell(
        sequential_summary(found, SCHWARTZ),
        None if out is None else write_sequential(found, SCHWARTZ, out),
        lambda: click.echo(sequential_sentence(found, SCHWARTZ)),
        as_json=as_json,
    )


def _published(out: Path | None, as_json: bool) -> None:
    from spectrum.compare.summary import published_summary, write_published
    from spectrum.published import analyse, load_published

    summary = published_summary(analyse(load_published()))
    _tell(summary, None if out is None else write_published(out), _show_published, as_json=as_json)


def _tell(summary: dict[str, Any], written: Path | None, show: Callable[[], None], *, as_json: bool) -> None:
    """Print the summary as JSON, or what `show` prints; where it was written, draw its page too and say where."""
    from spectrum.compare.summary import as_json as json_text
    from spectrum.report.html import write_report

    report = None if written is None else write_report(written.parent)
    if as_json:
        click.echo(json_text(summary), nl=False)
        return
    show()
    if written is not None:
        click.echo(f"summary: {written}")
        click.echo(f"report: {report}")


def _show_published() -> None:
    from rich.console import Console

    from spectrum.compare.terminal import show_published
    from spectrum.published import analyse, load_published
    from spectrum.values import SCHWARTZ

    published = load_published()
    show_published(published, analyse(published), SCHWARTZ, Console())
