"""All answers of a run as JSONL, one line an ask: for other programs, and for `recorded:` to answer again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.bench.arms import Arm, treatment
from spectrum.bench.treatments import captioned
from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.store import AnswerStore

_FROM_PLAN = (
    "ask_id", "item_id", "clip_id", "condition", "construct", "wording", "block", "form", "repeat", "arm",
    "shown_clip_id", "system", "before_media", "after_media", "options",
)  # fmt: skip
_FROM_ANSWERS = ("ask_id", "outcome", "choice", "text", "finish_reason", "probabilities", "error")
_DESCRIBING = ("describe", "description")


def export_answers(folder: Path, out: Path, shown: Mapping[str, str] | None = None) -> int:
    """Write what was asked and answered in a run, in the order of the plan; give the number of lines.

    `clip_id` names what was shown: on a rung of the null ladder another clip's, or the clip's with "#" and what was
    done to it, or nothing where a description stood for the pictures; it is then in `after_media`. `shown` names, by
    ask_id, the clips of asks that showed several ("a+b", as a recording goes by). Asks without an answer have no
    line. Raises RunFolderError where the run has no plan or no answers.
    """
    run = RunFolder(folder)
    try:
        held = set(pq.read_schema(run.plan).names)
        plan = pq.read_table(run.plan, columns=[name for name in _FROM_PLAN if name in held])
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"{run.plan} cannot be read ({error}); is {folder} a run folder?") from None
    with AnswerStore(run.answers, read_only=True) as store:
        answers = {row["ask_id"]: row for row in store.table().select(list(_FROM_ANSWERS)).to_pylist()}
    descriptions: dict[tuple[str, str], str] = {}
    out.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with out.open("w", encoding="utf-8") as stream:
        for batch in plan.to_batches(max_chunksize=4096):
            for row in batch.to_pylist():
                answer = answers.get(row["ask_id"])
                if answer is None:
                    continue
                if row["form"] in _DESCRIBING:
                    descriptions.setdefault((row["clip_id"], row["condition"]), answer["text"])
                put = _as_shown(row, descriptions)
                put["clip_id"] = (shown or {}).get(row["ask_id"], put["clip_id"])
                stream.write(json.dumps(put | answer) + "\n")
                written += 1
    return written


def _as_shown(row: dict[str, Any], descriptions: dict[tuple[str, str], str]) -> dict[str, Any]:
    """The row with the pictures and the text that were put."""
    shown = row.pop("shown_clip_id", None) or row["clip_id"]
    arm = Arm(row.get("arm") or Arm.INTACT)
    if arm is Arm.CAPTION:
        text = descriptions.get((row["clip_id"], row["condition"]), "")
        return row | {"clip_id": "", "after_media": captioned(text, row["after_media"])}
    done = treatment(arm, row["clip_id"])
    return row | {"clip_id": f"{shown}#{done}" if done else shown}
