"""Run an adherence plan: manifest, plan and cast to disk, ask what is open, tally. Run again, it goes on."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from personas.casting import FILE, Casting, save_cast
from personas.tally import tally
from spectrum.bench.manifests import bench_manifest
from spectrum.bench.planned import Plan, ViewFactory
from spectrum.bench.run import BenchSummary
from spectrum.bench.thumbnails import Thumbnails
from spectrum.errors import ConfigError
from spectrum.respondents.base import Respondent
from spectrum.runs.ask import Progress, ask
from spectrum.runs.begin import begin
from spectrum.runs.folder import RunFolder
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.lock import hold
from spectrum.runs.store import AnswerStore


def run_adherence(
    plan: Plan,
    casting: Casting,
    respondent: Respondent,
    folder: Path,
    *,
    view_factory: ViewFactory,
    config: Mapping[str, JsonValue],
    deviations: Sequence[str] = (),
    deterministic: bool = False,
    retries: int = 2,
    on_progress: Progress | None = None,
    interrupt: Interrupt | None = None,
    tally_with: Callable[[Path], object] = tally,
) -> BenchSummary:
    """Ask everything of `plan` that the run in `folder` has no answer to, then tally it.

    A new folder gets manifest (kind "adhere") and cast before the first question; in a folder with a manifest the run
    goes on if it is the same in all but date and host. Raises RunBusyError, RunMismatchError, RunFolderError,
    ConfigError (the plan was made for another respondent), and what `ask` raises; nothing that was answered is lost by
    any of them.
    """
    if (plan.respondent_fingerprint, plan.settings) != (respondent.fingerprint, respondent.settings):
        raise ConfigError(f"the plan was made for another respondent or other settings than {respondent.name}")
    run = RunFolder(folder)
    with hold(folder):
        settings = {**config, "cast": casting.fingerprint}
        manifest = bench_manifest(plan, respondent, settings, deviations).model_copy(update={"kind": "adhere"})
        begin(run, manifest, plan.batches(), plan.clips.to_batches())
        if not (folder / FILE).exists():
            save_cast(casting, folder)
        thumbnails = Thumbnails(run.thumbnails)
        with AnswerStore(run.answers) as store:
            skip = store.answered()
            asking = ask(
                respondent,
                plan.groups(lambda clip: thumbnails.watch(view_factory(clip)), skip, whole=deterministic),
                store,
                deterministic=deterministic,
                on_progress=on_progress,
                interrupt=interrupt,
                retries=retries,
            )
        tally_with(folder)
    return BenchSummary(len(plan), len(skip), asking)
