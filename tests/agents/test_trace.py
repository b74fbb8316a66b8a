from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.errors import TraceError
from agents.trace import SlotRecord, TraceWriter, read_trace
from spectrum.runs.slots import SlotView
from tests.support.browsing import record


def write(path: Path, records: list[SlotRecord]) -> None:
    path.unlink(missing_ok=True)
    with TraceWriter(path, "manifest") as writer:
        writer.append(records)
        writer.finish()


@given(st.lists(st.text(max_size=40), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_what_is_written_is_read_back_whatever_the_model_said(tmp_path: Path, replies: list[str]) -> None:
    records = [record(slot, reply) for slot, reply in enumerate(replies)]
    write(tmp_path / "trace.jsonl", records)
    trace = read_trace(tmp_path / "trace.jsonl")
    assert list(trace.records) == records and trace.done and trace.manifest == "manifest"


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
def test_any_changed_byte_is_found(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "trace.jsonl"
    write(path, [record(slot) for slot in range(3)])
    raw = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(raw))
    with pytest.raises(TraceError, match=r"trace\.jsonl"):
        read_trace(path)


def test_a_removed_or_swapped_line_is_found_and_named(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    write(path, [record(slot) for slot in range(3)])
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], lines[1], lines[3], lines[2], lines[4]]))
    with pytest.raises(TraceError, match="line 3"):
        read_trace(path)
    path.write_text("".join(lines[:2] + lines[3:]))
    with pytest.raises(TraceError, match="line 3"):
        read_trace(path)


def test_a_trace_is_appended_to_and_never_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    with TraceWriter(path, "manifest") as writer:
        writer.append([record(0)])
    before = path.read_bytes()
    path.write_bytes(before + b'{"seal":"torn')
    with TraceWriter(path, "manifest") as writer:
        assert [r.slot for r in writer.records] == [0] and not writer.done
        writer.append([record(1)])
    assert path.read_bytes().startswith(before) and [r.slot for r in read_trace(path).records] == [0, 1]


def test_a_trace_of_another_run_and_an_absent_one_are_told(tmp_path: Path) -> None:
    write(tmp_path / "trace.jsonl", [record(0)])
    with pytest.raises(TraceError, match="another run"):
        TraceWriter(tmp_path / "trace.jsonl", "other")
    with pytest.raises(TraceError, match="cannot read"):
        read_trace(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_bytes(b"")
    with pytest.raises(TraceError, match="middle of a line"):
        read_trace(tmp_path / "empty.jsonl")


def test_a_slot_of_a_newer_trace_can_be_looked_at_and_not_replayed() -> None:
    slot = record(0).model_dump(mode="json")
    slot |= {"mood": "new", "drawn": "dreamt", "asks": [slot["asks"][0] | {"mood": "new"}]}
    seen = SlotView.model_validate(slot)
    assert (seen.drawn, seen.asks[0].reply) == ("dreamt", "like")
    with pytest.raises(ValidationError, match="mood"):
        SlotRecord.model_validate(slot)
