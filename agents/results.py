"""From a browse run's folder to its tables and summary: manifest, trace, catalogue and clips in, nothing else."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from agents.actions import LEAVE
from agents.decay_table import decay_table
from agents.designs import episode_of
from agents.effect_tables import contrast_table, decomposition_table, feed_metric_table, gap_table, state_table
from agents.effects import by_arm
from agents.episodes import Episode, episodes_of
from agents.errors import TraceError
from agents.feed_tables import (
    action_table,
    agent_of,
    exposure_table,
    map_table,
    slot_table,
    yes_change_table,
)
from agents.headline import Findings, findings, headline
from agents.state import probe_answers
from agents.stored_catalogue import read_catalogue
from agents.time_tables import amplification_table, drift_table, exposure_time_table
from agents.trace import Trace, read_trace
from spectrum.bench.summary import Summary
from spectrum.bench.tally import tally
from spectrum.errors import RunFolderError
from spectrum.runs.arm_name import ArmName
from spectrum.runs.durable import write_durably
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest, read_manifest
from spectrum.runs.table_files import write_tables

FloatArray = NDArray[np.float64]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Result:
    """What was written."""

    headline: str
    findings: Findings
    status: str


def write_results(folder: Path) -> Result:
    """Write every table of BROWSE_METRICS and summary.json (kind "browse") from what a run folder holds.

    The benchmark's tables over the probe answers without memory are written first: they are the state by condition.
    Raises TraceError (a damaged trace), RunFolderError (a damaged folder).
    """
    run = RunFolder(folder)
    manifest = read_manifest(run.manifest)
    trace = read_trace(run.trace)
    if trace.manifest != manifest.manifest_hash:
        raise TraceError(f"{run.trace} belongs to another run than the manifest beside it")
    summary = tally(folder)
    catalogue, coordinates = read_catalogue(folder)
    episodes = [episode for episode in episodes_of(trace.records, catalogue) if len(episode.rows)]
    ended = _ended(trace, manifest)
    arms = by_arm(episodes)
    answers = probe_answers(trace.records)
    labels = _probe_labels(run, len(catalogue.codes))
    codes = catalogue.codes
    tables = {
        "exposure": exposure_table(episodes, catalogue),
        "actions": action_table(episodes, ended),
        "exposure_time": exposure_time_table(arms, codes),
        "amplification": amplification_table(arms, catalogue),
        "drift": drift_table(arms, manifest.seed),
        "feed_metrics": feed_metric_table(
            arms, catalogue, _targets(manifest), episode_of(manifest.config, manifest.seed)
        ),
        "feed_contrasts": contrast_table(arms, codes),
        "decomposition": decomposition_table(arms, codes),
        "state": state_table(answers, labels, codes),
        "gap": gap_table(arms, answers, labels, codes),
        "yes_change": yes_change_table(arms),
        "persona_decay": decay_table(trace.records, labels, _targets(manifest)),
        "slots": slot_table(trace.records),
        "feed_map": map_table(episodes, catalogue, coordinates),
    }
    write_tables(run, tables)
    found = findings(tables, manifest, summary.values)
    status = "done" if trace.done else "unfinished" if trace.records else "empty"
    words = headline(found, manifest, status)
    write_durably(run.summary, _summary(summary, found, words, status, trace, manifest, episodes, ended).encode())
    return Result(words, found, status)


def _probe_labels(run: RunFolder, values: int) -> dict[str, FloatArray]:
    """Labels of the probe clips, from clips.parquet."""
    try:
        rows = pq.read_table(run.clips, columns=["clip_id", "labels"]).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"{run.clips} is damaged: {str(error).splitlines()[0]}") from error
    return {
        row["clip_id"]: np.array(row["labels"], dtype=np.float64)
        for row in rows
        if row["labels"] and len(row["labels"]) == values
    }


def _targets(manifest: RunManifest) -> dict[str, FloatArray]:
    found = manifest.config.get("targets")
    plain = found if isinstance(found, dict) else {}
    return {name: np.array(target, dtype=np.float64) for name, target in plain.items() if target}


def _ended(trace: Trace, manifest: RunManifest) -> dict[str, str]:
    """Agents whose episode was shorter than planned, and why; empty before the run is done."""
    if not trace.done:
        return {}
    spec = episode_of(manifest.config, manifest.seed)
    slots = Counter(record.agent for record in trace.records)
    left = {record.agent for record in trace.records if record.action == LEAVE}
    arms = {record.agent: record.arm for record in trace.records}
    without = {agent for agent, arm in arms.items() if not ArmName.of(arm).probes}
    found = {}
    for agent, count in slots.items():
        planned = (spec.without_probes() if agent in without else spec).slots
        if agent in left:
            found[agent] = "left"
        elif count < planned:
            found[agent] = "exhausted"
    return found


def _summary(
    summary: Summary,
    found: Findings,
    words: str,
    status: str,
    trace: Trace,
    manifest: RunManifest,
    episodes: Sequence[Episode],
    ended: Mapping[str, str],
) -> str:
    plain: dict[str, Any] = asdict(summary)
    plain |= {
        "kind": "browse",
        "status": status,
        "format_version": FORMAT,
        "headline": words,
        "state_headline": summary.headline,
        "findings": asdict(found),
        "design": manifest.config,
        "agents": [agent_of(episode) for episode in episodes],
        "ended": dict(ended),
        "watch_time": f"A model, not an observation: {manifest.config['watch_model']}",
        "trace": {"records": len(trace.records), "seal": trace.seal},
    }
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
