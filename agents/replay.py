"""Step through a trace, and check it: seals, the state machine, the draws, the stored answers, the pixels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from agents.acting import Drawn, act_of
from agents.actions import action_named
from agents.catalogue import Catalogue
from agents.designs import episode_of
from agents.episode import EpisodeState, Slot, after_slot, request_of
from agents.errors import TraceError
from agents.recommenders.base import DrawKey, Recommender, choose_all
from agents.shown_frames import frame_hashes
from agents.stored_catalogue import read_catalogue
from agents.trace import SlotRecord, Trace, read_trace
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest, read_manifest
from spectrum.runs.store import AnswerStore
from spectrum.views import ClipView

_HOW: Mapping[Drawn, Literal["sample", "argmax"]] = {"sampled": "sample", "argmax": "argmax"}
"""How an action that keys and probabilities give again was drawn."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was held against what."""

    records: int
    states: int
    """Feed states that follow from the actions before them."""
    draws: int
    """Actions that their keys and probabilities give again."""
    answers: int
    """Asks whose reply is in the run's store, word for word."""
    choices: int = 0
    """Clips that the recommender chooses again."""
    pictures: int = 0
    """Slots whose frames are still the same, pixel for pixel."""


def load_trace(folder: Path) -> tuple[RunManifest, Trace]:
    """Manifest and trace of a run, sealed to one another.

    Raises TraceError where the trace was changed, belongs to another manifest, or is shorter than summary.json says.
    """
    import json

    run = RunFolder(folder)
    manifest = read_manifest(run.manifest)
    trace = read_trace(run.trace)
    if trace.manifest != manifest.manifest_hash:
        raise TraceError(f"{run.trace} belongs to another run than the manifest beside it")
    if run.summary.exists():
        told = json.loads(run.summary.read_text(encoding="utf-8")).get("trace")
        if told is not None and told["seal"] != trace.seal:
            raise TraceError(f"{run.trace} is not the trace that summary.json was made from: records were cut off")
    return manifest, trace


def verify(
    folder: Path,
    *,
    catalogue: Catalogue | None = None,
    recommender: Recommender | None = None,
    view_of_clip: Callable[[str], ClipView] | None = None,
) -> Verified:
    """Check a whole run. With a catalogue (of the index) and recommender the choices too, with views the pixels.

    Raises TraceError, naming agent and slot, at the first thing that does not fit.
    """
    manifest, trace = load_trace(folder)
    kept, _ = read_catalogue(folder)
    states, draws = _follow(trace.records, manifest, kept)
    answers = _stored(trace.records, RunFolder(folder))
    choices = pictures = 0
    if catalogue is not None and recommender is not None:
        choices = _choose_again(trace.records, manifest, catalogue, recommender)
    if view_of_clip is not None:
        pictures = _look_again(trace.records, view_of_clip)
    return Verified(len(trace.records), states, draws, answers, choices, pictures)


def agents_in(records: Sequence[SlotRecord]) -> list[str]:
    """Names of the agents in the order in which they first appear."""
    return list(dict.fromkeys(record.agent for record in records))


def pick_agent(records: Sequence[SlotRecord], which: str) -> str:
    """An agent's name by its number (from 0) or name. Raises TraceError, listing what there is."""
    names = agents_in(records)
    if which in names:
        return which
    if which.isdigit() and int(which) < len(names):
        return names[int(which)]
    told = ", ".join(f"{number} {name}" for number, name in enumerate(names[:12]))
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    raise TraceError(f"the run has no agent {which!r}; it has {told}{more}")


def _follow(records: Sequence[SlotRecord], manifest: RunManifest, catalogue: Catalogue) -> tuple[int, int]:
    states: dict[str, EpisodeState] = {}
    draws = followed = 0
    for record in records:
        state = states.get(record.agent, EpisodeState())
        if (record.slot, record.fed, record.feed_state) != (state.slot, state.fed, state.feed_state):
            raise TraceError(f"{_where(record)}: the feed state does not follow from the actions before it")
        followed += 1
        how = _HOW.get(record.drawn)
        if how is not None:
            again = act_of(record.asks[0], how, manifest.seed, record.replicate, record.fed, record.clip_id)
            if again.action is None or again.action.word != record.action:
                raise TraceError(f"{_where(record)}: its key and probabilities do not give {record.action}")
            draws += 1
        states[record.agent] = _after(state, record, catalogue)
    return followed, draws


def _after(state: EpisodeState, record: SlotRecord, catalogue: Catalogue) -> EpisodeState:
    action = action_named(record.action) if record.action else None
    slot = Slot(record.slot, record.kind, record.clip_id, None)
    return after_slot(state, slot, action, catalogue, record.feed_weight)


def _stored(records: Sequence[SlotRecord], run: RunFolder) -> int:
    held = 0
    with AnswerStore(run.answers, read_only=True) as store:
        for start in range(0, len(records), 500):
            asks = [(record, ask) for record in records[start : start + 500] for ask in record.asks]
            found = store.get({ask.ask_id for _, ask in asks})
            for record, ask in asks:
                answer = found.get(ask.ask_id)
                if answer is None and ask.outcome == "error":
                    continue
                if answer is None or (answer.text, answer.outcome, answer.probabilities) != (
                    ask.reply, ask.outcome, ask.probabilities,
                ):  # fmt: skip
                    raise TraceError(f"{_where(record)}: its reply is not the one in {run.answers.name}")
                held += 1
    return held


def _choose_again(
    records: Sequence[SlotRecord], manifest: RunManifest, catalogue: Catalogue, recommender: Recommender
) -> int:
    """Ask the recommender again at every slot that it chose."""
    spec = episode_of(manifest.config, manifest.seed)
    probes: dict[int, set[str]] = {}
    for record in records:
        if record.kind == "probe":
            probes.setdefault(record.replicate, set()).add(record.clip_id)
    states: dict[str, EpisodeState] = {}
    count = 0
    for record in records:
        state = states.get(record.agent, EpisodeState())
        if record.kind == "feed" and record.recommender == recommender.name:
            barred = catalogue.rows(sorted(probes.get(record.replicate, ())))
            key = DrawKey(manifest.seed, record.replicate)
            (choice,) = choose_all(recommender, catalogue, [request_of(spec, state, catalogue, key, barred)])
            if choice is None or choice.clip_id != record.clip_id:
                raise TraceError(f"{_where(record)}: {recommender.name} does not choose this clip again")
            count += 1
        states[record.agent] = _after(state, record, catalogue)
    return count


def _look_again(records: Sequence[SlotRecord], view_of_clip: Callable[[str], ClipView]) -> int:
    seen: dict[str, tuple[str, ...]] = {}
    count = 0
    for record in records:
        if record.frame_hashes is None:
            continue
        if record.clip_id not in seen:
            seen[record.clip_id] = frame_hashes(view_of_clip(record.clip_id))
        if seen[record.clip_id] != record.frame_hashes:
            raise TraceError(f"{_where(record)}: the clip {record.clip_id} no longer gives the frames that were shown")
        count += 1
    return count


def _where(record: SlotRecord) -> str:
    return f"{record.agent} slot {record.slot}"


def exposure_so_far(records: Sequence[SlotRecord], catalogue: Catalogue) -> np.ndarray:
    """Mean labels of the feed slots among `records`, (values,); zeros where none has labels."""
    rows = catalogue.rows(record.clip_id for record in records if record.kind == "feed")
    known = catalogue.labels[rows][~np.isnan(catalogue.labels[rows]).any(axis=1)]
    return known.mean(axis=0) if len(known) else np.zeros(len(catalogue.codes))
