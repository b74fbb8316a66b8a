"""`spectrum index` embeds no clip again that it embedded for another index."""

from pathlib import Path

import pytest

from spectrum.pocket.clips import write_clips


@pytest.fixture
def few(tmp_path: Path) -> Path:
    write_clips(tmp_path / "few", per_value=1, controls=0, seconds=0.5)
    return tmp_path / "few"


@pytest.mark.slow
def test_a_second_index_of_the_same_bytes_comes_from_the_cache(shell, few, embedder_folder, tmp_path):
    common = ["index", str(few), "--embedder", str(embedder_folder), "--cache", str(tmp_path / "kept"), "--quiet"]
    first = shell(*common, "--index", str(tmp_path / "a"))
    assert first.status == 0
    assert "the embedding cache" not in first.out
    second = shell(*common, "--index", str(tmp_path / "b"))
    assert "10 of the indexed clips were known to the embedding cache" in second.out
    third = shell(*common, "--index", str(tmp_path / "c"), "--cache-limit", "0")
    assert "10 indexed, in" in third.out
    assert "the embedding cache" not in third.out


def test_a_cache_that_cannot_be_used_is_told_and_stops_nothing(shell, few, embedder_folder, tmp_path):
    (tmp_path / "file").write_text("in the way")
    place = ["--index", str(tmp_path / "a"), "--cache", str(tmp_path / "file" / "kept")]
    done = shell("index", str(few), "--embedder", str(embedder_folder), *place, "--quiet")
    assert done.status == 0
    assert "10 indexed" in done.out
    assert "the embedding cache" in done.err
    assert "not used" in done.err
