"""Run a pairs plan: manifest and plan to disk, ask what is open, tally. Run again, it goes on where it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from pydantic import JsonValue

from spectrum.bench.manifests import manifest_of
from spectrum.bench.planned import ViewFactory
from spectrum.bench.run import other_run
from spectrum.bench.thumbnails import Thumbnails
from spectrum.errors import ConfigError
from spectrum.pairs.plan import PAIRS_FILE, PairPlan
from spectrum.respondents.base import Respondent
from spectrum.runs.ask import AskSummary, Progress, ask
from spectrum.runs.begin import begin
from spectrum.runs.durable import replacing
from spectrum.runs.folder import RunFolder
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.lock import hold
from spectrum.runs.manifest import RunManifest
from spectrum.runs.store import AnswerStore
from spectrum.views import ClipView
from video_index.clips import Clip


@dataclass(frozen=True, slots=True)
class PairsRun:
    """What a call of `run_pairs` found and did."""

    planned: int
    stored_before: int
    asking: AskSummary


def run_pairs(
    plan: PairPlan,
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
) -> PairsRun:
    """Ask everything of `plan` that the run in `folder` has no answer to, then tally it.

    Conventions are those of spectrum.bench.run.run_bench. Raises what it raises: RunBusyError, RunMismatchError,
    RunFolderError, ConfigError, and what `ask` raises; nothing that was answered is lost by any of them.
    """
    from spectrum.pairs.tally import tally

    if (plan.respondent_fingerprint, plan.settings) != (respondent.fingerprint, respondent.settings):
        raise ConfigError(f"the plan was made for another respondent or other settings than {respondent.name}")
    run = RunFolder(folder)
    with hold(folder):
        begin(
            run, pairs_manifest(plan, respondent, config, deviations), plan.table.to_batches(), plan.clips.to_batches()
        )
        if not (run.root / PAIRS_FILE).exists():
            with replacing(run.root / PAIRS_FILE) as fresh:
                pq.write_table(plan.pair_table, fresh)
        thumbnails = Thumbnails(run.thumbnails)

        def watched(clip: Clip) -> ClipView:
            return thumbnails.watch(view_factory(clip))

        with AnswerStore(run.answers) as store, other_run(reuse) as other:
            skip = store.answered()
            asking = ask(
                respondent,
                plan.groups(watched, skip),
                store,
                deterministic=deterministic,
                on_progress=on_progress,
                interrupt=interrupt,
                reuse=other,
                retries=retries,
            )
        thumbnails.complete(plan.members, view_factory, thumbnails_a_set)
        tally(folder)
    return PairsRun(len(plan), len(skip), asking)


def pairs_manifest(
    plan: PairPlan, respondent: Respondent, config: Mapping[str, JsonValue], deviations: Sequence[str] = ()
) -> RunManifest:
    """The manifest of a pairs plan put to a respondent."""
    return manifest_of(
        "pairs",
        plan.suite,
        plan.bank.fingerprint,
        plan.fingerprint,
        plan.conditions,
        respondent,
        config,
        plan.seed,
        deviations,
    )
