"""Run a bench: manifest and plan to disk, ask what is open, tally. Run again, it goes on where it was."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from spectrum.bench.manifests import bench_manifest, browse_manifest
from spectrum.bench.planned import Plan, ViewFactory
from spectrum.bench.thumbnails import Thumbnails
from spectrum.errors import ConfigError
from spectrum.respondents.base import Respondent
from spectrum.runs.ask import AskSummary, Progress, ask
from spectrum.runs.begin import begin
from spectrum.runs.folder import RunFolder
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.lock import hold
from spectrum.runs.manifest import read_manifest
from spectrum.runs.store import AnswerStore
from spectrum.views import ClipView
from video_index.clips import Clip

__all__ = ["BenchSummary", "begin", "bench_manifest", "browse_manifest", "run_bench"]

Tally = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class BenchSummary:
    """What a call of `run_bench` found and did."""

    planned: int
    """Asks of the plan."""
    stored_before: int
    """Of them, answered before this call."""
    asking: AskSummary


def run_bench(
    plan: Plan,
    respondent: Respondent,
    folder: Path,
    *,
    view_factory: ViewFactory,
    config: Mapping[str, JsonValue],
    deviations: Sequence[str] = (),
    deterministic: bool = False,
    reuse: Path | None = None,
    retries: int = 2,
    on_progress: Progress | None = None,
    interrupt: Interrupt | None = None,
    thumbnails_a_set: int = 8,
    tally: Tally | None = None,
) -> BenchSummary:
    """Ask everything of `plan` that the run in `folder` has no answer to, then tally it.

    A new folder gets its manifest before the first question; in a folder with a manifest the run goes on
    if it is the same in all but date and host. `reuse` is another run's folder, whose answers to the same
    asks are copied. Questions on the respondent's own descriptions come last, once there are descriptions.
    `thumbnails_a_set` bounds the pictures that are loaded for the report alone (0: none).
    `tally` stands in for spectrum.bench.tally.tally.

    Raises RunBusyError (another process writes the folder), RunMismatchError (it holds another run),
    RunFolderError (damaged, not writable, full disk), ConfigError (the plan was made for another
    respondent), and what `ask` raises; nothing that was answered is lost by any of them.
    """
    if (plan.respondent_fingerprint, plan.settings) != (respondent.fingerprint, respondent.settings):
        raise ConfigError(f"the plan was made for another respondent or other settings than {respondent.name}")
    run = RunFolder(folder)
    with hold(folder):
        manifest = bench_manifest(plan, respondent, config, deviations)
        begin(run, manifest, plan.batches(), plan.clips.to_batches())
        thumbnails = Thumbnails(run.thumbnails)
        with AnswerStore(run.answers) as store, other_run(reuse) as other:
            skip = store.answered()
            views = _watched(view_factory, thumbnails)
            put = partial(
                ask,
                respondent,
                store=store,
                deterministic=deterministic,
                interrupt=interrupt,
                reuse=other,
                retries=retries,
            )
            asking = put(plan.groups(views, skip, whole=deterministic), on_progress=on_progress)
            if plan.described_by:
                told = store.get(plan.described_by.values())
                texts = {ask_id: answer.text for ask_id, answer in told.items()}
                groups = plan.groups(views, skip, whole=deterministic, descriptions=texts)
                asking = _sum(asking, put(groups, on_progress=_after(asking, on_progress)))
        thumbnails.complete(plan.members, view_factory, thumbnails_a_set)
        (tally or _tally)(folder)
    return BenchSummary(len(plan), len(skip), asking)


def _after(before: AskSummary, on_progress: Progress | None) -> Progress | None:
    """Progress that counts what was done before."""
    return None if on_progress is None else lambda now: on_progress(_sum(before, now))


def _sum(before: AskSummary, now: AskSummary) -> AskSummary:
    """Two askings of one run as one."""
    return AskSummary(
        asked=before.asked + now.asked,
        answered=before.answered + now.answered,
        reused=before.reused + now.reused,
        failed=before.failed + now.failed,
        tokens_in=before.tokens_in + now.tokens_in,
        tokens_out=before.tokens_out + now.tokens_out,
        seconds=before.seconds + now.seconds,
        outcomes=dict(Counter(before.outcomes) + Counter(now.outcomes)),
    )


@contextmanager
def other_run(folder: Path | None) -> Iterator[AnswerStore | None]:
    """The answers of another run, to be copied from; None without a folder. Raises RunFolderError."""
    if folder is None:
        yield None
        return
    read_manifest(RunFolder(folder).manifest)
    with AnswerStore(RunFolder(folder).answers, read_only=True) as store:
        yield store


def _watched(view_factory: ViewFactory, thumbnails: Thumbnails) -> ViewFactory:
    def factory(clip: Clip) -> ClipView:
        return thumbnails.watch(view_factory(clip))

    return factory


def _tally(folder: Path) -> object:
    """The tally brings in SciPy: it is imported once it is needed."""
    from spectrum.bench.tally import tally

    return tally(folder)
