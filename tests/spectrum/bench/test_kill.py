"""kill -9 at random moments: nothing stored is lost or stored twice, and the end is that of a plain run."""

import multiprocessing
import os
import signal
import time
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spectrum.runs.folder import RunFolder
from spectrum.runs.store import AnswerStore
from tests.support.benches import run_slowly

GROUP = 16
GROUPS = 48
DELAY_S = 0.01

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")


CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.support.benches"])


def start(folder: Path, delay_s: float, concurrency: int, deterministic: bool) -> tuple[ForkServerProcess, Event]:
    begun = CONTEXT.Event()
    process = CONTEXT.Process(target=run_slowly, args=(folder, delay_s, concurrency, deterministic, begun))
    process.start()
    return process, begun


def answers(folder: Path) -> pa.Table:
    with AnswerStore(RunFolder(folder).answers, read_only=True) as store:
        return store.table().drop_columns(["answered_at", "latency_s"])


def written(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("plain") / "run"
    run_slowly(folder, 0.0, 1)
    return folder


def kill_and_finish(folder: Path, kills: int, concurrency: int, deterministic: bool, seed: int) -> dict[str, int]:
    """Start and kill `kills` times, then run to the end; returns counts."""
    moments = np.random.default_rng(seed)
    before: set[str] = set()
    kills_at_work = 0
    for number in range(kills):
        process, begun = start(folder, DELAY_S, concurrency, deterministic)
        if number % 4 != 3:
            # Every fourth is killed from its start on: while it plans, writes its manifest, opens its store.
            begun.wait(30)
        time.sleep(moments.uniform(0.0, GROUPS * DELAY_S / concurrency / kills))
        kills_at_work += begun.is_set() and process.is_alive()
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        if not RunFolder(folder).answers.exists():
            continue
        with AnswerStore(RunFolder(folder).answers) as store:
            stored, attempts = store.answered(), store.attempts()
        assert before <= stored, "something stored was lost"
        assert stored <= attempts.keys()
        before = stored
    process, _ = start(folder, 0.0, concurrency, deterministic)
    process.join()
    assert process.exitcode == 0
    with AnswerStore(RunFolder(folder).answers, read_only=True) as store:
        stored, attempts = store.answered(), store.attempts()
    return {
        "stored": len(stored),
        "sent again": sum(attempts.values()) - len(stored),
        "kills at work": kills_at_work,
    }


def hold_against_plain(folder: Path, plain: Path, counts: dict[str, int], concurrency: int) -> None:
    assert counts["kills at work"] > 0
    assert counts["stored"] == GROUP * GROUPS
    assert counts["sent again"] <= counts["kills at work"] * GROUP * concurrency
    assert written(answers(folder)) == written(answers(plain))
    assert RunFolder(folder).plan.read_bytes() == RunFolder(plain).plan.read_bytes()
    assert RunFolder(folder).clips.read_bytes() == RunFolder(plain).clips.read_bytes()


@pytest.mark.parametrize(("concurrency", "deterministic"), [(1, False), (1, True), (3, False)])
def test_a_killed_bench_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, plain: Path, concurrency: int, deterministic: bool
) -> None:
    counts = kill_and_finish(tmp_path / "run", 4, concurrency, deterministic, seed=concurrency)
    print(counts)
    hold_against_plain(tmp_path / "run", plain, counts, concurrency)


@pytest.mark.slow
@pytest.mark.parametrize("concurrency", [1, 3])
def test_twenty_kills_change_nothing(tmp_path: Path, plain: Path, concurrency: int) -> None:
    counts = kill_and_finish(tmp_path / "run", 20, concurrency, False, seed=7)
    print(counts)
    hold_against_plain(tmp_path / "run", plain, counts, concurrency)
