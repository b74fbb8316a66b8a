"""Time and memory of a tally over a million stored answers.

    python -m benchmarks.million_answers
    python -m benchmarks.million_answers --conditions 10

Builds a run folder of that many answers (written and scored, under `--conditions` conditions, 16 asks a clip), which
takes a minute and is not measured. Then, each in a process of its own: reading it into arrays; reading and the profile
with its intervals (both scales, tied groups, level); and the whole tally with every check. Seconds are wall time
and, since a busy machine doubles that, CPU time, without the interpreter's start; memory is the process's largest
resident size.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spectrum.runs.begin import begin
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import ConditionRecord, Fingerprints, RespondentRecord, RunManifest
from spectrum.runs.records import StoredAnswer
from spectrum.runs.store import AnswerStore
from spectrum.runs.tables import CLIPS, PLAN
from spectrum.values import SCHWARTZ

FORMS = (
    ("stem", "would", ("yes", "no"), (1.0, 0.0)),
    ("stem", "would_not", ("yes", "no"), (0.0, 1.0)),
    ("named", "first", ("like", "dislike"), (1.0, 0.0)),
    ("named", "second", ("dislike", "like"), (0.0, 1.0)),
)
WORDINGS, PER_CLIP = 12, 4
ASKS = PER_CLIP * len(FORMS)


def build(root: Path, answers: int, conditions: int) -> None:
    """A run folder with `answers` answers of a respondent that likes some values; column by column."""
    rng = np.random.default_rng(0)
    clips = answers // (ASKS * conditions)
    value = np.arange(clips) % len(SCHWARTZ.codes)
    liking = rng.normal(0, 1, clips) + rng.normal(0, 0.5, len(SCHWARTZ.codes))[value]
    names = [f"{number:032x}" for number in range(clips)]
    labels = np.full((clips, len(SCHWARTZ.codes)), 0.05)
    labels[np.arange(clips), value] = 0.95
    told = ["neutral", *(f"persona-{number:02d}" for number in range(1, conditions))]
    run = RunFolder(root)
    batches = [_plan(names, name, number) for number, name in enumerate(told)]
    begin(run, _manifest(told), batches, _clips(names, labels, value, rng).to_batches())
    with AnswerStore(run.answers) as store:
        for batch in batches:
            _answer(store, batch, np.repeat(liking, ASKS), rng)


def _plan(names: list[str], condition: str, number: int) -> pa.RecordBatch:
    count = len(names) * ASKS
    form = np.tile(np.arange(len(FORMS)), count // len(FORMS))
    wording = np.repeat(np.arange(count // len(FORMS)), len(FORMS)) % WORDINGS
    columns: dict[str, pa.Array] = {name: pa.nulls(count, PLAN.field(name).type) for name in PLAN.names}
    columns["ask_id"] = pa.array([f"{number:08x}{row:024x}" for row in range(count)])
    columns["item_id"] = pa.array([f"{row:032x}" for row in range(count)])
    columns["group_id"] = pa.array([f"{number:08x}{row // ASKS:024x}" for row in range(count)])
    columns["clip_id"] = pa.array(names).take(pa.array(np.repeat(np.arange(len(names)), ASKS)))
    columns["condition"] = pa.repeat(condition, count)
    columns["protocol"] = pa.repeat("balanced", count)
    columns["construct"] = pa.repeat("like", count)
    columns["wording"] = pa.array([f"like-{code:02d}" for code in range(WORDINGS)]).take(pa.array(wording))
    columns["block"] = pa.array([each[0] for each in FORMS]).take(pa.array(form))
    columns["form"] = pa.array([each[1] for each in FORMS]).take(pa.array(form))
    columns["repeat"] = pa.repeat(0, count).cast(pa.int64())
    columns["options"] = pa.array([list(each[2]) for each in FORMS]).take(pa.array(form))
    columns["acceptance"] = pa.array([list(each[3]) for each in FORMS]).take(pa.array(form))
    return pa.RecordBatch.from_arrays([columns[name] for name in PLAN.names], schema=PLAN)


def _clips(names: list[str], labels: np.ndarray, value: np.ndarray, rng: np.random.Generator) -> pa.Table:
    count = len(names)
    columns: dict[str, object] = {name: pa.nulls(count, CLIPS.field(name).type) for name in CLIPS.names}
    columns |= {
        "clip_id": names,
        "duration_s": np.full(count, 3.0),
        "sharpness": rng.normal(5, 1, count),
        "brightness": rng.uniform(0, 1, count),
        "labels": list(labels),
        "label_source": ["retrieval"] * count,
        "value_sets": [[SCHWARTZ.codes[code]] for code in value],
        "control_for": [[] for _ in range(count)],
        "keywords": [[f"keyword {code}-{row % 7}"] for row, code in enumerate(value)],
    }
    return pa.table({name: pa.array(columns[name], CLIPS.field(name).type) for name in CLIPS.names}, schema=CLIPS)


def _answer(store: AnswerStore, plan: pa.RecordBatch, liking: np.ndarray, rng: np.random.Generator) -> None:
    accepts = rng.random(plan.num_rows) < 1 / (1 + np.exp(-liking))
    first = pc.list_element(plan.column("acceptance"), 0).to_numpy() > 0.5
    place = np.where(accepts == first, 0, 1).tolist()
    chosen = [pc.list_element(plan.column("options"), number).to_pylist() for number in (0, 1)]
    sure = rng.uniform(0.55, 0.95, plan.num_rows).tolist()
    store.record(
        StoredAnswer(
            ask_id,
            "choice",
            chosen[at][row],
            text=chosen[at][row],
            finish_reason="stop",
            probabilities=(sure[row], 1 - sure[row]) if at == 0 else (1 - sure[row], sure[row]),
            answered_at="2026-01-01",
        )
        for row, (ask_id, at) in enumerate(zip(plan.column("ask_id").to_pylist(), place, strict=True))
    )


def _manifest(conditions: list[str]) -> RunManifest:
    return RunManifest(
        kind="bench",
        config={"protocol": "balanced"},
        seed=0,
        respondent=RespondentRecord(name="simulated", fingerprint="f" * 32, settings={}),
        conditions=tuple(ConditionRecord(name=name, text="", placement="system") for name in conditions),
        fingerprints=Fingerprints(),
        plan="p" * 32,
    )


def measure(what: str, folder: Path) -> dict[str, float]:
    """Do one of the three in this process; seconds and MiB."""
    from spectrum.bench.estimates import WRITTEN, estimate
    from spectrum.bench.read_sheet import read_sheet
    from spectrum.bench.tally import tally

    started, used = time.perf_counter(), time.process_time()
    if what == "tally":
        tally(folder)
    else:
        sheet = read_sheet(folder, len(SCHWARTZ.codes))
        if what == "profile":
            for condition in dict.fromkeys(sheet.condition.tolist()):
                found = estimate(sheet, condition, "like", WRITTEN, SCHWARTZ.names)
                assert found.profile is not None, found.reason
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "cpu": time.process_time() - used,
        "MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Build the run, then print a line for each of the three."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--conditions", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="Keep the run here, and use it again.")
    parser.add_argument("--measure", choices=["read", "profile", "tally"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure, given.folder)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch) / "run"
        if not (folder / "manifest.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            build(folder, given.answers, given.conditions)
        for what in ("read", "profile", "tally"):
            command = [sys.executable, "-m", "benchmarks.million_answers", "--folder", str(folder), "--measure", what]
            found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            print(f"{what:8} {found['seconds']:6.1f} s  {found['cpu']:6.1f} s of CPU  {found['MiB']:6.0f} MiB")


if __name__ == "__main__":
    main()
