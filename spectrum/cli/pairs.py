"""`spectrum pairs`: which of two clips would a model rather watch?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.asking import ask_all, new_run_folder, say_estimate
from spectrum.cli.respondents import cast_of, open_for, persona_options, require_possible, respondent_options
from spectrum.cli.shared import (
    dry_run_option,
    quiet_option,
    reuse_option,
    run_folder_option,
    seed_option,
)
from spectrum.cli.showing import show_pairs
from spectrum.cli.suites import SuiteChoice, SuiteSize, items_or_index, suite_of, suite_options

if TYPE_CHECKING:
    from spectrum.pairs.plan import PairPlan

_SIZE = SuiteSize(100)


@click.command()
@click.argument("suite_or_index", metavar="SUITE_OR_INDEX")
@click.argument("respondent")
@click.option(
    "--pairs", "count", type=click.IntRange(min=1), default=300, show_default=True, help="Pairs, each asked twice."
)
@click.option(
    "--within", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Share of triads within a value."
)
@run_folder_option("pairs-")
@persona_options
@click.option("--questions", type=click.Path(path_type=Path), help="Your own wordings for pairs (YAML).")
@dry_run_option
@reuse_option
@suite_options(_SIZE)
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
    from spectrum.pairs.run import run_pairs

    items, index_url = items_or_index(suite_or_index)
    choice = SuiteChoice.taken_from(settings, index_url, _SIZE, seed=seed)
    cast = cast_of(persona_names, strategy, placement, neutral)
    suite = suite_of(items, choice)
    bank = load_pair_bank(questions)
    if dry_run:
        require_possible(respondent, settings, suite, cast.personas)
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
        folder = out or new_run_folder(f"pairs-{opened.name}")
        ask_all(run_pairs, plan, f"{len(plan.pairs)} pairs", opened, folder, config, quiet=quiet, reuse=reuse)
    finally:
        if opened is not None:
            opened.close()
    show_pairs(folder)


def _say_what_would_be_asked(plan: "PairPlan", respondent: str, settings: dict[str, Any]) -> None:
    estimate = plan.estimate()
    say_estimate(
        respondent,
        f"about {len(plan.pairs)} pairs of {len(plan.members)} clips",
        plan,
        estimate,
        settings,
        (
            f"conditions: {', '.join(condition.name for condition in plan.conditions)}",
            f"pictures: {estimate.pictures}",
        ),
        alone="",
    )
