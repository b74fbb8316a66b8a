"""While a run's asks go out: clip views, progress and Ctrl-C, and before that, what asking would take."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spectrum.cli.shared import both_prices

if TYPE_CHECKING:
    from agents.estimate import BrowsePlan
    from spectrum.bench.planned import Estimate, Plan, ViewFactory
    from spectrum.pairs.plan import PairEstimate, PairPlan
    from spectrum.respondents.base import Respondent
    from spectrum.runs.interrupt import Interrupt
    from video_index.clips import ViewSpec

_REASONS = 3
"""Reasons of failed asks that are told; a file has them all."""


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


def ask_all(
    run: Callable[..., object],
    plan: "Plan | PairPlan",
    about: str,
    respondent: "Respondent",
    folder: Path,
    config: dict[str, Any],
    *,
    quiet: bool,
    **further: Any,
) -> None:
    """Call `run` (run_bench, or what has its conventions) with the plan; say where it goes, and what was there before.

    `about` is what the asks are about, such as "30 clips"; `further` goes to `run` as it is.
    """
    from spectrum.cli.costs import within_budget
    from spectrum.cli.progress import stored_answers, tracked_asks

    click.echo(f"{len(plan)} asks about {about}, run folder {folder}", err=True)
    if plan.forewarning is not None:
        click.echo(f"note: {plan.forewarning}", err=True)
    before = stored_answers(folder)
    with (
        interruptible(plan.view, "what is in flight") as (view_factory, interrupt),
        within_budget(folder, respondent, len(plan), quiet=quiet),
        tracked_asks(len(plan), respondent, before, quiet=quiet) as track,
    ):
        run(
            plan=plan,
            respondent=respondent,
            folder=folder,
            view_factory=view_factory,
            config=config,
            deviations=plan.suite.notes,
            deterministic=bool(config["deterministic"]),
            on_progress=track.at,
            interrupt=interrupt,
            **further,
        )
    if before:
        click.echo(f"{before} of {len(plan)} asks were answered before", err=True)
    if not quiet:
        _tell_failures(folder)


def _tell_failures(folder: Path) -> None:
    """Say why asks failed, the most frequent reasons first."""
    from collections import Counter

    from spectrum.runs.folder import RunFolder
    from spectrum.runs.store import AnswerStore

    with AnswerStore(RunFolder(folder).answers, read_only=True) as store:
        errors = store.columns(["error"])["error"].drop_null().to_pylist()
    reasons = Counter(errors).most_common()
    if not reasons:
        return
    click.echo(f"{len(errors)} asks failed; the same command asks them again:", err=True)
    for reason, count in reasons[:_REASONS]:
        click.echo(f"  {count} times: {reason}", err=True)
    if len(reasons) > _REASONS:
        more = f"  and {len(reasons) - _REASONS} more reasons: spectrum report {folder} --answers FILE lists them"
        click.echo(more, err=True)


def say_estimate(
    respondent: str,
    about: str,
    plan: "Plan | PairPlan | BrowsePlan",
    estimate: "Estimate | PairEstimate",
    settings: dict[str, Any],
    further: Iterable[str] = (),
    notes: Iterable[str | None] = (),
    *,
    alone: str = ", if each ask goes out alone",
) -> None:
    """Print what a dry run found: asks, `further` lines, tokens, cost where prices were given, notes.

    Besides `notes`, those of the plan: that there will be no profile, and the suite's, with sets and controls that
    differ counted in one line.
    """
    prices = both_prices(settings["price_in"], settings["price_out"])
    cost = None
    click.echo(f"{respondent} would get {estimate.asks} asks {about}")
    for line in further:
        click.echo(line)
    click.echo(f"tokens: about {estimate.tokens_in:,} in, at most {estimate.tokens_out:,} out{alone}")
    if prices is not None:
        cost = (estimate.tokens_in * prices[0] + estimate.tokens_out * prices[1]) / 1e6
        click.echo(f"cost: about {cost:.2f} USD at the prices given")
    for note in (*_bounds_met(estimate, cost, settings), plan.forewarning, *notes, *gathered(plan.suite.notes)):
        if note is not None:
            click.echo(f"note: {note}")


def gathered(notes: Sequence[str]) -> Iterator[str]:
    """A suite's notes, those of sets and controls that differ as one line with their number."""
    from spectrum.controls import APART

    apart = [note for note in notes if APART in note]
    if len(apart) < 2:
        yield from notes
        return
    yield from (note for note in notes if APART not in note)
    yield f"{len(apart)} values: {APART} in what they are matched on; the report names each, and spectrum freeze does"


def _bounds_met(estimate: "Estimate | PairEstimate", cost: float | None, settings: dict[str, Any]) -> Iterator[str]:
    """That asking would stop at a bound of the budget before its end."""
    bounds = (
        ("--budget", settings["budget_usd"], cost, " USD"),
        ("--budget-tokens", settings["budget_tokens"], estimate.tokens_in + estimate.tokens_out, " tokens"),
        ("--budget-calls", settings["budget_calls"], estimate.asks, " calls"),
    )
    for option, most, needed, unit in bounds:
        if most is not None and needed is not None and needed > most:
            yield (
                f"asking will probably stop at {option} {most:,}{unit}, before its end; what was answered is kept, "
                "and the same command with a larger bound goes on"
            )
