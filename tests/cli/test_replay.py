from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.commands import Shell
from tests.support.indexes import ColourEmbedder
from tests.support.media import write_still
from video_index.ingest import ingest


@pytest.fixture
def run(shell: Shell, clip_index: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    shell.ok(
        "browse", "planted:stimulation", "--index", clip_index, "--persona", "adventurer", "--slots", 8,
        "--probe-every", 4, "--agents", 2, "--frames", 2, "--out", folder, "--quiet",
    )  # fmt: skip
    return folder


def test_a_run_is_verified_and_stepped_through(shell: Shell, run: Path, clip_index: Path, tmp_path: Path) -> None:
    out = shell.ok("replay", run, "--agent", 3, "--index", clip_index, "--parquet", tmp_path / "slots.parquet")
    assert "verified: 48 slots sealed, 48 feed states follow, 36 draws repeat" in out and "choices repeat" in out
    assert out.count("\nslot ") + out.startswith("slot") == 8 and "watched" in out and "(a model)" in out
    assert "probe" in out and "shown so far:" in out
    rows = pq.read_table(tmp_path / "slots.parquet").to_pylist()
    assert len(rows) == 8 and len({row["agent"] for row in rows}) == 1
    assert len(shell.ok("replay", run, "--list").splitlines()) == 6


def test_the_pictures_that_a_checkpoint_was_shown_are_held_against_the_clips(
    shell: Shell, clip_index: Path, answering_checkpoints: Mapping[str, Path], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shell.ok(
        "browse", f"hf:{answering_checkpoints['smolvlm']}", "--index", clip_index, "--slots", 3, "--probe-every", 0,
        "--persona", "adventurer", "--design", "persona x adaptive", "--agents", 2, "--frames", 2, "--long-side", 64,
        "--out", run, "--quiet",
    )  # fmt: skip
    out = shell.ok("replay", run, "--index", clip_index, "--frames", "--verify-only")
    assert "6 choices repeat, 6 slots show the same pixels" in out


def test_a_changed_byte_is_found(shell: Shell, run: Path) -> None:
    trace = run / "trace.jsonl"
    raw = bytearray(trace.read_bytes())
    raw[len(raw) // 2] ^= 1
    trace.write_bytes(bytes(raw))
    assert "trace.jsonl line" in shell.fails("replay", run)


def test_what_cannot_be_replayed_is_said(shell: Shell, run: Path, tmp_path: Path) -> None:
    assert "no agent 'nobody'" in shell.fails("replay", run, "--agent", "nobody")
    assert "name their index" in shell.fails("replay", run, "--frames")
    (tmp_path / "clips").mkdir()
    write_still(tmp_path / "clips" / "other.jpg")
    other = tmp_path / "other.index"
    ingest(tmp_path / "clips", other, ColourEmbedder())
    assert "is not the index that" in shell.fails("replay", run, "--index", other)
    assert "not a run folder" in shell.fails("replay", tmp_path)
