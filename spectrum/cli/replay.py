"""`spectrum replay`: step through what an agent saw and did, and check that the record is whole."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectrum.cli.shared import read_index

if TYPE_CHECKING:
    from rich.console import Console

    from agents.catalogue import Catalogue
    from agents.replay import Verified
    from agents.trace import AskRecord, SlotRecord


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--agent", default="0", show_default=True, help="Number (from 0) or name of the agent to follow.")
@click.option("--list", "list_agents", is_flag=True, help="List the agents and stop.")
@click.option("--step/--no-step", default=None, help="Wait for Enter after each slot. Default: on a terminal.")
@click.option("--verify-only", is_flag=True, help="Check the run, print no slot.")
@click.option(
    "--index", "index_url", metavar="PLACE", help="Also let the feed choose again, over the index the run drew from."
)
@click.option("--frames", is_flag=True, help="Also decode the clips again and compare every frame's hash.")
@click.option("--parquet", type=click.Path(path_type=Path), help="Write the agent's slots (all agents': --agent all).")
@click.option("--quiet", is_flag=True, help="Print the verdict only.")
def replay(
    run: Path,
    agent: str,
    list_agents: bool,
    step: bool | None,
    verify_only: bool,
    index_url: str | None,
    frames: bool,
    parquet: Path | None,
    quiet: bool,
) -> None:
    """Follow one agent of the browse run in folder RUN slot by slot, after checking the whole trace.

    Checked are: the seal of every line, that each feed state follows from the actions before it, that each draw
    follows from its key and probabilities, and that each reply is the stored one; with --index also every choice of
    the feed, with --frames every picture. A run that was changed is an error that names the place.
    """
    from rich.console import Console

    from agents.replay import agents_in, load_trace, pick_agent
    from agents.stored_catalogue import read_catalogue

    _, trace = load_trace(run)
    if list_agents:
        for number, name in enumerate(agents_in(trace.records)):
            click.echo(f"{number}\t{name}")
        return
    chosen = None if agent == "all" else pick_agent(trace.records, agent)
    records = [record for record in trace.records if chosen in (None, record.agent)]
    catalogue, _ = read_catalogue(run)
    console = Console(highlight=False)
    click.echo(_verdict(run, index_url, frames))
    if parquet is not None:
        import pyarrow.parquet as pq

        from agents.feed_tables import slot_table

        parquet.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(slot_table(records), parquet)
        click.echo(f"{len(records)} slots: {parquet}")
    if verify_only or quiet or chosen is None:
        return
    on_terminal = console.is_terminal and sys.stdin.isatty()
    _follow(records, catalogue, console, on_terminal if step is None else step)


def _verdict(run: Path, index_url: str | None, frames: bool) -> str:
    """Check the run, over the index it drew from too where that is named; what was held against what."""
    from agents.errors import TraceError
    from agents.recommenders import open_recommender
    from agents.replay import verify
    from agents.stock import stock
    from spectrum.runs.folder import RunFolder
    from spectrum.runs.manifest import read_manifest
    from spectrum.views import view_of
    from video_index.clips import ViewSpec
    from video_index.decode import DecoderPool

    if index_url is None:
        if frames:
            raise TraceError("--frames needs the clips: name their index with --index PLACE")
        return _told(verify(run))
    config, indexed = read_manifest(RunFolder(run).manifest).config, read_index(index_url)
    if indexed.fingerprint != config.get("catalogue"):
        raise TraceError(f"{index_url} is not the index that {run} drew from, or has grown since; name that one")
    catalogue, recommender = stock(indexed), open_recommender(str(config["feed_spec"]))
    if not frames:
        return _told(verify(run, catalogue=catalogue, recommender=recommender))
    clips, view = {clip.clip_id: clip for clip in indexed.clips}, ViewSpec(**json.loads(str(config["view"])))
    with DecoderPool() as pool:
        return _told(
            verify(
                run,
                catalogue=catalogue,
                recommender=recommender,
                view_of_clip=lambda clip_id: view_of(clips[clip_id], view, pool.decode),
            )
        )


def _told(found: "Verified") -> str:
    parts = [
        f"{found.records} slots sealed",
        f"{found.states} feed states follow",
        f"{found.draws} draws repeat",
        f"{found.answers} replies are the stored ones",
    ]
    parts += [f"{found.choices} choices repeat"] if found.choices else []
    parts += [f"{found.pictures} slots show the same pixels"] if found.pictures else []
    return f"verified: {', '.join(parts)}"


def _follow(records: "list[SlotRecord]", catalogue: "Catalogue", console: "Console", waits: bool) -> None:
    """Print slot after slot; with `waits`, Enter goes on, a number jumps there, q stops."""
    place = 0
    while place < len(records):
        _show(records[place], records[: place + 1], catalogue, console)
        place += 1
        if waits and place < len(records):
            word = console.input("[dim]Enter: next, NUMBER: go to slot, q: stop[/dim] ").strip().casefold()
            if word == "q":
                return
            if word.isdigit():
                place = min(int(word), len(records) - 1)


def _show(record: "SlotRecord", so_far: "list[SlotRecord]", catalogue: "Catalogue", console: "Console") -> None:
    from agents.replay import exposure_so_far

    row = catalogue.row_of.get(record.clip_id)
    title = catalogue.title(row) if row is not None else ""
    evokes = ""
    if row is not None:
        labels = zip(catalogue.codes, catalogue.labels[row].tolist(), strict=True)
        evokes = " ".join(code for code, label in labels if label >= 0.5)
    head = f"slot {record.slot} {record.kind} {record.phase}".rstrip()
    console.print(f"{head}  clip {record.clip_id[:12]}  {title!r}  evokes: {evokes or '-'}", markup=False)
    if record.kind == "probe":
        for ask in record.asks:
            console.print(f"  {ask.prompt!r}\n    -> {ask.reply!r} ({ask.outcome}){_masses(ask)}", markup=False)
        return
    ask = record.asks[0]
    chosen = f"{record.recommender}"
    if record.propensity is not None:
        chosen += f", score {record.score:.3f}, propensity {record.propensity:.3g} of {record.candidates}"
    console.print(f"  chosen by {chosen}", markup=False)
    console.print(f"  {ask.prompt!r}\n    -> {ask.reply!r} ({ask.outcome}){_masses(ask)}", markup=False)
    share = record.watched_share_modelled
    model = "" if share is None else f"; watched {100 * share:.0f}% (a model)"
    console.print(f"  did: {record.action or 'nothing readable'} ({record.drawn}){model}", markup=False)
    shares = exposure_so_far(so_far, catalogue)
    top = sorted(zip(catalogue.codes, shares.tolist(), strict=True), key=lambda pair: -pair[1])[:3]
    console.print("  shown so far: " + ", ".join(f"{code} {100 * share:.0f}%" for code, share in top), markup=False)


def _masses(ask: "AskRecord") -> str:
    if ask.probabilities is None:
        return ""
    return "  " + " ".join(f"{option} {mass:.2f}" for option, mass in zip(ask.options, ask.probabilities, strict=True))
