from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.errors import TraceError
from agents.trace import SlotRecord, read_trace, write_trace


def record(slot: int, reply: str = "like") -> SlotRecord:
    return SlotRecord(
        agent="neutral/0", condition="neutral", replicate=0, slot=slot, kind="feed", clip_id="c" * 32, view_id="v",
        ask_ids=("a",), prompt="What now?", reply=reply, outcome="choice", action="like", drawn="sampled",
        probabilities=(0.5, 0.25, 0.2), options=("like", "watch", "skip"), watched=1.0, score=0.5, propensity=1.0,
        candidates=9, feed_state="f", tokens_in=10, tokens_out=1,
    )  # fmt: skip


@given(st.lists(st.text(max_size=40), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_what_is_written_is_read_back_whatever_the_model_said(tmp_path: Path, replies: list[str]) -> None:
    records = [record(slot, reply) for slot, reply in enumerate(replies)]
    write_trace(tmp_path / "trace.jsonl", records)
    assert read_trace(tmp_path / "trace.jsonl") == records


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_changed_byte_is_found(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "trace.jsonl"
    write_trace(path, [record(slot) for slot in range(3)])
    raw = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(raw) - 2))
    raw[place] ^= 1 << data.draw(st.integers(0, 6))
    path.write_bytes(bytes(raw))
    with pytest.raises(TraceError, match=r"trace\.jsonl"):
        read_trace(path)


def test_a_removed_or_swapped_line_is_found_and_named(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    write_trace(path, [record(slot) for slot in range(3)])
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[2] + lines[1])
    with pytest.raises(TraceError, match="line 2"):
        read_trace(path)
