"""What run folders of several kinds have in common, as it is found: manifest, questions, named values, table rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spectrum.errors import RunFolderError
from spectrum.report.result_folder import Row
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest, read_manifest

QUESTION = ("condition", "construct", "wording", "block", "form", "system", "before_media", "after_media", "options")
"""Columns of plan.parquet that make a question."""


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A value's code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ConditionSentence:
    """A sentence on one condition against the reference."""

    condition: str
    sentence: str


def sound_manifest(run: RunFolder, problems: list[str]) -> RunManifest | None:
    """The run's manifest; None, and a problem, where it cannot be read."""
    try:
        return read_manifest(run.manifest)
    except RunFolderError as error:
        problems.append(f"{error}.")
        return None


def distinct_prompts(plan: pa.Table, conditions: Sequence[str] | None = None) -> list[Row]:
    """Each distinct question, in order of condition, construct, wording, block and form; its options in one text.

    `conditions` leaves the others out, and is then the conditions' order.
    """
    # A plan has a row an ask, hundreds of thousands of them: only distinct ones become Python objects.
    asked = plan.select(QUESTION)
    if conditions is not None:
        asked = asked.filter(pc.is_in(asked["condition"], value_set=pa.array(conditions, pa.string())))
    named = asked.set_column(QUESTION.index("options"), "options", pc.binary_join(asked["options"], " / "))
    distinct: list[Row] = named.group_by(list(QUESTION)).aggregate([]).to_pylist()
    place = {name: number for number, name in enumerate(conditions or ())}
    return sorted(distinct, key=lambda row: (place.get(row["condition"], 0), *(str(row[name]) for name in QUESTION)))


def matching(rows: Sequence[Row], wanted: Mapping[str, Any]) -> list[Row]:
    """Rows whose columns have the values wanted."""
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]
