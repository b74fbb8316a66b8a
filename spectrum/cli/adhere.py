"""`spectrum adhere`: does a model follow the personas it is given?"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.asking import ask_all, new_run_folder, say_estimate
from spectrum.cli.respondents import best_known, open_for, require_possible, respondent_options
from spectrum.cli.shared import (
    dry_run_option,
    index_option,
    items_option,
    question_options,
    quiet_option,
    run_folder_option,
    seed_option,
    tier_option,
)
from spectrum.cli.showing import show_adherence
from spectrum.cli.suites import SuiteChoice, SuiteSize, items_or_index, suite_of, suite_options

if TYPE_CHECKING:
    from personas.casting import Casting
    from personas.persona import Persona
    from spectrum.bench.planned import Plan
    from spectrum.suite import Suite

_SIZE = SuiteSize(20, quick=8, controls=0)
"""Small: personas are many, and each is asked about every clip."""
_POCKET = "pocket"


@click.command()
@click.argument("respondent")
@click.option(
    "--personas",
    "names",
    default="library",
    show_default=True,
    metavar="NAMES",
    help="library, pocket, files, or ids of the library, with commas between.",
)
@tier_option
@click.option("--first", type=click.IntRange(min=1), help="Only the first N personas.")
@click.option(
    "--strategies",
    default="simple,isq,profile",
    show_default=True,
    metavar="LIST",
    help="How they are put: simple, simple-json, isq, profile, or a plug-in; NAME@after puts them after the pictures.",
)
@click.option(
    "--arms",
    default="placebo",
    show_default=True,
    metavar="LIST",
    help="Asked beside them: placebo (same length, no values), opposite (the target turned round), or none.",
)
@click.option("--clips", metavar="PLACE", help="Clips: an index, a file from spectrum freeze, or pocket.")
@index_option(required=False)
@items_option
@run_folder_option("adhere-")
@question_options(per_clip=2)
@_SIZE.quick_option("a first look")
@dry_run_option
@suite_options(_SIZE)
@respondent_options
@seed_option
@quiet_option
def adhere(
    respondent: str,
    names: str,
    tier: str | None,
    first: int | None,
    strategies: str,
    arms: str,
    clips: str | None,
    index_url: str | None,
    items: Path | None,
    out: Path | None,
    construct: str,
    per_clip: int,
    crossed: bool,
    repeats: int,
    limit: int | None,
    quick: bool,
    questions: Path | None,
    dry_run: bool,
    seed: int,
    quiet: bool,
    **settings: Any,
) -> None:
    """Ask RESPONDENT about clips as nobody and as every persona, and say which personas it follows.

    RESPONDENT is as for spectrum bench. Every persona is compared with nobody on identical questions, and with the
    other personas: a model that gives everybody the same answers scores nothing, however much it shares with the
    targets. By default 20 clips a value without controls, 2 wordings a clip and block: 8 asks a clip and persona.
    A run that was stopped goes on with the same command.
    """
    from dataclasses import replace

    from personas.plan import AskedOf, plan_adherence
    from personas.run import run_adherence
    from personas.words import forewarning
    from spectrum.questions import load_bank

    chosen = _chosen(names, tier, first)
    casting = told = _cast(chosen, strategies, arms)
    suite = _suite(respondent, clips, index_url, items, settings, quick, seed)
    if respondent.startswith("planted:"):
        casting = _cast(_planted(respondent, chosen, suite), strategies, arms)
    # A planted respondent learns the target of every condition.
    people = tuple(replace(role.persona, id=role.condition) for role in told.roles)
    if dry_run:
        require_possible(respondent, settings, suite, people)
    opened = None if dry_run else open_for(respondent, settings, suite, people)
    asked = AskedOf(construct, None if crossed else per_clip, repeats, limit)
    try:
        plan = plan_adherence(
            suite,
            load_bank(questions),
            casting,
            opened.fingerprint if opened else "dry-run",
            opened.settings if opened else {},
            asked,
            seed=seed,
        )
        if opened is None:
            _say_what_would_be_asked(plan, casting, respondent, settings)
            return
        config = {
            "construct": construct,
            "per_clip": per_clip,
            "crossed": crossed,
            "repeats": repeats,
            "limit": limit,
            "quick": quick,
            "strategies": list(casting.strategies),
            "arms": arms,
            "deterministic": bool(settings["deterministic"]),
        }
        folder = out or new_run_folder(f"adhere-{opened.name}")
        if (warning := forewarning(casting)) is not None:
            click.echo(f"note: {warning}", err=True)
        run = partial(run_adherence, casting=casting)
        ask_all(run, plan, f"{len(plan.members)} clips", opened, folder, config, quiet=quiet)
    finally:
        if opened is not None:
            opened.close()
    show_adherence(folder)


def _chosen(names: str, tier: str | None, first: int | None) -> "list[Persona]":
    from personas.errors import PersonaError
    from personas.library import resolve

    found = resolve(name.strip() for name in names.split(",") if name.strip())
    found = [persona for persona in found if tier in (None, persona.tier)][:first]
    if not found:
        raise PersonaError(f"no persona of {names} is of the tier {tier}")
    return found


def _cast(personas: "list[Persona]", strategies: str, arms: str) -> "Casting":
    from personas.arms import ASKED, Arm
    from personas.casting import cast
    from spectrum.errors import ConfigError

    named = [arm.strip() for arm in arms.split(",") if arm.strip() not in ("", "none")]
    unknown = [arm for arm in named if arm not in ASKED]
    if unknown:
        raise ConfigError(f"--arms takes {', '.join(ASKED)} or none, not {unknown[0]!r}")
    return cast(personas, [name for name in strategies.split(",") if name.strip()], [Arm(arm) for arm in named])


def _planted(respondent: str, personas: "list[Persona]", suite: "Suite") -> "list[Persona]":
    """Targets in the planted respondent's own unit, so that the slope can be held against the truth."""
    from personas.planted_targets import in_acceptance
    from spectrum.respondents.registry import parse_spec

    return list(in_acceptance(personas, best_known(suite), parse_spec(respondent).options))


def _suite(
    respondent: str,
    clips: str | None,
    index_url: str | None,
    items: Path | None,
    settings: dict[str, Any],
    quick: bool,
    seed: int,
) -> "Suite":
    """From --clips, --index or --items; the pocket clips for the pocket model where nothing is named."""
    from spectrum.errors import ConfigError

    if clips is not None and (index_url is not None or items is not None):
        raise ConfigError("--clips names the clips already; leave out --index and --items")
    if clips is None and index_url is None and items is None and respondent == _POCKET:
        clips = _POCKET
    if clips == _POCKET:
        return _pocket_suite(settings, quick, seed)
    if clips is not None:
        items, index_url = items_or_index(clips)
    return suite_of(items, SuiteChoice.taken_from(settings, index_url, _SIZE, quick=quick, seed=seed))


def _pocket_suite(settings: dict[str, Any], quick: bool, seed: int) -> "Suite":
    """The clips that come with the package, with their sidecar truth, in an index that is gone afterwards."""
    import tempfile

    from spectrum.pocket.shipped import clip_folder, embedder_folder
    from video_index.embed import load_embedder
    from video_index.ingest import ingest

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "clips.index"
        ingest(clip_folder(), place, load_embedder(embedder_folder()))
        return SuiteChoice.taken_from(settings, str(place), _SIZE, quick=quick, seed=seed).make()


def _say_what_would_be_asked(plan: "Plan", casting: "Casting", respondent: str, settings: dict[str, Any]) -> None:
    from personas.words import forewarning

    estimate = plan.estimate()
    people = "1 persona" if len(casting.personas) == 1 else f"{len(casting.personas)} personas"
    say_estimate(
        respondent,
        f"in {estimate.groups} groups about {estimate.clips} clips",
        plan,
        estimate,
        settings,
        (f"{people} under {', '.join(casting.strategies)}, and nobody",),
        (forewarning(casting), *casting.skipped),
    )
