"""`spectrum doctor --model` examines a checkpoint, and its exit status says whether all checks passed."""

from pathlib import Path
from typing import Any

import pytest

from spectrum.pocket.checkpoints import build_checkpoint
from spectrum.respondents.packed_passes import PackedPasses
from spectrum.respondents.shared_prefix import SharedPrefix
from tests.support.commands import Shell

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_checkpoint(tmp_path_factory.mktemp("doctor") / "tiny-llava", "llava", seed=3)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


def test_a_sound_checkpoint_passes_every_check(shell: Shell, folder: Path) -> None:
    out = shell.ok("doctor", "--model", f"hf:{folder}", "--device-map", "cpu")
    assert "tiny-llava: float32, engine: shared prefix" in out
    assert out.count("pass  ") == 12 and "FAIL" not in out
    assert "personas do not leak" in out and "swapped pictures change the logits" in out


def test_a_failed_check_is_exit_status_one(shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = SharedPrefix._prefix

    def prefix(self: SharedPrefix, *args: Any) -> Any:
        if self.checkpoint.folder == folder and getattr(self, "opened", False):
            monkeypatch.setattr(PackedPasses, "read", lambda self, head, features: read(self, head, {}))
        self.opened = True  # type: ignore[attr-defined]
        return own(self, *args)

    read = PackedPasses.read
    monkeypatch.setattr(SharedPrefix, "_prefix", prefix)  # pictures are lost after the trial at opening
    ran = shell("doctor", "--model", f"hf:{folder}", "--device-map", "cpu")
    assert ran.status == 1
    assert "FAIL" in ran.out and "Traceback" not in ran.err


def test_what_is_no_checkpoint_is_one_line(shell: Shell) -> None:
    assert "only a checkpoint can be examined" in shell.fails("doctor", "--model", "planted:hedonist")
    assert "no checkpoint folder ./nowhere" in shell.fails("doctor", "--model", "hf:./nowhere")
