"""Options that several commands have, and what they mean."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spectrum.cli.progress import MODES, VARIABLE, remember

if TYPE_CHECKING:
    from spectrum.suite import Catalogue
    from video_index.clips import ViewSpec
    from video_index.embed import Embedder

DEFAULT_EMBEDDER = "ViT-B-32/laion2b_s34b_b79k"
Command = TypeVar("Command", bound=Callable[..., Any])


def together(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Several options as one; --help lists them in this order."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


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


tier_option = click.option(
    "--tier",
    type=click.Choice(["named", "described", "biography", "none"]),
    help="Only personas of this tier: how their values are given.",
)

protocol_option = click.option(
    "--protocol",
    type=click.Choice(["balanced", "paper"]),
    default="balanced",
    show_default=True,
    help="Our questions and value sets, or the paper's as far as they are known (docs/paper.md).",
)

dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Say what would be asked, with calls and tokens; ask nothing."
)
reuse_option = click.option(
    "--reuse", type=click.Path(path_type=Path), metavar="RUN", help="Copy answers to equal asks from a run."
)
items_option = click.option(
    "--items", type=click.Path(path_type=Path), help="Clips and labels from spectrum freeze, not an index."
)


def run_folder_option(begin: str = "") -> Callable[[Command], Command]:
    """`--out` of a command that asks; its own folders' names `begin` so."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        callback=_writable,
        help=f"Run folder. Default: runs/{begin}NAME-DATE.",
    )


def _writable(context: click.Context, _: click.Parameter, folder: Path | None) -> Path | None:
    """The folder as it is. Raises RunFolderError where it cannot be written, before a model is loaded for it."""
    from spectrum.errors import RunFolderError

    if folder is None or context.resilient_parsing:
        return folder
    place = next(there for there in (folder, *folder.absolute().parents) if there.exists())
    if not place.is_dir():
        raise RunFolderError(f"{folder} cannot be written ({place} is a file); choose another folder")
    if not os.access(place, os.W_OK | os.X_OK):
        raise RunFolderError(f"{folder} cannot be written ({place} is read-only for you); choose another folder")
    return folder


def question_options(per_clip: int) -> Callable[[Command], Command]:
    """`--construct`, `--per-clip`, `--crossed`, `--repeats`, `--limit`, `--questions`: what is asked about a clip."""
    return together(
        click.option("--construct", default="like", show_default=True, help="like, watch or interest."),
        click.option(
            "--per-clip",
            type=click.IntRange(min=1),
            default=per_clip,
            show_default=True,
            help="Wordings a clip and block.",
        ),
        click.option("--crossed", is_flag=True, help="Ask every wording on every clip."),
        click.option(
            "--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="Times each ask is put."
        ),
        click.option(
            "--limit", type=click.IntRange(min=1), help="Ask about N clips only, drawn by the seed over the values."
        ),
        click.option("--questions", type=click.Path(path_type=Path), help="Your own question bank (YAML)."),
    )


seed_option = click.option("--seed", type=int, default=0, show_default=True, help="Key of every random choice.")


quiet_option = together(
    click.option(
        "--progress",
        type=click.Choice(MODES),
        default="auto",
        envvar=VARIABLE,
        show_default=True,
        show_envvar=True,
        expose_value=False,
        callback=remember,
        help="On standard error: bar (rate, time left, cost), lines, json (a line of JSON now and then), none; auto is "
        "a bar on a terminal and lines elsewhere.",
    ),
    click.option("--quiet", is_flag=True, help="No progress."),
)
"""`--progress` and `--quiet`: what a long command says of how far it is; `progress.tracked` finds what was chosen."""

view_options = together(
    click.option("--frames", type=click.IntRange(min=1), default=4, show_default=True, help="Frames a clip."),
    click.option(
        "--long-side",
        type=click.IntRange(min=16),
        default=448,
        show_default=True,
        help="Pixels of a picture's longer side, at most.",
    ),
    click.option(
        "--media",
        type=click.Choice(["frames", "sheet", "video"]),
        default="frames",
        show_default=True,
        help="Show frames as images, as one contact sheet (single-image models), or as a video.",
    ),
)
"""`--frames`, `--long-side`, `--media`: how a clip is shown."""


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


def read_index(index_url: str) -> "Catalogue":
    """Clips and vectors of an index, read once and let go."""
    from spectrum.suite import read_catalogue
    from video_index.store import open_index

    with open_index(index_url) as index:
        return read_catalogue(index)


def both_prices(price_in: float | None, price_out: float | None) -> tuple[float, float] | None:
    """--price-in and --price-out, in USD per million tokens. Raises ConfigError where only one of them is given."""
    from spectrum.errors import ConfigError

    if (price_in is None) != (price_out is None):
        raise ConfigError("a cost needs the price of tokens sent and written: give --price-in and --price-out")
    return None if price_in is None or price_out is None else (price_in, price_out)


def complain(message: str) -> None:
    """Say what is wrong on standard error, in one line."""
    click.echo(f"spectrum: {' '.join(message.split())}", err=True)
