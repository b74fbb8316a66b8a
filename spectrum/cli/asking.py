"""While a run's asks go out: clip views, progress and Ctrl-C, and before that, what asking would take."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.shared import both_prices

if TYPE_CHECKING:
    from spectrum.bench.planned import Estimate
    from spectrum.pairs.plan import PairEstimate, ViewFactory
    from spectrum.respondents.base import Respondent
    from spectrum.runs.ask import Progress
    from spectrum.runs.interrupt import Interrupt
    from video_index.clips import ViewSpec


@dataclass(frozen=True, slots=True)
class Asking:
    """What a run takes from the command line while it asks."""

    view_factory: "ViewFactory"
    on_progress: "Progress"
    interrupt: "Interrupt"


def new_run_folder(name: str) -> Path:
    """`runs/NAME-DATE-TIME` in the current folder, with only plain characters of the name."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:60] or "run"
    return Path("runs") / f"{plain}-{datetime.now():%Y%m%d-%H%M%S}"


@contextmanager
def interruptible(view: "ViewSpec", finishing: str) -> Iterator[tuple["ViewFactory", "Interrupt"]]:
    """Views of clips as `view` has them, decoded in worker processes; Ctrl-C says that it is `finishing` something."""
    from spectrum.frame_cache import FrameCache
    from spectrum.runs.interrupt import Interrupt
    from spectrum.views import view_of
    from video_index.decode import DecoderPool

    cache = FrameCache()
    with (
        DecoderPool() as pool,
        Interrupt(lambda: click.echo(f"finishing {finishing}; Ctrl-C again stops now", err=True)) as interrupt,
    ):
        yield lambda clip: view_of(clip, view, pool.decode, cache), interrupt


@contextmanager
def asking(
    asks: int, about: str, respondent: "Respondent", folder: Path, view: "ViewSpec", *, quiet: bool
) -> Iterator[Asking]:
    """What a run of `asks` asks needs, for the block's length; says where it goes, and at the end what was there."""
    from spectrum.cli.progress import stored_answers, tracked_asks

    click.echo(f"{asks} asks about {about}, run folder {folder}", err=True)
    before = stored_answers(folder)
    with (
        interruptible(view, "what is in flight") as (view_factory, interrupt),
        tracked_asks(asks, respondent, before, quiet=quiet) as track,
    ):
        yield Asking(view_factory, track.at, interrupt)
    if before:
        click.echo(f"{before} of {asks} asks were answered before", err=True)


def say_estimate(
    respondent: str,
    about: str,
    estimate: "Estimate | PairEstimate",
    settings: dict[str, Any],
    further: Iterable[str] = (),
    notes: Iterable[str] = (),
    *,
    alone: str = ", if each ask goes out alone",
) -> None:
    """Print what a dry run found: asks, `further` lines, tokens, cost where prices were given, notes."""
    prices = both_prices(settings["price_in"], settings["price_out"])
    click.echo(f"{respondent} would get {estimate.asks} asks {about}")
    for line in further:
        click.echo(line)
    click.echo(f"tokens: about {estimate.tokens_in:,} in, at most {estimate.tokens_out:,} out{alone}")
    if prices is not None:
        cost = (estimate.tokens_in * prices[0] + estimate.tokens_out * prices[1]) / 1e6
        click.echo(f"cost: about {cost:.2f} USD at the prices given")
    for note in notes:
        click.echo(f"note: {note}")
