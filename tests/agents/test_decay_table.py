"""Does the table say when a persona fades, and not when it does not?"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from agents.decay_table import decay_table
from agents.trace import SlotRecord, read_trace
from tests.agents.conftest import SHELF

LABELS = dict(zip(SHELF.clip_ids, SHELF.labels, strict=True))
TARGETS = {"bold": np.array([0.0, 1.0, *[0.0] * 8])}
Rows = dict[str, list[dict[str, Any]]]


def parts(rows: list[dict[str, Any]], **wanted: object) -> Rows:
    found: Rows = {}
    for row in rows:
        if all(row[key] == value for key, value in wanted.items()):
            found.setdefault(row["part"], []).append(row)
    return found


@pytest.fixture(scope="module")
def records(yoked_run: Path) -> tuple[SlotRecord, ...]:
    return tuple(read_trace(yoked_run / "trace.jsonl").records)


def test_a_persona_whose_answers_know_no_memory_does_not_fade(yoked_run: Path) -> None:
    rows = pq.read_table(yoked_run / "tables" / "persona_decay.parquet").to_pylist()
    plain = parts(rows, feed="adaptive", memory=True, measure="written", against="neutral")
    assert plain["at start"][0]["low"] > 0 and plain["trend"][0]["half_life"] is None
    windows = plain["window"]
    assert [one["first"] for one in windows] == sorted(one["first"] for one in windows) and len(windows) == 4
    assert sum(one["probes"] for one in windows) == plain["trend"][0]["probes"]
    assert (plain["trend"][0]["personas"], plain["trend"][0]["episodes"]) == (1, 4)
    sampled = parts(rows, feed="adaptive", memory=True, measure="written", against="no memory")["trend"][0]
    assert sampled["low"] < 0 < sampled["high"] and sampled["half_life"] is None
    beyond = parts(rows, feed="adaptive", memory=True, measure="probability", against="no memory")
    assert (beyond["trend"][0]["estimate"], beyond["trend"][0]["half_life"]) == (0, None)
    assert all(window["distance"] == 0 for window in beyond["window"])
    assert not parts(rows, memory=False, against="no memory")


def test_a_persona_that_answers_as_nobody_from_half_time_on_fades(records: tuple[SlotRecord, ...]) -> None:
    nobody = {
        (record.replicate, record.slot): record.asks
        for record in records
        if record.arm == "neutral@adaptive+memory" and record.kind == "probe"
    }
    faded = [
        record.model_copy(update={"asks": nobody[record.replicate, record.slot]})
        if record.arm == "bold@adaptive+memory" and record.kind == "probe" and record.slot >= 10
        else record
        for record in records
    ]
    rows = decay_table(faded, LABELS, TARGETS).to_pylist()
    beyond = parts(rows, feed="adaptive", measure="probability", against="no memory")
    (trend,) = beyond["trend"]
    assert trend["high"] < 0 and 0 < trend["half_life"] < 20
    early, *_, late = beyond["window"]
    assert early["distance"] == 0 and late["high"] < 0


def test_without_a_target_or_a_neutral_agent_nothing_is_said(records: tuple[SlotRecord, ...]) -> None:
    assert not decay_table(records, LABELS, {}).num_rows
    alone = [record for record in records if not record.arm.startswith("neutral")]
    assert not decay_table(alone, LABELS, TARGETS).num_rows
