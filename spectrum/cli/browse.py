"""`spectrum browse`: let a model scroll a feed, with and without a persona."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spectrum.cli.bench import new_run_folder, show_result, suite_of
from spectrum.cli.browse_options import browse_options, own_options
from spectrum.cli.browse_parts import AskedAs, design_of, read_index, stocked, wide
from spectrum.cli.respondents import cast_of, open_for, persona_options, respondent_options
from spectrum.cli.shared import index_option, quiet_option, seed_option
from spectrum.cli.suites import VIEW_OPTIONS, SuiteChoice, suite_options

if TYPE_CHECKING:
    from agents.catalogue import Catalogue
    from agents.designs import BrowseDesign
    from agents.recommenders import Recommender
    from spectrum.respondents.base import Respondent
    from spectrum.suite import Catalogue as Indexed
    from spectrum.suite import Suite

Command = TypeVar("Command", bound=Callable[..., Any])


@click.command()
@click.argument("respondent")
@index_option(required=True)
@click.option("--items", type=click.Path(path_type=Path), help="Clips and labels of the probes, from spectrum freeze.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder. Default: runs/NAME-DATE.")
@persona_options
@browse_options
@suite_options
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
    choice = SuiteChoice.taken_from(settings, place, protocol="balanced", quick=False, seed=seed)
    # Labels of the feed, unlike the probes', are still made here: only the view is fixed.
    suite = suite_of(items, choice, VIEW_OPTIONS)
    indexed = read_index(index_url)
    catalogue = stocked(indexed, suite, own["exposure_index"], choice, index_url)
    opened = open_for(respondent, settings, wide(suite, indexed, catalogue), cast.personas)
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
    show_result(folder)
    show_feed(folder)


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
    from spectrum.cli.progress import spent_usd, tracked
    from spectrum.frame_cache import FrameCache
    from spectrum.questions import load_bank
    from spectrum.runs.interrupt import Interrupt
    from spectrum.views import view_of
    from video_index.decode import DecoderPool

    clips = {member.clip.clip_id: member.clip for member in suite.clips} | {c.clip_id: c for c in indexed.clips}
    cache = FrameCache()
    with (
        DecoderPool() as pool,
        Interrupt(lambda: click.echo("finishing this slot; Ctrl-C again stops now", err=True)) as interrupt,
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
            lambda clip_id: view_of(clips[clip_id], suite.view, pool.decode, cache),
            config=config,
            deterministic=bool(config["deterministic"]),
            hash_frames=looks,
            until_exhausted=bool(config["until_exhausted"]),
            interrupt=interrupt,
            on_step=lambda step: track.at(step, cost=spent_usd(respondent)),
        )


def show_feed(folder: Path) -> None:
    """Print what the feeds showed and what the agents did there, arm by arm."""
    import pyarrow.parquet as pq
    from rich.console import Console
    from rich.table import Column, Table

    from spectrum.runs.folder import RunFolder

    run = RunFolder(folder)
    actions = pq.read_table(run.tables / "actions.parquet").to_pylist()
    exposure = pq.read_table(run.tables / "exposure.parquet").to_pylist()
    summary = json.loads(run.summary.read_text(encoding="utf-8"))
    console = Console()
    console.print(f"\n{summary['headline']}", markup=False, highlight=False)
    names = ("like", "watch", "skip", "follow", "leave", "none")
    shown = [name for name in names if name in ("like", "skip", "none") or any(row[name] for row in actions)]
    done = Table(
        Column("arm", overflow="fold"), "agents", "slots", *shown, "watched % (model)", box=None, pad_edge=False
    )
    arms = list(dict.fromkeys(row["arm"] for row in actions))
    for arm in arms:
        rows = [row for row in actions if row["arm"] == arm]
        counts = [str(sum(row[name] for row in rows)) for name in ("slots", *shown)]
        watched = [row["watched_share_modelled"] for row in rows if row["watched_share_modelled"] is not None]
        done.add_row(arm, str(len(rows)), *counts, _percent(sum(watched) / len(watched)) if watched else "-")
    console.print("\nIn the feed (watch time is a model of ours, not an observation):")
    console.print(done)
    values = list(dict.fromkeys(row["value"] for row in exposure))
    shares = Table(
        Column("exposure, % of what was shown", overflow="fold", min_width=28), *values, box=None, pad_edge=False
    )
    for arm in arms:
        means = []
        for value in values:
            found = [row["share"] for row in exposure if (row["arm"], row["value"]) == (arm, value)]
            known = [share for share in found if share is not None]
            means.append(_percent(sum(known) / len(known)) if known else "-")
        shares.add_row(arm, *means)
    held = {row["value"]: row["catalogue_share"] for row in exposure}
    shares.add_row("the index", *("-" if held[value] is None else _percent(held[value]) for value in values))
    console.print(shares)
    console.print(f"trace: {run.trace}", markup=False, highlight=False, soft_wrap=True)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
