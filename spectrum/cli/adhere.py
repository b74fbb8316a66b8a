"""`spectrum adhere`: does a model follow the personas it is given?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.respondents import respondent_options
from spectrum.cli.shared import index_option, quiet_option, seed_option
from spectrum.cli.suites import SuiteChoice, suite_options

if TYPE_CHECKING:
    from personas.casting import Casting
    from personas.persona import Persona
    from spectrum.bench.planned import Plan
    from spectrum.respondents.base import Respondent
    from spectrum.suite import Suite

PER_VALUE, PER_VALUE_QUICK = 20, 8
"""Clips a value: personas are many, and each is asked about every clip."""
POCKET = "pocket"


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
@click.option("--tier", type=click.Choice(["named", "described", "biography", "none"]), help="Personas of this tier.")
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
@click.option("--items", type=click.Path(path_type=Path), help="Clips and labels from spectrum freeze, not an index.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder. Default: runs/adhere-NAME-DATE.")
@click.option("--construct", default="like", show_default=True, help="like, watch or interest.")
@click.option("--per-clip", type=click.IntRange(min=1), default=2, show_default=True, help="Wordings a clip and block.")
@click.option("--crossed", is_flag=True, help="Ask every wording on every clip.")
@click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="Times each ask is put.")
@click.option("--limit", type=click.IntRange(min=1), help="Ask about N clips only, drawn by the seed over the values.")
@click.option("--quick", is_flag=True, help=f"{PER_VALUE_QUICK} clips a value, not {PER_VALUE}: a first look.")
@click.option("--questions", type=click.Path(path_type=Path), help="Your own question bank (YAML).")
@click.option("--dry-run", is_flag=True, help="Say what would be asked, with calls and tokens; ask nothing.")
@suite_options
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
    from personas.plan import AskedOf, plan_adherence
    from spectrum.questions import load_bank
    from spectrum.report.html import write_report

    settings["per_value"] = settings["per_value"] or (PER_VALUE_QUICK if quick else PER_VALUE)
    settings["controls"] = settings["controls"] or 0
    chosen = _chosen(names, tier, first)
    casting = told = _cast(chosen, strategies, arms)
    suite = _suite(respondent, clips, index_url, items, settings, seed)
    if respondent.startswith("planted:"):
        casting = _cast(_planted(respondent, chosen, suite), strategies, arms)
    opened = None if dry_run else _open(respondent, settings, suite, told)
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
            _say_what_would_be_asked(plan, casting, respondent)
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
        folder = out or _new_folder(opened.name)
        _run(plan, casting, opened, folder, config, suite, quiet)
    finally:
        if opened is not None:
            opened.close()
    show_adherence(folder)
    click.echo(f"report: {write_report(folder)}")


def show_adherence(folder: Path) -> None:
    """Print the result of a tallied run: headline, table, and where the data lie."""
    import json

    from personas.tally import LINES
    from spectrum.runs.folder import RunFolder

    run = RunFolder(folder)
    summary = json.loads(run.summary.read_text(encoding="utf-8"))
    click.echo(summary["headline"])
    click.echo()
    click.echo((folder / LINES).read_text(encoding="utf-8").rstrip())
    for note in summary["notes"]:
        click.echo(f"note: {note}")
    click.echo(f"tables: {run.tables}")


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
    from spectrum.cli.respondents import best_known
    from spectrum.respondents.registry import parse_spec

    return list(in_acceptance(personas, best_known(suite), parse_spec(respondent).options))


def _open(respondent: str, settings: dict[str, Any], suite: "Suite", told: "Casting") -> "Respondent":
    """Open it; a planted one learns the target of every condition."""
    from dataclasses import replace

    from spectrum.cli.respondents import open_for

    return open_for(respondent, settings, suite, tuple(replace(role.persona, id=role.condition) for role in told.roles))


def _suite(
    respondent: str, clips: str | None, index_url: str | None, items: Path | None, settings: dict[str, Any], seed: int
) -> "Suite":
    """From --clips, --index or --items; the pocket clips for the pocket model where nothing is named."""
    from spectrum.cli.bench import suite_of
    from spectrum.errors import ConfigError

    if clips is not None and (index_url is not None or items is not None):
        raise ConfigError("--clips names the clips already; leave out --index and --items")
    if clips is None and index_url is None and items is None and respondent == POCKET:
        clips = POCKET
    if clips is not None and clips != POCKET:
        index_url, items = (None, Path(clips)) if Path(clips).is_file() else (clips, None)
    if clips == POCKET:
        return _pocket_suite(settings, seed)
    return suite_of(items, SuiteChoice.taken_from(settings, index_url, protocol="balanced", quick=False, seed=seed))


def _pocket_suite(settings: dict[str, Any], seed: int) -> "Suite":
    """The clips that come with the package, with their sidecar truth, in an index that is gone afterwards."""
    import tempfile

    from spectrum.pocket.shipped import clip_folder, embedder_folder
    from video_index.embed import load_embedder
    from video_index.ingest import ingest

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "clips.index"
        ingest(clip_folder(), place, load_embedder(embedder_folder()))
        choice = SuiteChoice.taken_from(settings, str(place), protocol="balanced", quick=False, seed=seed)
        return choice.make()


def _new_folder(name: str) -> Path:
    from spectrum.cli.bench import new_run_folder

    return new_run_folder(f"adhere-{name}")


def _run(
    plan: "Plan",
    casting: "Casting",
    respondent: "Respondent",
    folder: Path,
    config: dict[str, Any],
    suite: "Suite",
    quiet: bool,
) -> None:
    from personas.run import run_adherence
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
        done = run_adherence(
            plan,
            casting,
            respondent,
            folder,
            view_factory=lambda clip: view_of(clip, plan.view, pool.decode, cache),
            config=config,
            deviations=suite.notes,
            deterministic=bool(config["deterministic"]),
            on_progress=track.at,
            interrupt=interrupt,
        )
    if done.stored_before:
        click.echo(f"{done.stored_before} of {done.planned} asks were answered before", err=True)


def _say_what_would_be_asked(plan: "Plan", casting: "Casting", respondent: str) -> None:
    estimate = plan.estimate()
    click.echo(f"{respondent} would get {estimate.asks} asks in {estimate.groups} groups about {estimate.clips} clips")
    click.echo(f"{len(casting.personas)} personas under {', '.join(casting.strategies)}, and nobody")
    click.echo(
        f"tokens: about {estimate.tokens_in:,} in, at most {estimate.tokens_out:,} out, if each ask goes out alone"
    )
    for note in (*casting.skipped, *plan.suite.notes):
        click.echo(f"note: {note}")
