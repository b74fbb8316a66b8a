"""`spectrum search`: find clips in an index."""

from typing import TYPE_CHECKING

import click

from spectrum.cli.shared import embedder_option, index_embedder, index_option

if TYPE_CHECKING:
    from video_index.search import SearchHit


@click.command()
@click.argument("text", required=False)
@index_option(required=True)
@click.option("--clip", metavar="ID", help="Find clips near this one instead of near a text.")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="Clips to show, at most.")
@click.option("--platform", "platforms", multiple=True, help="Only clips of this platform; may be repeated.")
@click.option("--from", "posted_from", metavar="DATE", help="Only clips posted on or after YYYY-MM-DD.")
@click.option("--to", "posted_to", metavar="DATE", help="Only clips posted on or before YYYY-MM-DD.")
@click.option("--min-seconds", type=click.FloatRange(min=0), help="Only clips at least this long.")
@click.option("--max-seconds", type=click.FloatRange(min=0), help="Only clips at most this long.")
@embedder_option("Default: the one the index was made with.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def search(
    text: str | None,
    index_url: str,
    clip: str | None,
    limit: int,
    platforms: tuple[str, ...],
    posted_from: str | None,
    posted_to: str | None,
    min_seconds: float | None,
    max_seconds: float | None,
    embedder: str | None,
    as_json: bool,
) -> None:
    """Find the clips nearest to TEXT, or to another clip, best first; equal scores in the order of clip ids."""
    if (text is None) == (clip is None):
        raise click.UsageError("give a text, or --clip ID")
    if text is not None and not text.strip():
        raise click.UsageError("the text to search for is empty; give a phrase, such as: a dog on a beach")
    from video_index.filters import ClipFilter
    from video_index.search import search_clip, search_text
    from video_index.store import open_index

    wanted = ClipFilter(platforms, posted_from, posted_to, min_seconds, max_seconds)
    loaded = index_embedder(embedder, index_url) if text is not None else None
    with open_index(index_url) as index:
        if text is not None and loaded is not None:
            hits = search_text(index, loaded, text, limit, wanted)
        else:
            hits = search_clip(index, str(clip), limit, wanted)
    _show(hits, as_json)


def _show(hits: "list[SearchHit]", as_json: bool) -> None:
    import json

    if not hits and not as_json:
        click.echo("no clip passes these filters")
    for hit in hits:
        if as_json:
            row = {
                "clip_id": hit.clip.clip_id,
                "score": hit.score,
                "path": str(hit.clip.locator),
                "platform": hit.clip.platform,
                "posted": hit.clip.posted,
                "duration_s": hit.clip.duration_s,
                "title": hit.clip.title,
            }
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            about = [hit.clip.platform or "", hit.clip.posted or "", f"{hit.clip.duration_s:.1f} s"]
            click.echo(f"{hit.score:.3f}  {hit.clip.clip_id}  {hit.clip.locator}  {' '.join(filter(None, about))}")
