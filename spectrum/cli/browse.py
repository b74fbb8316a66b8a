"""`spectrum browse`: let a model scroll a feed, with and without a persona."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.bench import new_run_folder, show_result, suite_of
from spectrum.cli.respondents import cast_of, open_for, persona_options, respondent_options
from spectrum.cli.shared import index_option, quiet_option, seed_option
from spectrum.cli.suites import SuiteChoice, suite_options

if TYPE_CHECKING:
    from agents.catalogue import Catalogue
    from agents.designs import BrowseDesign
    from agents.recommenders import Recommender
    from spectrum.respondents.base import Respondent
    from spectrum.suite import Suite


@click.command()
@click.argument("respondent")
@index_option(required=True)
@click.option("--items", type=click.Path(path_type=Path), help="Clips and labels from spectrum freeze.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder. Default: runs/NAME-DATE.")
@persona_options
@click.option("--slots", type=click.IntRange(min=1), default=40, show_default=True, help="Slots an episode.")
@click.option("--probe-every", type=click.IntRange(min=0), default=5, show_default=True, help="0: no probes.")
@click.option("--replicates", type=click.IntRange(min=1), default=1, show_default=True, help="Episodes a condition.")
@click.option("--feed", type=click.Choice(["random", "rocchio"]), default="rocchio", show_default=True)
@click.option(
    "--act",
    type=click.Choice(["sample", "argmax"]),
    default="sample",
    show_default=True,
    help="Draw the action from the option probabilities, or take the likeliest.",
)
@click.option("--construct", default="like", show_default=True, help="like, watch or interest.")
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
    slots: int,
    probe_every: int,
    replicates: int,
    feed: str,
    act: str,
    construct: str,
    seed: int,
    quiet: bool,
    **settings: Any,
) -> None:
    """Let RESPONDENT scroll a feed drawn from the index, once without a persona and once with each --persona.

    Feed slots are chosen by the recommender and move it; every n-th slot is a probe that asks the benchmark's
    questions and moves nothing. All is written to a trace that can be verified and replayed.
    """
    from agents.designs import BrowseDesign
    from agents.episode import EpisodeSpec
    from agents.recommenders import open_recommender

    cast = cast_of(persona_names, strategy, placement, neutral)
    place = index_url if items is None else None
    choice = SuiteChoice.taken_from(settings, place, protocol="balanced", quick=False, seed=seed)
    suite = suite_of(items, choice)
    design = BrowseDesign(
        cast.conditions,
        replicates,
        EpisodeSpec(slots, probe_every, seed),
        act,  # type: ignore[arg-type]
        construct,
    )
    opened = open_for(respondent, settings, suite, cast.personas)
    try:
        folder = out or new_run_folder(f"browse-{opened.name}")
        extra = {
            "strategy": strategy,
            "personas": [persona.id for persona in cast.personas],
            "deterministic": bool(settings["deterministic"]),
        }
        walk_and_tally(suite, index_url, design, open_recommender(feed), opened, folder, extra, quiet)
    finally:
        opened.close()
    show_result(folder)
    show_feed(folder)


def walk_and_tally(
    suite: "Suite",
    index_url: str,
    design: "BrowseDesign",
    recommender: "Recommender",
    respondent: "Respondent",
    folder: Path,
    extra: dict[str, Any],
    quiet: bool,
) -> None:
    """Walk all episodes of a design in a run folder, then write tables and summary."""
    from agents.browse import Walk, browse_tables, run_browse
    from agents.designs import design_config
    from agents.probes import plan_probes
    from spectrum.bench.run import begin, browse_manifest
    from spectrum.bench.tally import tally, write_table
    from spectrum.cli.progress import tracked
    from spectrum.frame_cache import FrameCache
    from spectrum.questions import load_bank
    from spectrum.runs.folder import RunFolder
    from spectrum.runs.interrupt import Interrupt
    from spectrum.runs.lock import hold
    from spectrum.runs.store import AnswerStore
    from spectrum.views import view_of
    from video_index.decode import DecoderPool

    bank = load_bank()
    probes = plan_probes(suite, bank, respondent, design)
    catalogue = _catalogue(suite, index_url).without(frozenset().union(*probes.clips.values()))
    clips = {member.clip.clip_id: member.clip for member in suite.clips}
    run = RunFolder(folder)
    cache = FrameCache()
    with hold(folder), DecoderPool() as pool:
        walk = Walk(
            design,
            probes,
            catalogue,
            recommender,
            respondent,
            lambda clip_id: view_of(clips[clip_id], suite.view, pool.decode, cache),
        )
        manifest = browse_manifest(
            suite, bank, probes.fingerprint, design.conditions, respondent, design_config(design, recommender) | extra,
            design.episode.seed, suite.notes,
        )  # fmt: skip
        begin(run, manifest, probes.table().to_batches(), probes.clip_table().to_batches())
        with (
            Interrupt(lambda: click.echo("finishing this slot; Ctrl-C again stops now", err=True)) as interrupt,
            tracked(f"slots of {len(walk.agents)} agents", design.episode.slots, quiet=quiet) as track,
            AnswerStore(run.answers) as store,
        ):
            records = run_browse(
                walk,
                store,
                run.trace,
                deterministic=bool(extra["deterministic"]),
                interrupt=interrupt,
                on_slot=track.at,
            )
        tally(folder)
        for name, table in browse_tables(records, catalogue, suite).items():
            write_table(run.tables / name, table)


def _catalogue(suite: "Suite", index_url: str) -> "Catalogue":
    import numpy as np

    from agents.catalogue import Catalogue
    from video_index.store import open_index

    ids = [member.clip.clip_id for member in suite.clips]
    with open_index(index_url) as index:
        found, vectors = index.vectors(ids)
    order = {clip_id: row for row, clip_id in enumerate(found)}
    rows = [order[clip_id] for clip_id in ids]
    return Catalogue(tuple(ids), vectors[rows], np.array([member.labels for member in suite.clips], dtype=np.float64))


def show_feed(folder: Path) -> None:
    """Print what the feeds showed and what the agents did there."""
    import pyarrow.parquet as pq
    from rich.console import Console
    from rich.table import Table

    from spectrum.runs.folder import RunFolder

    tables = RunFolder(folder).tables
    actions = pq.read_table(tables / "actions.parquet").to_pylist()
    exposure = pq.read_table(tables / "exposure.parquet").to_pylist()
    done = Table("agent", "feed slots", "like", "watch", "skip", "no action", box=None, pad_edge=False)
    for row in actions:
        done.add_row(row["agent"], *(str(row[name]) for name in ("slots", "like", "watch", "skip", "none")))
    console = Console()
    console.print("\nIn the feed (watching is the agent's word, not an observation):")
    console.print(done)
    agents = list(dict.fromkeys(row["agent"] for row in exposure))
    shares = {(row["agent"], row["value"]): row["share"] for row in exposure}
    shown = Table("exposure, % of what was shown", *agents, "catalogue", box=None, pad_edge=False)
    for row in exposure[: len(exposure) // max(1, len(agents))]:
        cells = [_percent(shares[agent, row["value"]]) for agent in agents]
        shown.add_row(row["value"], *cells, _percent(row["catalogue_share"]))
    console.print(shown)
    if any(row["label_source"] == "retrieval" for row in exposure):
        console.print("Labels come from the vectors the feed may rank by: exposure then moves by construction.")
    console.print(f"trace: {RunFolder(folder).trace}", markup=False, highlight=False, soft_wrap=True)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f}"
