"""Every clip of a suite is gone: the run ends all the same, and says why its asks failed.

A respondent that turns what it cannot load into replies with an error is asked again about the same clip: that must
not wait for itself.
"""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrum.pocket.clips import write_clips
from tests.support.commands import Shell
from tests.support.indexes import ColourEmbedder
from tests.support.openai_server import OpenAIServer, Says
from video_index.ingest import ingest

GONE = "the file is gone"


@pytest.fixture
def suite(tmp_path: Path, shell: Shell) -> Path:
    """Ten clips, frozen, and then their folder renamed."""
    write_clips(tmp_path / "clips", per_value=1, controls=0, seconds=0.3)
    ingest(tmp_path / "clips", tmp_path / "index", ColourEmbedder())
    frozen = tmp_path / "suite.json"
    shell.ok("freeze", "--index", tmp_path / "index", "--labels", "sidecar", "--out", frozen)
    (tmp_path / "clips").rename(tmp_path / "renamed")
    return frozen


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda request: Says("Yes")) as running:
        yield running


def benched(shell: Shell, suite: Path, respondent: str, out: Path) -> tuple[dict[str, object], str]:
    """The summary of a bench run, and what was said while it went on."""
    ran = shell("bench", respondent, "--items", suite, "--no-null-ladder", "--per-clip", 1, "--out", out)
    assert ran.status == 0, ran.err
    summary: dict[str, object] = json.loads((out / "summary.json").read_text())
    assert summary["status"] == "done"
    return summary, ran.err


def fails_whole(summary: dict[str, object], said: str) -> None:
    assert summary["failed"] == summary["planned"] and summary["answered"] == 0
    assert f"{summary['planned']} asks failed" in said and GONE in said
    assert "more reasons" in said  # one a clip, of which three are told


@pytest.mark.slow
def test_a_local_model_says_of_each_clip_that_it_is_gone(suite: Path, shell: Shell, tmp_path: Path) -> None:
    fails_whole(*benched(shell, suite, "pocket", tmp_path / "run"))
    who = json.loads((tmp_path / "run" / "manifest.json").read_text())["respondent"]
    assert who["name"] == "pocket"  # as it was typed; its folder has another name
    alive = [thread.name for thread in threading.enumerate() if thread.name.startswith("ask-")]
    assert not alive


def test_a_served_model_is_sent_nothing(suite: Path, server: OpenAIServer, shell: Shell, tmp_path: Path) -> None:
    fails_whole(*benched(shell, suite, server.spec, tmp_path / "run"))
    assert not server.requests


def test_a_planted_respondent_looks_at_no_clip(suite: Path, shell: Shell, tmp_path: Path) -> None:
    summary, said = benched(shell, suite, "planted:stimulation", tmp_path / "run")
    assert summary["failed"] == 0 and summary["answered"] == summary["planned"]
    assert "failed" not in said
