"""Options that several commands have, and what they mean."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spectrum.cli.progress import progress_option

if TYPE_CHECKING:
    from video_index.clips import ViewSpec
    from video_index.embed import Embedder

DEFAULT_EMBEDDER = "ViT-B-32/laion2b_s34b_b79k"
Command = TypeVar("Command", bound=Callable[..., Any])


def index_option(*, required: bool) -> Callable[[Command], Command]:
    """`--index`: one URL for every kind of clip index."""
    return click.option(
        "--index",
        "index_url",
        required=required,
        metavar="PLACE",
        help="The clip index: a folder (embedded), or http://HOST:PORT/COLLECTION (a Qdrant server).",
    )


def embedder_option(note: str) -> Callable[[Command], Command]:
    """`--embedder`: which open_clip model; `note` says what holds without it."""
    return click.option(
        "--embedder",
        metavar="NAME/TAG",
        help=f"open_clip model: NAME/TAG, hf-hub:ORG/MODEL, or a folder with one. {note}",
    )


seed_option = click.option("--seed", type=int, default=0, show_default=True, help="Key of every random choice.")


def quiet_option(command: Command) -> Command:
    """`--quiet` and `--progress`: what a long command says of how far it is."""
    return progress_option(click.option("--quiet", is_flag=True, help="No progress.")(command))


def view_options(command: Command) -> Command:
    """`--frames`, `--long-side`, `--media`: how a clip is shown."""
    for option in (
        click.option("--frames", type=click.IntRange(min=1), default=4, show_default=True, help="Frames a clip."),
        click.option("--long-side", type=click.IntRange(min=16), default=448, show_default=True, help="Pixels."),
        click.option(
            "--media",
            type=click.Choice(["frames", "sheet", "video"]),
            default="frames",
            show_default=True,
            help="Show frames as images, as one contact sheet (single-image models), or as a video.",
        ),
    ):
        command = option(command)
    return command


def view_spec(frames: int, long_side: int, media: str) -> "ViewSpec":
    """The ViewSpec of the three view options."""
    from video_index.clips import ViewSpec

    return ViewSpec(frames=frames, long_side=long_side, layout=media)  # type: ignore[arg-type]


def index_embedder(spec: str | None, index_url: str) -> "Embedder":
    """Load the embedder named, or the one the index was made with. Raises IndexNotFoundError before loading."""
    from video_index.embed import load_embedder
    from video_index.store import open_index

    with open_index(index_url) as index:
        made_with = index.meta.embedder
    return load_embedder(spec or made_with)


def write_text_out(path: Path, text: str) -> None:
    """Write a file the user asked for, its folder with it. OSError is said in one line by the front door."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
