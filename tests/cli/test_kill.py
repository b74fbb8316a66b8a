"""Kill -9 a bench of a local checkpoint and a browse run at random moments; the end equals an uninterrupted run's."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from spectrum.runs.store import AnswerStore
from tests.support.commands import Shell
from video_index.keyed import uniform


def tables(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((run / "tables").glob("*.csv"))}


def killed_until_done(command: list[str], run: Path, kills: int) -> int:
    """Start the command again and again, killing it; give how many kills hit a running process."""
    landed = 0
    for number in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-m", "spectrum", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        # Start-up takes seconds: wait until there is something to lose, then a keyed while.
        store = run / "answers.sqlite-wal"
        before = store.stat().st_size if store.exists() else -1
        while process.poll() is None and (store.stat().st_size if store.exists() else -1) == before:
            time.sleep(0.02)
        time.sleep(2.0 * uniform("kill", number))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            landed += 1
        process.wait()
    subprocess.run([sys.executable, "-m", "spectrum", *command], check=True, capture_output=True)
    return landed


@pytest.mark.slow
def test_a_killed_bench_of_a_checkpoint_ends_as_an_uninterrupted_one_byte_for_byte(
    shell: Shell, clip_index: Path, answering_checkpoints: Mapping[str, Path], tmp_path: Path
) -> None:
    common = [
        "bench", f"hf:{answering_checkpoints['qwen2_5_vl']}", "--index", str(clip_index), "--persona", "adventurer",
        "--deterministic", "--frames", "2", "--long-side", "64", "--quiet",
    ]  # fmt: skip
    shell.ok(*common, "--out", tmp_path / "whole")
    landed = killed_until_done([*common, "--out", str(tmp_path / "killed")], tmp_path / "killed", kills=8)
    assert landed >= 3
    assert tables(tmp_path / "killed") == tables(tmp_path / "whole")
    with AnswerStore(tmp_path / "killed" / "answers.sqlite", read_only=True) as store:
        answers, attempts = store.table(), store.attempts()
    assert len(set(answers["ask_id"].to_pylist())) == len(answers)
    assert sum(attempts.values()) - len(answers) <= landed * 16


@pytest.mark.slow
def test_a_killed_browse_ends_with_the_same_trace(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    common = [
        "browse", "planted:stimulation?strength=4", "--index", str(clip_index), "--persona", "adventurer",
        "--slots", "24", "--probe-every", "3", "--replicates", "2", "--frames", "2", "--quiet",
    ]  # fmt: skip
    shell.ok(*common, "--out", tmp_path / "whole")
    killed_until_done([*common, "--out", str(tmp_path / "killed")], tmp_path / "killed", kills=4)
    assert (tmp_path / "killed" / "trace.jsonl").read_bytes() == (tmp_path / "whole" / "trace.jsonl").read_bytes()
    assert tables(tmp_path / "killed") == tables(tmp_path / "whole")
