"""A small fuzz of media through the real index; the large one is `python -m benchmarks.fuzz_media --files 1000`."""

from pathlib import Path

import pytest

from benchmarks.fuzz_media import DAMAGES, faults, make_originals, run_index, write_damaged
from spectrum.pocket.tiny_clip import build_tiny_clip
from tests.support.indexes import ColourEmbedder
from video_index.ingest import ingest

MEMORY_MIB = 1500


@pytest.mark.slow
def test_forty_damaged_files_end_in_the_index_or_in_quarantine(tmp_path: Path) -> None:
    originals = make_originals(tmp_path / "originals", count=2)
    kinds = write_damaged(tmp_path / "damaged", originals, [], 40, seed=1)
    embedder = build_tiny_clip(tmp_path / "embedder")
    fuzzed = run_index(tmp_path / "damaged", tmp_path / "clips.index", embedder, limit_s=240)
    assert not list(faults(fuzzed, list(kinds)))
    assert len(fuzzed.quarantined) > 5 and len(fuzzed.indexed) > 5
    assert 0 < max(fuzzed.peak_mib) < MEMORY_MIB


def test_every_kind_of_damage_is_met_without_a_crash(tmp_path: Path) -> None:
    originals = make_originals(tmp_path / "originals", count=1)
    kinds = write_damaged(tmp_path / "damaged", originals, [], 3 * len(DAMAGES), seed=2)
    found = ingest(tmp_path / "damaged", tmp_path / "clips.index", ColourEmbedder(), time_limit_s=20)
    assert found.found == len(kinds) == found.indexed + found.duplicates + len(found.quarantined)
    assert all(each.reason and "Traceback" not in each.reason for each in found.quarantined)
