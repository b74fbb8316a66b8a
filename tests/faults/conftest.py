import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spectrum.pocket.clips import write_clips
from tests.support.commands import Shell
from tests.support.indexes import ColourEmbedder
from video_index.ingest import ingest

PLANTED = "planted:stimulation?strength=4"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty generated clips with sidecar truth, so that no embedder is asked for labels."""
    folder = tmp_path_factory.mktemp("clips")
    write_clips(folder, per_value=2, controls=10, seconds=0.5)
    return folder


@pytest.fixture(scope="session")
def index(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("index") / "clips.index"
    ingest(clips, place, ColourEmbedder())
    return place


@pytest.fixture(scope="session")
def command(index: Path) -> Callable[..., list[str]]:
    """The arguments of a small bench or browse run."""

    def arguments(name: str, out: Path, respondent: str = PLANTED) -> list[str]:
        given = [name, respondent, "--index", str(index), "--persona", "adventurer", "--out", str(out), "--quiet"]
        given += ["--frames", "2", "--long-side", "64"]
        return given + (["--slots", "12", "--probe-every", "3", "--replicates", "2"] if name == "browse" else [])

    return arguments


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB of its own, which really fills up."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], capture_output=True)
    if not made or made.returncode:
        pytest.skip("a file system of its own cannot be mounted here (it takes root on Linux)")
    yield place
    subprocess.run(["umount", place], check=True)


def fill(disk: Path, leave_kib: int) -> Path:
    """Fill a file system up to so many KiB; the file to remove for room."""
    status = os.statvfs(disk)
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_frsize - 1024 * leave_kib)
    return filler
