"""Benches and indexes in child processes, forked off a process with threads and spawned anew: the same results."""

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kill_campaign import left_behind
from tests.support.commands import Shell
from tests.support.indexes import ColourEmbedder
from video_index.decode import DecoderPool
from video_index.ingest import ingest
from video_index.store import open_index


def run_spectrum(arguments: list[str]) -> None:
    import sys

    from spectrum.cli import main

    sys.argv = ["spectrum", *arguments]
    main()


def index_clips(clips: str, place: str) -> None:
    ingest(clips, place, ColourEmbedder())


def in_process(method: str, target: Callable[..., None], *arguments: object) -> int | None:
    process = multiprocessing.get_context(method).Process(target=target, args=arguments)
    process.start()
    process.join(120)
    alive = process.is_alive()
    process.kill()
    assert not alive, f"{method}: it hangs"
    return process.exitcode


@pytest.mark.slow
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_an_index_and_a_bench_do_not_mind_how_their_process_began(
    method: str, shell: Shell, command: Callable[..., list[str]], index: Path, clips: Path, tmp_path: Path
) -> None:
    if method == "fork" and not hasattr(os, "fork"):
        pytest.skip("no fork here")
    with DecoderPool(1):  # threads and a decoding process that a fork must not trip over
        place = tmp_path / "clips.index"
        assert in_process(method, index_clips, str(clips), str(place)) == 0
        with open_index(place) as made, open_index(index) as expected:
            assert made.fingerprint() == expected.fingerprint()
        shell.ok(*command("bench", tmp_path / "whole"), "--limit", 5, "--no-null-ladder")
        arguments = [*command("bench", tmp_path / "run"), "--limit", "5", "--no-null-ladder"]
        assert in_process(method, run_spectrum, arguments) == 0
    assert left_behind("bench", tmp_path / "run") == left_behind("bench", tmp_path / "whole")
