"""`spectrum browse`: let a model scroll a feed, with and without a persona."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.asking import interruptible, new_run_folder, say_estimate
from spectrum.cli.browse_options import browse_options, own_options
from spectrum.cli.browse_parts import AskedAs, design_of, stocked, wide
from spectrum.cli.respondents import cast_of, open_for, persona_options, require_possible, respondent_options
from spectrum.cli.shared import (
    dry_run_option,
    index_option,
    quiet_option,
    read_index,
    run_folder_option,
    seed_option,
)
from spectrum.cli.showing import show_browse
from spectrum.cli.suites import VIEW_OPTIONS, SuiteChoice, SuiteSize, suite_of, suite_options

if TYPE_CHECKING:
    from agents.catalogue import Catalogue
    from agents.designs import BrowseDesign
    from agents.recommenders import Recommender
    from spectrum.respondents.base import Respondent
    from spectrum.suite import Catalogue as Indexed
    from spectrum.suite import Suite

_SIZE = SuiteSize(100)


@click.command()
@click.argument("respondent")
@index_option(required=True)
@click.option("--items", type=click.Path(path_type=Path), help="Clips and labels of the probes, from spectrum freeze.")
@run_folder_option("browse-")
@persona_options
@browse_options
@dry_run_option
@suite_options(_SIZE)
@respondent_options
@seed_option
@quiet_option
def browse(
    respondent: str,
    index_url: str,
    items: Path | None,
    out: Path | None,
    persona_names: tuple[str, ...],
    strategy: str,
    placement: str,
    neutral: bool,
    dry_run: bool,
    seed: int,
    quiet: bool,
    **settings: Any,
) -> None:
    """Let RESPONDENT scroll a feed drawn from the index, as each --persona and without one.

    Feed slots show what the recommender chose, and move it; every n-th slot is a probe that asks the benchmark's
    questions and moves nothing. Every slot goes into a sealed trace: see spectrum replay. A run that was stopped goes
    on with the same command.
    """
    from agents.recommenders import open_recommender
    from agents.recommenders.stored import StoredQdrantFeed

    own = own_options(settings)
    cast = cast_of(persona_names, strategy, placement, neutral)
    recommender: Recommender = open_recommender(own["feed"])
    if own["feed_through_store"]:
        recommender = StoredQdrantFeed.at(index_url, getattr(recommender, "strategy", "best_score"))
    ask_as = AskedAs(strategy, placement)
    design = design_of(own, cast.personas, cast.conditions, neutral, ask_as, seed)
    place = index_url if items is None else None
    choice = SuiteChoice.taken_from(settings, place, _SIZE, seed=seed)
    # Labels of the feed, unlike the probes', are still made here: only the view is fixed.
    suite = suite_of(items, choice, VIEW_OPTIONS)
    indexed = read_index(index_url)
    catalogue = stocked(indexed, suite, own["exposure_index"], choice, index_url)
    known = wide(suite, indexed, catalogue)
    if dry_run:
        require_possible(respondent, settings, known, cast.personas)
        _say_what_would_be_asked(design, suite, indexed, respondent, settings)
        return
    opened = open_for(respondent, settings, known, cast.personas)
    try:
        folder = out or new_run_folder(f"browse-{opened.name}")
        config = {
            "strategy": strategy,
            "personas": [persona.id for persona in cast.personas],
            "targets": {p.id: list(p.target) if p.target is not None else None for p in cast.personas},
            "deterministic": bool(settings["deterministic"]),
            "preset": own["preset"],
            "until_exhausted": own["until_exhausted"],
            "catalogue": indexed.fingerprint,
            "exposure_index": own["exposure_index"] is not None,
            "feed_spec": own["feed"],
            "view": json.dumps(
                {"frames": suite.view.frames, "long_side": suite.view.long_side, "layout": suite.view.layout}
            ),
        }
        looks = not respondent.startswith(("planted:", "recorded:"))
        _walk(folder, design, suite, indexed, catalogue, recommender, opened, config, looks, quiet)
    finally:
        opened.close()
    show_browse(folder)


def _say_what_would_be_asked(
    design: "BrowseDesign", suite: "Suite", indexed: "Indexed", respondent: str, settings: dict[str, Any]
) -> None:
    from agents.estimate import plan_browse
    from spectrum.questions import load_bank

    plan = plan_browse(suite, load_bank(), design, indexed.clips)
    estimate = plan.estimate()
    agents = f"{len(design.agents)} agents in {len(design.arms)} arms"
    say_estimate(
        respondent,
        f"at most, by {agents} on feeds of {len(indexed.clips)} clips",
        plan,
        estimate,
        settings,
        (
            f"arms: {', '.join(arm.name for arm in design.arms)}",
            f"feed slots: {plan.feed_slots}, one ask each; the other asks are of {estimate.groups - plan.feed_slots} "
            "probes",
            f"pictures: {estimate.pictures}, counted once a slot",
        ),
    )


def _walk(
    folder: Path,
    design: "BrowseDesign",
    suite: "Suite",
    indexed: "Indexed",
    catalogue: "Catalogue",
    recommender: "Recommender",
    respondent: "Respondent",
    config: dict[str, Any],
    looks: bool,
    quiet: bool,
) -> None:
    from agents.job import run_job
    from spectrum.cli.costs import within_budget
    from spectrum.cli.progress import spent_usd, tracked
    from spectrum.questions import load_bank

    clips = {member.clip.clip_id: member.clip for member in suite.clips} | {c.clip_id: c for c in indexed.clips}
    with (
        interruptible(suite.view, "this slot") as (view_factory, interrupt),
        within_budget(folder, respondent, quiet=quiet),
        tracked(f"slots of {len(design.agents)} agents", design.episode.slots, quiet=quiet) as track,
    ):
        run_job(
            folder,
            design,
            suite,
            load_bank(),
            catalogue,
            recommender,
            respondent,
            lambda clip_id: view_factory(clips[clip_id]),
            config=config,
            deterministic=bool(config["deterministic"]),
            hash_frames=looks,
            until_exhausted=bool(config["until_exhausted"]),
            interrupt=interrupt,
            on_step=lambda step: track.at(step, cost=spent_usd(respondent)),
        )
