"""Finished run folders of simulated respondents on identical items, written column by column."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.runs.manifest import ConditionRecord, Fingerprints, RespondentRecord, RunManifest, write_manifest
from spectrum.runs.records import StoredAnswer
from spectrum.runs.store import AnswerStore
from spectrum.runs.tables import CLIPS, PLAN
from spectrum.values import SCHWARTZ

FORMS = (
    ("stem", "would", ["Yes", "No"], [1.0, 0.0]),
    ("stem", "would_not", ["Yes", "No"], [0.0, 1.0]),
    ("named", "first", ["Like", "Dislike"], [1.0, 0.0]),
    ("named", "second", ["Dislike", "Like"], [0.0, 1.0]),
)


def write_runs(
    place: Path,
    profiles: np.ndarray,
    *,
    levels: Sequence[float] = (),
    clips_a_value: int = 100,
    wordings: int = 12,
    per_clip: int = 4,
    seed: int = 0,
    common: float = 0.7,
    names: Sequence[str] = (),
) -> list[Path]:
    """One run a row of logit profiles (r, 10); respondents share a part `common` of what they like about a clip.

    Clips are in a keyed order that goes round the values, as a bench asks them.
    """
    rng = np.random.default_rng(seed)
    values = len(SCHWARTZ.codes)
    clips = values * clips_a_value
    clip = np.repeat(np.arange(clips), per_clip * len(FORMS))
    wording = np.repeat(np.argsort(rng.random((clips, wordings)), axis=1)[:, :per_clip].ravel(), len(FORMS))
    form = np.tile(np.arange(len(FORMS)), clips * per_clip)
    shared = rng.normal(0, 1, clips)
    plan, clip_rows = _plan(clip, wording, form), _clips(clips)
    folders = []
    for number, profile in enumerate(profiles):
        liking = np.sqrt(common) * shared + np.sqrt(1 - common) * rng.normal(0, 1, clips)
        logit = (levels[number] if levels else 0.3) + np.asarray(profile)[clip % values] + liking[clip]
        logit = logit + 0.5 * rng.normal(0, 1, (clips, wordings))[clip, wording]
        accepts = rng.random(clip.size) < 1 / (1 + np.exp(-logit))
        folder = place / (names[number] if names else f"run{number:02d}")
        folder.mkdir(parents=True)
        pq.write_table(plan, folder / "plan.parquet")
        pq.write_table(clip_rows, folder / "clips.parquet")
        write_manifest(folder / "manifest.json", _manifest(folder.name))
        ids = plan["ask_id"].to_pylist()
        choices = [_choice(FORMS[f], bool(a)) for f, a in zip(form.tolist(), accepts.tolist(), strict=True)]
        with AnswerStore(folder / "answers.sqlite") as store:
            store.record(StoredAnswer(i, "choice", c, text=c) for i, c in zip(ids, choices, strict=True))
        folders.append(folder)
    return folders


def _choice(form: tuple[str, str, list[str], list[float]], accepts: bool) -> str:
    return form[2][form[3].index(1.0 if accepts else 0.0)]


def _plan(clip: np.ndarray, wording: np.ndarray, form: np.ndarray) -> pa.Table:
    rows = [
        {
            "ask_id": f"ask-{c}-{w}-{FORMS[f][1]}",
            "item_id": f"item-{c}-{w}-{FORMS[f][1]}",
            "group_id": f"group-{c}",
            "clip_id": f"clip{c:05d}",
            "condition": "neutral",
            "protocol": "balanced",
            "construct": "like",
            "wording": f"w{w}",
            "block": FORMS[f][0],
            "form": FORMS[f][1],
            "repeat": 0,
            "system": "",
            "before_media": "",
            "after_media": f"{FORMS[f][1]} in wording {w}?",
            "options": FORMS[f][2],
            "acceptance": FORMS[f][3],
            "answer_spec": "{}",
            "max_tokens": 8,
        }
        for c, w, f in zip(clip.tolist(), wording.tolist(), form.tolist(), strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=PLAN)


def _clips(count: int) -> pa.Table:
    values = len(SCHWARTZ.codes)
    rows = [
        {
            "clip_id": f"clip{c:05d}",
            "path": f"/clips/{c}.mp4",
            "kind": "video",
            "cluster": f"clip{c:05d}",
            "labels": [0.9 if place == c % values else 0.02 for place in range(values)],
            "label_source": "sidecar",
            "value_sets": [SCHWARTZ.codes[c % values]],
            "control_for": [],
        }
        for c in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=CLIPS)


def _manifest(name: str) -> RunManifest:
    return RunManifest(
        kind="bench",
        config={},
        seed=0,
        respondent=RespondentRecord(name=f"planted:{name}", fingerprint="f" * 32, settings={"decoding": "greedy"}),
        conditions=(ConditionRecord(name="neutral", text="", placement="system"),),
        fingerprints=Fingerprints(suite="5" * 32, bank="b" * 32),
        plan="p" * 32,
    )
