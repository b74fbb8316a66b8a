"""The whole job on real videos and pictures from the field, where they are at hand."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from spectrum.pocket.checkpoints import ARCHITECTURES
from tests.support.commands import Shell
from tests.support.openai_server import OpenAIServer

CLIPS = Path(__file__).resolve().parents[3] / "shared" / "clips"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CLIPS.is_dir(), reason=f"no real clips at {CLIPS}: they are not part of the project"),
]


@pytest.fixture(scope="module")
def real_index(embedder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from video_index.embed import load_embedder
    from video_index.ingest import ingest

    place = tmp_path_factory.mktemp("real") / "clips.index"
    summary = ingest(CLIPS / "MANIFEST.tsv", place, load_embedder(embedder_folder))
    assert (summary.found, summary.indexed) == (56, 53)
    return place


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_answers_about_every_real_clip(
    shell: Shell, real_index: Path, answering_checkpoints: Mapping[str, Path], tmp_path: Path, architecture: str
) -> None:
    out = shell.ok(
        "bench", f"hf:{answering_checkpoints[architecture]}", "--index", real_index, "--persona", "adventurer",
        "--out", tmp_path / "run", "--frames", 2, "--long-side", 112, "--per-clip", 1, "--quiet",
    )  # fmt: skip
    found = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert found["status"] == "done"
    assert found["failed"] == found["missing"] == 0
    assert found["answered"] == found["planned"] > 200
    assert "report.html" in out


def test_a_served_model_a_planted_and_a_recorded_one_answer_about_real_clips(
    shell: Shell, real_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    common = ("--index", real_index, "--frames", 2, "--long-side", 112, "--quiet")
    with OpenAIServer(latency_s=0.005) as server:
        shell.ok("bench", server.spec, "--out", tmp_path / "served", *common)
    shell.ok("bench", "planted:universalism?strength=3", "--out", tmp_path / "planted", *common)
    shell.ok("report", tmp_path / "planted", "--answers", tmp_path / "answers.jsonl")
    shell.ok("bench", f"recorded:{tmp_path / 'answers.jsonl'}", "--out", tmp_path / "recorded", *common)
    for name in ("served", "planted", "recorded"):
        assert json.loads((tmp_path / name / "summary.json").read_text())["status"] == "done"
    shell.ok(
        "browse", "planted:universalism?strength=3", "--persona", "conservationist", "--slots", 12,
        "--probe-every", 3, "--out", tmp_path / "browse", *common,
    )  # fmt: skip
