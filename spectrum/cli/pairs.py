"""`spectrum pairs`: which of two clips would a model rather watch?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.respondents import cast_of, open_for, persona_options, respondent_options
from spectrum.cli.shared import quiet_option, seed_option
from spectrum.cli.suites import SuiteChoice, suite_options

if TYPE_CHECKING:
    from spectrum.pairs.plan import PairPlan
    from spectrum.respondents.base import Respondent
    from spectrum.suite import Suite


@click.command()
@click.argument("suite_or_index", metavar="SUITE_OR_INDEX")
@click.argument("respondent")
@click.option(
    "--pairs", "count", type=click.IntRange(min=1), default=300, show_default=True, help="Pairs, each asked twice."
)
@click.option(
    "--within", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Share of triads within a value."
)
@click.option("--out", type=click.Path(path_type=Path), help="Run folder. Default: runs/pairs-NAME-DATE.")
@persona_options
@click.option("--questions", type=click.Path(path_type=Path), help="Your own wordings for pairs (YAML).")
@click.option("--dry-run", is_flag=True, help="Say what would be asked, with calls and tokens; ask nothing.")
@click.option("--reuse", type=click.Path(path_type=Path), metavar="RUN", help="Copy answers to equal asks from a run.")
@suite_options
@respondent_options
@seed_option
@quiet_option
def pairs(
    suite_or_index: str,
    respondent: str,
    count: int,
    within: float,
    out: Path | None,
    persona_names: tuple[str, ...],
    strategy: str,
    placement: str,
    neutral: bool,
    questions: Path | None,
    dry_run: bool,
    reuse: Path | None,
    seed: int,
    quiet: bool,
    **settings: Any,
) -> None:
    """Ask RESPONDENT which of two clips it would rather watch, and report which values win.

    SUITE_OR_INDEX is a file from spectrum freeze, or a clip index (a folder, or http://HOST:PORT/COLLECTION).
    RESPONDENT is as for spectrum bench. Pairs are drawn by the seed, in triads over values (and some within one),
    the same for every respondent; each is shown in both orders. A run that was stopped goes on with the same command.
    """
    from spectrum.pairs.plan import plan_pairs
    from spectrum.pairs.questions import load_pair_bank
    from spectrum.report.html import write_report

    choice = SuiteChoice.taken_from(
        settings,
        None if Path(suite_or_index).is_file() else suite_or_index,
        protocol="balanced",
        quick=False,
        seed=seed,
    )
    cast = cast_of(persona_names, strategy, placement, neutral)
    suite = _suite(suite_or_index, choice)
    bank = load_pair_bank(questions)
    opened = None if dry_run else open_for(respondent, settings, suite, cast.personas)
    try:
        plan = plan_pairs(
            suite,
            bank,
            cast.conditions,
            opened.fingerprint if opened else "dry-run",
            opened.settings if opened else {},
            pairs=count,
            within=within,
            seed=seed,
        )
        if opened is None:
            _say_what_would_be_asked(plan, respondent, settings)
            return
        config = {
            "pairs": count,
            "within": within,
            "strategy": strategy,
            "personas": [persona.id for persona in cast.personas],
            "deterministic": bool(settings["deterministic"]),
        }
        folder = out or _new_folder(opened.name)
        _run(plan, opened, folder, config, suite, reuse, quiet)
    finally:
        if opened is not None:
            opened.close()
    show_pairs(folder)
    click.echo(f"report: {write_report(folder)}")


def show_pairs(folder: Path) -> None:
    """Tally a pairs run and print what it says."""
    from spectrum.pairs.tally import tally
    from spectrum.pairs.terminal import pair_lines

    for line in pair_lines(tally(folder), folder):
        click.echo(line)


def _suite(place: str, choice: SuiteChoice) -> "Suite":
    from spectrum.suite import load_suite

    return load_suite(Path(place)) if choice.index_url is None else choice.make()


def _new_folder(name: str) -> Path:
    from spectrum.cli.bench import new_run_folder

    return new_run_folder(f"pairs-{name}")


def _run(
    plan: "PairPlan",
    respondent: "Respondent",
    folder: Path,
    config: dict[str, Any],
    suite: "Suite",
    reuse: Path | None,
    quiet: bool,
) -> None:
    from spectrum.cli.progress import tracked_asks
    from spectrum.frame_cache import FrameCache
    from spectrum.pairs.run import run_pairs
    from spectrum.runs.interrupt import Interrupt
    from spectrum.views import view_of
    from video_index.decode import DecoderPool

    click.echo(f"{len(plan)} asks about {len(plan.pairs)} pairs, run folder {folder}", err=True)
    cache = FrameCache()
    with (
        DecoderPool() as pool,
        Interrupt(lambda: click.echo("finishing what is in flight; Ctrl-C again stops now", err=True)) as interrupt,
        tracked_asks(len(plan), respondent, folder, quiet=quiet) as track,
    ):
        done = run_pairs(
            plan,
            respondent,
            folder,
            view_factory=lambda clip: view_of(clip, plan.view, pool.decode, cache),
            config=config,
            deviations=suite.notes,
            deterministic=bool(config["deterministic"]),
            reuse=reuse,
            on_progress=track.at,
            interrupt=interrupt,
        )
    if done.stored_before:
        click.echo(f"{done.stored_before} of {done.planned} asks were answered before", err=True)


def _say_what_would_be_asked(plan: "PairPlan", respondent: str, settings: dict[str, Any]) -> None:
    estimate = plan.estimate()
    click.echo(
        f"{respondent} would get {estimate.asks} asks about {len(plan.pairs)} pairs of {len(plan.members)} clips"
    )
    click.echo(f"conditions: {', '.join(condition.name for condition in plan.conditions)}")
    click.echo(f"pictures: {estimate.pictures}")
    click.echo(f"tokens: about {estimate.tokens_in:,} in, at most {estimate.tokens_out:,} out")
    if settings["price_in"] is not None and settings["price_out"] is not None:
        cost = (estimate.tokens_in * settings["price_in"] + estimate.tokens_out * settings["price_out"]) / 1e6
        click.echo(f"cost: about {cost:.2f} USD at the prices given")
    for note in plan.suite.notes:
        click.echo(f"note: {note}")
