"""What stands behind the numbers: a run's thumbnails, and what was asked and said about a clip."""

import base64
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spectrum.report.blocks import Answer
from spectrum.runs.folder import RunFolder
from video_index.errors import SpectrumError

if TYPE_CHECKING:
    from spectrum.runs.records import StoredAnswer

LONGEST = 2_000
"""Characters of an answer that are shown: one that fills its token limit with noise must not fill the page."""
_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")
_COLUMNS = ["ask_id", "clip_id", "condition", "wording", "form", "block", "repeat", "system", "after_media"]


def thumbnail(folder: Path, clip_id: str) -> str | None:
    """A clip's thumbnail as a data URI, None where there is none.

    Only a WebP file of a plain name, and no link, so that a damaged or hostile run cannot point elsewhere.
    """
    path = folder / f"{clip_id}.webp"
    if not _ID.fullmatch(clip_id) or path.is_symlink():
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return None
    return "data:image/webp;base64," + base64.b64encode(content).decode("ascii")


def shortened(text: str, longest: int = LONGEST) -> str:
    """A text of at most `longest` characters; how many were left out is said."""
    return text if len(text) <= longest else f"{text[:longest]} ... ({len(text) - longest:,} characters more)"


def answers_about(
    run: RunFolder, clip_ids: Collection[str], most: int
) -> tuple[dict[str, list[Answer]], dict[str, int], list[str]]:
    """What was asked about clips as they are, and answered.

    At most `most` answers a clip, spread evenly over its conditions and wordings; those that are no choice first.
    Returns answers by clip, how many of each clip's asks are not shown, and what could not be read, a sentence each.
    """
    try:
        plan = _plan(run.plan, clip_ids)
        stored = _stored(run.answers, plan["ask_id"].to_pylist())
    except (OSError, pa.ArrowException, SpectrumError) as error:
        return {}, {}, [f"Answers to single questions cannot be shown ({str(error).splitlines()[0]})."]
    by_clip: dict[str, list[Answer]] = {}
    odd: dict[str, list[Answer]] = {}
    for row in plan.to_pylist():
        found = stored.get(row["ask_id"])
        answer = _answer(row, found)
        (by_clip if answer.outcome == "choice" else odd).setdefault(row["clip_id"], []).append(answer)
    shown, unseen = {}, {}
    for clip_id in clip_ids:
        first, rest = odd.get(clip_id, []), by_clip.get(clip_id, [])
        kept = [*_spread(first, most // 2), *_spread(rest, most - min(len(first), most // 2))]
        shown[clip_id] = kept
        unseen[clip_id] = len(first) + len(rest) - len(kept)
    return shown, unseen, []


def answers_to(run: RunFolder, ask_ids: Collection[str]) -> tuple[dict[str, Answer], list[str]]:
    """What was asked and answered by ask_id, and what could not be read, a sentence each."""
    try:
        wanted = pc.field("ask_id").isin(list(ask_ids))
        plan = pq.read_table(run.plan, columns=_COLUMNS, filters=wanted)
        stored = _stored(run.answers, plan["ask_id"].to_pylist())
    except (OSError, pa.ArrowException, SpectrumError) as error:
        return {}, [f"Answers to single questions cannot be shown ({str(error).splitlines()[0]})."]
    return {row["ask_id"]: _answer(row, stored.get(row["ask_id"])) for row in plan.to_pylist()}, []


def _plan(path: Path, clip_ids: Collection[str]) -> pa.Table:
    wanted = pc.field("clip_id").isin(list(clip_ids))
    table = pq.read_table(path, columns=[*_COLUMNS, "arm"], filters=wanted)
    intact = pc.or_kleene(pc.is_null(table["arm"]), pc.equal(table["arm"], "intact"))
    return table.filter(pc.fill_null(intact, True)).select(_COLUMNS)


def _stored(path: Path, ask_ids: list[str]) -> "Mapping[str, StoredAnswer]":
    from spectrum.runs.store import AnswerStore

    if not path.is_file():
        return {}
    with AnswerStore(path, read_only=True) as store:
        return store.get(ask_ids)


def _answer(row: dict[str, str], found: "StoredAnswer | None") -> Answer:
    question = (row["after_media"] or row["system"] or "").strip()
    if found is None:
        return Answer(shortened(row["condition"], 80), shortened(question), "missing", "")
    said = found.text.strip() or found.choice or ""
    condition = shortened(row["condition"], 80)
    return Answer(condition, shortened(question), found.outcome, shortened(said), _reason(found.fields, said))


def _reason(fields: str | None, said: str) -> str:
    """The reason that was given, unless the answer already shows it."""
    try:
        reason = str(json.loads(fields or "{}").get("reason", ""))
    except (ValueError, AttributeError):
        return ""
    return "" if reason in said else shortened(reason)


def _spread(answers: list[Answer], most: int) -> list[Answer]:
    """At most so many, at even distances."""
    if len(answers) <= most:
        return answers
    return [answers[place * len(answers) // most] for place in range(most)]
