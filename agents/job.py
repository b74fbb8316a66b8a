"""One browse run from its parts to its results: manifest first, then slots, then tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from agents.catalogue import Catalogue
from agents.designs import BrowseDesign, design_config
from agents.probes import ProbePlan, plan_probes
from agents.recommenders.base import Recommender
from agents.results import Result, write_results
from agents.run import run_browse
from agents.stored_catalogue import NAME, write_catalogue
from agents.trace import SlotRecord
from agents.walk import Walk
from spectrum.bench.manifests import browse_manifest
from spectrum.bench.thumbnails import Thumbnails
from spectrum.questions import QuestionBank
from spectrum.respondents.base import Respondent
from spectrum.runs.begin import begin
from spectrum.runs.film import film
from spectrum.runs.folder import RunFolder
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.lock import hold
from spectrum.runs.store import AnswerStore
from spectrum.suite import Suite
from spectrum.views import ClipView

__all__ = ["ProbePlan", "plan_probes", "run_job"]


def run_job(
    folder: Path,
    design: BrowseDesign,
    suite: Suite,
    bank: QuestionBank,
    catalogue: Catalogue,
    recommender: Recommender,
    respondent: Respondent,
    view_of_clip: Callable[[str], ClipView],
    *,
    config: Mapping[str, JsonValue],
    deterministic: bool = False,
    hash_frames: bool = False,
    until_exhausted: bool = False,
    thumbnails: bool = True,
    interrupt: Interrupt | None = None,
    on_step: Callable[[int], None] | None = None,
) -> Result:
    """Walk every episode of a design into a run folder, or go on where the folder stands, and write its results.

    `config` are further settings for the manifest (a persona's target under "targets"). `thumbnails`: keep small
    pictures of what the report shows slot by slot, and decode for it what the respondent never looked at. A run that
    is stopped leaves its trace and no results; the same call goes on. Raises FeedError and DesignError before anything
    is asked where the design cannot be walked, and what `run_browse` raises; nothing that was walked is lost by any of
    them.
    """
    run = RunFolder(folder)
    pictures: Thumbnails | None = None

    def seen(clip_id: str) -> ClipView:
        view = view_of_clip(clip_id)
        return pictures.watch(view) if pictures else view

    probes = plan_probes(suite, bank, respondent, design)
    walk = Walk(
        design,
        probes,
        catalogue,
        recommender,
        respondent,
        seen,
        hash_frames=hash_frames,
        until_exhausted=until_exhausted,
    )
    manifest = browse_manifest(
        suite,
        bank,
        probes.fingerprint,
        design.conditions,
        respondent,
        design_config(design, recommender.name) | dict(config),
        design.episode.seed,
        suite.notes,
    )
    with hold(folder):
        begin(run, manifest, probes.table().to_batches(), probes.clip_table().to_batches())
        if thumbnails:
            pictures = Thumbnails(run.thumbnails)
        if not (folder / NAME).exists():
            write_catalogue(folder, catalogue)
        with AnswerStore(run.answers) as store:
            trace = run_browse(
                walk,
                store,
                run.trace,
                manifest.manifest_hash,
                deterministic=deterministic,
                interrupt=interrupt,
                on_step=on_step,
            )
        write_catalogue(folder, catalogue, {record.clip_id for record in trace.records if record.kind == "feed"})
        if pictures:
            pictures.add(view_of_clip(clip_id) for clip_id in _filmed(trace.records, design))
        return write_results(folder)


def _filmed(records: Sequence[SlotRecord], design: BrowseDesign) -> Iterable[str]:
    """Clips of the slots that the report shows one by one, each once."""
    shown = film(len(design.arms), design.replicates, design.episode.slots, design.episode.seed)
    walked = Counter(record.agent for record in records)
    return dict.fromkeys(
        record.clip_id
        for record in records
        if record.pair in shown.pairs and shown.shows(record.slot, walked[record.agent])
    )
