"""A user's mistake gives one line that says what was wrong and what to do, a status that is not 0, no traceback."""

import importlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from spectrum.pocket.tiny_clip import build_tiny_clip
from spectrum.runs.lock import hold
from tests.support.commands import Shell
from tests.support.openai_server import OpenAIServer


def test_a_wrong_path_is_named(shell: Shell, embedder_folder: Path, tmp_path: Path) -> None:
    gone = tmp_path / "no" / "such" / "folder"
    assert str(gone) in shell.fails("index", gone, "--index", tmp_path / "x", "--embedder", embedder_folder)
    assert str(gone) in shell.fails("report", gone)
    assert str(gone) in shell.fails("search", "a dog", "--index", gone)
    assert str(gone) in shell.fails("bench", "planted:random", "--items", gone)
    assert str(gone) in shell.fails("bench", "planted:random", "--index", gone)


def test_an_empty_folder_says_so(shell: Shell, embedder_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    line = shell.fails("index", tmp_path / "empty", "--index", tmp_path / "x", "--embedder", embedder_folder)
    assert "no clip" in line or "no video" in line, line
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("hf:/no/such/checkpoint", "/no/such/checkpoint"),
        ("gpt-4o", "openai:NAME"),
        ("planted:lover-of-cats", "lover-of-cats"),
        ("recorded:/no/such.jsonl", "/no/such.jsonl"),
        ("py:no_such_module:Thing", "no_such_module"),
    ],
)
def test_an_unknown_model_is_named(shell: Shell, clip_index: Path, tmp_path: Path, spec: str, said: str) -> None:
    assert said in shell.fails("bench", spec, "--index", clip_index, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_name_that_the_hub_cannot_be_asked_for_says_so(
    shell: Shell, clip_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "no-org/no-model" in shell.fails("bench", "hf:no-org/no-model", "--index", clip_index)


def test_a_missing_extra_names_the_command_that_installs_it(
    shell: Shell, clip_index: Path, answering_checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = answering_checkpoints["smolvlm"]
    real = importlib.import_module

    def absent(name: str, package: str | None = None) -> ModuleType:
        if name.split(".")[0] in ("transformers", "open_clip", "langchain"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.split(".")[0])
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", absent)
    assert "value-spectrum[clips]" in shell.fails("search", "a dog", "--index", clip_index)
    assert "value-spectrum[models]" in shell.fails("bench", f"hf:{checkpoint}", "--index", clip_index)
    assert "value-spectrum[chat]" in shell.fails("bench", "openai:x@http://127.0.0.1:9/v1", "--index", clip_index)


def test_a_missing_api_key_is_said_before_anything_is_asked(
    shell: Shell, clip_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert "OPENAI_API_KEY" in shell.fails("bench", "openai:gpt-4o", "--index", clip_index, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_model_the_server_does_not_have_stops_the_run_at_once(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    with OpenAIServer() as server:
        spec = server.spec.replace("tiny-vlm", "no-such-model")
        line = shell.fails("bench", spec, "--index", clip_index, "--out", tmp_path / "run", "--limit", 2, "--quiet")
        assert "no-such-model" in line
        assert len(server.requests) <= 8  # no more than what was in flight


def test_an_index_made_with_another_embedder_is_refused(
    shell: Shell, clip_index: Path, clip_folder: Path, tmp_path: Path
) -> None:
    other = build_tiny_clip(tmp_path / "other", seed=1)
    for command in (("search", "a dog"), ("index", clip_folder / ".." / clip_folder.name)):
        line = shell.fails(*command, "--index", clip_index, "--embedder", other)
        assert "was made with the embedder" in line


def test_two_benches_on_one_run_folder_the_second_leaves(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    with hold(tmp_path / "run"):
        line = shell.fails("bench", "planted:random", "--index", clip_index, "--out", tmp_path / "run")
    assert f"process {os.getpid()}" in line or str(os.getpid()) in line


def test_a_run_folder_with_other_settings_is_not_mixed(shell: Shell, clip_index: Path, tmp_path: Path) -> None:
    common = ("--index", clip_index, "--out", tmp_path / "run", "--quiet", "--long-side", 64)
    shell.ok("bench", "planted:random", "--limit", 2, *common)
    assert "limit" in shell.fails("bench", "planted:random", "--limit", 3, *common)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--persona", "stranger"), "stranger"),
        (("--no-neutral",), "--persona"),
        (("--construct", "love"), "love"),
        (("--lexicon", "/no/lexicon.yaml"), "/no/lexicon.yaml"),
        (("--items", "suite.json"), "--items and --index"),
    ],
)
def test_a_wrong_option_is_named(shell: Shell, clip_index: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in shell.fails("bench", "planted:random", "--index", clip_index, "--labels", "retrieval", *arguments)


def test_a_full_disk_is_one_line_and_what_was_answered_stays(clip_index: Path, tmp_path: Path) -> None:
    """A quota on file size stands in for a full disk: what cannot grow fails in the same calls."""
    command = [
        sys.executable, "-m", "spectrum", "bench", "planted:random", "--index", str(clip_index),
        "--out", str(tmp_path / "run"), "--quiet", "--long-side", "64",
    ]  # fmt: skip
    limit = "import resource, signal, sys, runpy; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)); sys.argv = sys.argv[1:]; "
    limit += "sys.argv[0] = 'spectrum'; runpy.run_module('spectrum', run_name='__main__')"
    full = subprocess.run(
        [sys.executable, "-c", limit, *command[2:]], capture_output=True, text=True, check=False, timeout=300
    )
    assert full.returncode == 2, full.stderr
    assert "Traceback" not in full.stderr
    assert full.stderr.splitlines()[-1].startswith("spectrum: ")
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert "asks were answered before" in done.stderr
    assert "1,072 of 1,072 asks answered" in done.stdout


def test_an_option_that_a_frozen_file_fixes_is_refused_not_ignored(
    shell: Shell, clip_index: Path, tmp_path: Path
) -> None:
    suite = tmp_path / "suite.json"
    shell.ok("freeze", "--index", clip_index, "--out", suite)
    line = shell.fails("bench", "planted:random", "--items", suite, "--long-side", 64, "--frames", 2, "--dry-run")
    assert line == (f"spectrum: {suite} fixes --frames and --long-side; leave it out, or freeze another file with it")
