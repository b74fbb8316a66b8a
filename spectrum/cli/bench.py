"""`spectrum bench`: ask a model about the clips and report which values it accepted."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.asking import ask_all, new_run_folder, say_estimate
from spectrum.cli.checks import CheckChoice, check_options
from spectrum.cli.respondents import cast_of, open_for, persona_options, require_possible, respondent_options
from spectrum.cli.shared import (
    dry_run_option,
    index_option,
    items_option,
    protocol_option,
    question_options,
    quiet_option,
    reuse_option,
    run_folder_option,
    seed_option,
)
from spectrum.cli.showing import show_bench
from spectrum.cli.suites import BENCH_SIZE, SuiteChoice, suite_of, suite_options

if TYPE_CHECKING:
    from spectrum.bench.planned import Plan


@click.command()
@click.argument("respondent")
@index_option(required=False)
@items_option
@run_folder_option()
@persona_options
@protocol_option
@question_options(per_clip=4)
@BENCH_SIZE.quick_option("a screening run")
@dry_run_option
@reuse_option
@click.option("--full", is_flag=True, help="Print everything, not the first screen alone; report --full does it later.")
@check_options
@suite_options(BENCH_SIZE)
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
    from spectrum.bench.run import run_bench
    from spectrum.questions import load_bank

    choice = SuiteChoice.taken_from(settings, index_url, BENCH_SIZE, protocol=protocol, quick=quick, seed=seed)
    checks = CheckChoice.taken_from(settings, quick=quick)
    cast = cast_of(persona_names, strategy, placement, neutral)
    suite = suite_of(items, choice)
    bank = load_bank(questions) if protocol == "balanced" else None
    if dry_run:
        require_possible(respondent, settings, suite, cast.personas)
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
        ask_all(run_bench, plan, f"{len(plan.members)} clips", opened, folder, config, quiet=quiet, reuse=reuse)
    finally:
        if opened is not None:
            opened.close()
    show_bench(folder, full=full)


def _say_what_would_be_asked(plan: "Plan", respondent: str, settings: dict[str, Any]) -> None:
    estimate = plan.estimate()
    say_estimate(
        respondent,
        f"in {estimate.groups} groups about {estimate.clips} clips",
        plan,
        estimate,
        settings,
        (
            f"conditions: {', '.join(condition.name for condition in plan.conditions)}",
            f"of the asks, {plan.ladder_asks} check that the answers come from the pictures (--no-null-ladder)",
            f"pictures: {estimate.pictures}, counted once a group",
        ),
    )
