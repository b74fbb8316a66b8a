"""`spectrum index`: put clips into an index."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectrum.cli.shared import (
    DEFAULT_EMBEDDER,
    embedder_option,
    index_option,
    quiet_option,
    seed_option,
)
from spectrum.cli.sources import tell_of_source

if TYPE_CHECKING:
    from video_index.embed import Embedder
    from video_index.embedding_cache import EmbeddingCache
    from video_index.ingest import IngestSummary


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@index_option(required=True)
@embedder_option(f"Default: the index's own, {DEFAULT_EMBEDDER} for a new index.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and how long it would take; index nothing.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Take N files only, drawn by the seed.")
@seed_option
@click.option("--workers", type=click.IntRange(min=1), help="Processes that decode. Default: one a core.")
@click.option("--batch", type=click.IntRange(min=1), default=16, show_default=True, help="Clips stored at once.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds a clip may take to decode.",
)
@click.option("--retry-quarantined", is_flag=True, help="Try files again that could not be used before.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that keeps embeddings by the clips' bytes, for the next index of them. Default: "
    "$VALUE_SPECTRUM_CACHE, or value-spectrum in the user's cache folder.",
)
@click.option(
    "--cache-limit",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    metavar="GIB",
    help="Most GiB kept there; 0 for none.",
)
@quiet_option
def index(
    source: Path,
    index_url: str,
    embedder: str | None,
    dry_run: bool,
    sample: int | None,
    seed: int,
    workers: int | None,
    batch: int,
    time_limit: float,
    retry_quarantined: bool,
    cache: Path | None,
    cache_limit: float,
    quiet: bool,
) -> None:
    """Put SOURCE into a clip index: a folder, a manifest (CSV, TSV, JSONL, Parquet), a WebDataset .tar shard or a file.

    Videos and stills are decoded, embedded and stored. A second run does no work that is done; a run that was
    stopped goes on. Files that cannot be used are quarantined with the reason, and the rest goes on. Bytes that
    this embedder has seen before, for whichever index, are taken from the cache.
    """
    from spectrum.cli.progress import tracked
    from spectrum.runs.interrupt import Interrupt
    from video_index.ingest import ingest

    tell_of_source(source)
    if dry_run:
        _say_what_would_be_done(source, index_url, embedder, workers, sample, seed, time_limit)
        return
    with (
        _opened_cache(cache, cache_limit) as kept,
        tracked("clips", quiet=quiet) as track,
        Interrupt(_stopping) as interrupt,
    ):
        summary = ingest(
            source,
            index_url,
            _loader(embedder, index_url),
            workers=workers,
            batch=batch,
            sample=sample,
            seed=seed,
            time_limit_s=time_limit,
            retry_quarantined=retry_quarantined,
            progress=lambda state: track.at(state.done, f"{state.quarantined} quarantined", state.total),
            stop=lambda: interrupt.requested,
            cache=kept,
        )
    _report(summary, index_url)
    if kept is not None and kept.problem is not None:
        click.echo(kept.problem, err=True)
    if summary.stopped:
        raise SystemExit(interrupt.exit_status)


def _loader(spec: str | None, index_url: str) -> "Embedder | Callable[[], Embedder]":
    """What loads the embedder, so that a run with nothing to do loads none; another one than the index's is loaded
    at once, because whether it fits shows only then. The index is looked at now: it is locked while clips go in."""
    from video_index.embed import load_embedder
    from video_index.errors import IndexNotFoundError
    from video_index.store import open_index

    try:
        with open_index(index_url) as index:
            made_with = index.meta.embedder
    except IndexNotFoundError:
        made_with = None
    chosen = spec or made_with or DEFAULT_EMBEDDER
    if made_with not in (None, chosen, f"local-dir:{Path(chosen).resolve()}"):
        return load_embedder(chosen)
    return lambda: load_embedder(chosen)


def _opened_cache(folder: Path | None, limit_gib: float) -> "AbstractContextManager[EmbeddingCache | None]":
    from video_index.embedding_cache import EmbeddingCache

    limit = int(limit_gib * (1 << 30))
    return EmbeddingCache(folder, limit) if limit > 0 else nullcontext()


def _stopping() -> None:
    click.echo("stopping after the clips in hand; press Ctrl-C again to stop now", err=True)


def _report(summary: "IngestSummary", index_url: str) -> None:
    parts = [f"{summary.indexed} indexed"]
    for count, what in (
        (summary.already, "already there"),
        (summary.updated, "with new metadata"),
        (summary.duplicates, "the same bytes as another clip"),
        (len(summary.quarantined), "quarantined"),
    ):
        if count:
            parts.append(f"{count} {what}")
    click.echo(f"{summary.found} files: {', '.join(parts)}, in {summary.seconds:.1f} s")
    if summary.reused:
        click.echo(f"{summary.reused} of the indexed clips were known to the embedding cache")
    if summary.near_duplicates:
        click.echo(f"{summary.near_duplicates} clips of the index are marked as near-duplicates of an earlier one")
    for item in summary.quarantined[:20]:
        click.echo(f"  {item.path}: {item.reason}")
    if len(summary.quarantined) > 20:
        click.echo(f"  and {len(summary.quarantined) - 20} more:")
        for reason, count in Counter(item.reason for item in summary.quarantined[20:]).most_common():
            click.echo(f"    {count} x {reason}")
    if summary.stopped:
        click.echo(f"stopped early; run the same command again to go on (index: {index_url})")


def _say_what_would_be_done(
    source: Path, index_url: str, embedder: str | None, workers: int | None, sample: int | None, seed: int, limit: float
) -> None:
    from video_index.ingest_plan import plan_ingest

    plan = plan_ingest(
        source,
        index_url,
        _loader(embedder, index_url),
        workers=workers,
        sample=sample,
        seed=seed,
        time_limit_s=limit,
    )
    click.echo(f"{plan.found} files: {plan.videos} videos, {plan.images} stills")
    click.echo(f"{plan.already} are in the index already, {plan.quarantined} in its quarantine, {plan.to_do} are to do")
    if plan.seconds is not None:
        click.echo(
            f"that would take about {plan.seconds:.0f} s (measured on {plan.timed} of them); nothing was indexed"
        )
