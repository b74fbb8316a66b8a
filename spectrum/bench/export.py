"""All answers of a run as JSONL, one line an ask: for other programs, and for `recorded:` to answer again."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.store import AnswerStore

_FROM_PLAN = (
    "ask_id", "item_id", "clip_id", "condition", "construct", "wording", "block", "form", "repeat",
    "system", "before_media", "after_media", "options",
)  # fmt: skip
_FROM_ANSWERS = ("ask_id", "outcome", "choice", "text", "finish_reason", "probabilities", "error")


def export_answers(folder: Path, out: Path, shown: Mapping[str, str] | None = None) -> int:
    """Write what was asked and answered in a run, in the order of the plan; give the number of lines.

    `shown` names, by ask_id, the clips of asks that showed several ("a+b", as a recording goes by).
    Asks without an answer have no line. Raises RunFolderError where the run has no plan or no answers.
    """
    run = RunFolder(folder)
    try:
        plan = pq.read_table(run.plan, columns=list(_FROM_PLAN))
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"{run.plan} cannot be read ({error}); is {folder} a run folder?") from None
    with AnswerStore(run.answers, read_only=True) as store:
        answers = {row["ask_id"]: row for row in store.table().select(list(_FROM_ANSWERS)).to_pylist()}
    out.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with out.open("w", encoding="utf-8") as stream:
        for batch in plan.to_batches(max_chunksize=4096):
            for row in batch.to_pylist():
                if row["ask_id"] in answers:
                    row["clip_id"] = (shown or {}).get(row["ask_id"], row["clip_id"])
                    stream.write(json.dumps(row | answers[row["ask_id"]]) + "\n")
                    written += 1
    return written
