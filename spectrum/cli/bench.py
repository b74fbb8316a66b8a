"""`spectrum bench`: ask a model about the clips and report which values it accepted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.checks import CheckChoice, check_options
from spectrum.cli.respondents import cast_of, open_for, persona_options, respondent_options
from spectrum.cli.shared import index_option, quiet_option, seed_option
from spectrum.cli.suites import (
    PER_VALUE,
    PER_VALUE_QUICK,
    SUITE_OPTIONS,
    SuiteChoice,
    given_options,
    suite_options,
)

if TYPE_CHECKING:
    from spectrum.bench.planned import Plan
    from spectrum.respondents.base import Respondent
    from spectrum.suite import Suite


@click.command()
@click.argument("respondent")
@index_option(required=False)
@click.option("--items", type=click.Path(path_type=Path), help="Clips and labels from spectrum freeze, not an index.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder. Default: runs/NAME-DATE.")
@persona_options
@click.option("--protocol", type=click.Choice(["balanced", "paper"]), default="balanced", show_default=True)
@click.option("--construct", default="like", show_default=True, help="like, watch or interest.")
@click.option("--per-clip", type=click.IntRange(min=1), default=4, show_default=True, help="Wordings a clip.")
@click.option("--crossed", is_flag=True, help="Ask every wording on every clip.")
@click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="Times each ask is put.")
@click.option("--limit", type=click.IntRange(min=1), help="Ask about N clips only, drawn by the seed over the values.")
@click.option("--quick", is_flag=True, help=f"{PER_VALUE_QUICK} clips a value, not {PER_VALUE}: a screening run.")
@click.option("--questions", type=click.Path(path_type=Path), help="Your own question bank (YAML).")
@click.option("--dry-run", is_flag=True, help="Say what would be asked, with calls and tokens; ask nothing.")
@click.option("--reuse", type=click.Path(path_type=Path), metavar="RUN", help="Copy answers to equal asks from a run.")
@click.option("--full", is_flag=True, help="Print everything, not the first screen alone; report --full does it later.")
@check_options
@suite_options
@respondent_options
@seed_option
@quiet_option
def bench(
    respondent: str,
    index_url: str | None,
    items: Path | None,
    out: Path | None,
    persona_names: tuple[str, ...],
    strategy: str,
    placement: str,
    neutral: bool,
    protocol: str,
    construct: str,
    per_clip: int,
    crossed: bool,
    repeats: int,
    limit: int | None,
    quick: bool,
    questions: Path | None,
    dry_run: bool,
    reuse: Path | None,
    full: bool,
    seed: int,
    quiet: bool,
    **settings: Any,
) -> None:
    """Ask RESPONDENT about clips and report which values it accepted, with intervals.

    RESPONDENT is pocket (a small model that comes with the package), hf:FOLDER_OR_NAME, openai:NAME,
    openai:NAME@http://HOST:PORT/v1, another LangChain provider (anthropic:NAME, ...), planted:NAME,
    recorded:FILE.jsonl, or py:MODULE:CLASS. The clips come from --index or from --items. A run that was stopped goes
    on with the same command.
    """
    from spectrum.bench.plan import plan_bench
    from spectrum.questions import load_bank

    choice = SuiteChoice.taken_from(settings, index_url, protocol=protocol, quick=quick, seed=seed)
    checks = CheckChoice.taken_from(settings, quick=quick)
    cast = cast_of(persona_names, strategy, placement, neutral)
    suite = suite_of(items, choice)
    bank = load_bank(questions) if protocol == "balanced" else None
    opened = None if dry_run else open_for(respondent, settings, suite, cast.personas)
    try:
        plan = plan_bench(
            suite,
            bank,
            cast.conditions,
            opened.fingerprint if opened else "dry-run",
            opened.settings if opened else {},
            protocol=protocol,  # type: ignore[arg-type]
            construct=construct,
            per_clip=per_clip,
            crossed=crossed,
            repeats=repeats,
            limit=limit,
            seed=seed,
            own_questions=cast.own_questions if protocol == "paper" else None,
            ladder=checks.ladder,
            write_a_value=checks.write_a_value(opened),
        )
        if opened is None:
            _say_what_would_be_asked(plan, respondent, settings)
            return
        config = {
            "protocol": protocol,
            "construct": construct,
            "per_clip": per_clip,
            "crossed": crossed,
            "repeats": repeats,
            "limit": limit,
            "quick": quick,
            "strategy": strategy,
            "personas": [persona.id for persona in cast.personas],
            "deterministic": bool(settings["deterministic"]),
            **checks.config,
        }
        folder = out or new_run_folder(opened.name)
        _run(plan, opened, folder, config, suite, reuse, quiet)
    finally:
        if opened is not None:
            opened.close()
    show_result(folder, full=full)


def suite_of(items: Path | None, choice: SuiteChoice, fixed: Sequence[str] = SUITE_OPTIONS) -> "Suite":
    """The frozen suite of --items, or one made from --index now.

    `fixed` are the options that a frozen file has already. Raises ConfigError where one of them is given too, and where
    both places or neither is named.
    """
    from spectrum.errors import ConfigError
    from spectrum.suite import load_suite

    if items is not None and choice.index_url is not None:
        raise ConfigError("--items and --index both name the clips; give one of them")
    if items is not None and (given := given_options(fixed)):
        raise ConfigError(f"{items} fixes {' and '.join(given)}; leave it out, or freeze another file with it")
    return load_suite(items) if items is not None else choice.make()


def new_run_folder(name: str) -> Path:
    """`runs/NAME-DATE-TIME` in the current folder, with only plain characters of the name."""
    import re
    from datetime import datetime

    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:60] or "run"
    return Path("runs") / f"{plain}-{datetime.now():%Y%m%d-%H%M%S}"


def show_result(folder: Path, *, full: bool = False) -> None:
    """Print the result (the first screen, or all of it), write the report and say where it is."""
    from rich.console import Console

    from spectrum.report.html import write_report
    from spectrum.report.terminal import show

    show(folder, Console(), full=full)  # first: in a folder that cannot be written there is no report, but a result
    click.echo(f"report: {write_report(folder)}")


def _run(
    plan: "Plan",
    respondent: "Respondent",
    folder: Path,
    config: dict[str, Any],
    suite: "Suite",
    reuse: Path | None,
    quiet: bool,
) -> None:
    from spectrum.bench.run import run_bench
    from spectrum.cli.progress import tracked_asks
    from spectrum.frame_cache import FrameCache
    from spectrum.runs.interrupt import Interrupt
    from spectrum.views import view_of
    from video_index.decode import DecoderPool

    click.echo(f"{len(plan)} asks about {len(plan.members)} clips, run folder {folder}", err=True)
    cache = FrameCache()
    with (
        DecoderPool() as pool,
        Interrupt(lambda: click.echo("finishing what is in flight; Ctrl-C again stops now", err=True)) as interrupt,
        tracked_asks(len(plan), respondent, folder, quiet=quiet) as track,
    ):
        done = run_bench(
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


def _say_what_would_be_asked(plan: "Plan", respondent: str, settings: dict[str, Any]) -> None:
    estimate = plan.estimate()
    click.echo(f"{respondent} would get {estimate.asks} asks in {estimate.groups} groups about {estimate.clips} clips")
    click.echo(f"conditions: {', '.join(condition.name for condition in plan.conditions)}")
    click.echo(f"of the asks, {plan.ladder_asks} check that the answers come from the pictures (--no-null-ladder)")
    click.echo(f"pictures: {estimate.pictures}, counted once a group")
    click.echo(
        f"tokens: about {estimate.tokens_in:,} in, at most {estimate.tokens_out:,} out, if each ask goes out alone"
    )
    if settings["price_in"] is not None and settings["price_out"] is not None:
        cost = (estimate.tokens_in * settings["price_in"] + estimate.tokens_out * settings["price_out"]) / 1e6
        click.echo(f"cost: about {cost:.2f} USD at the prices given")
    for note in plan.suite.notes:
        click.echo(f"note: {note}")
