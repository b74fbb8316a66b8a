from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrum.pocket.clips import write_clips
from spectrum.pocket.tiny_clip import build_tiny_clip
from tests.support.checkpoints import answering_checkpoints
from tests.support.commands import Shell

__all__ = ["answering_checkpoints"]


@pytest.fixture(scope="session", autouse=True)
def _embedding_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands under test leave the user's own cache alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VALUE_SPECTRUM_CACHE", str(tmp_path_factory.mktemp("embedding-cache")))
        yield


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


@pytest.fixture(scope="session")
def embedder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_clip(tmp_path_factory.mktemp("embedder") / "tiny-clip")


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty generated clips with sidecar truth: two a value, ten controls."""
    folder = tmp_path_factory.mktemp("clips")
    write_clips(folder, per_value=2, controls=10, seconds=0.5)
    return folder


@pytest.fixture(scope="session")
def clip_index(clip_folder: Path, embedder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those clips, indexed with the tiny embedder."""
    from video_index.embed import load_embedder
    from video_index.ingest import ingest

    place = tmp_path_factory.mktemp("index") / "clips.index"
    summary = ingest(clip_folder, place, load_embedder(embedder_folder))
    assert summary.indexed == 30
    return place
