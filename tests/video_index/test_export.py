"""The Parquet file holds what the index holds."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.support.indexes import META, index_in, synthetic_clips
from video_index import export
from video_index.errors import IndexStorageError
from video_index.export import export_parquet


def test_every_clip_and_vector_is_in_the_file_by_clip_id(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_ROWS", 16)  # several row groups, the last one short
    clips = {item.clip.clip_id: item for item in synthetic_clips(50)}
    with index_in("folder", tmp_path) as index:
        index.upsert(list(clips.values()))
        assert export_parquet(index, tmp_path / "x.parquet") == 50
    table = pq.read_table(tmp_path / "x.parquet")
    assert json.loads(table.schema.metadata[b"clip_index"])["embedder"] == META.embedder
    rows = table.to_pylist()
    assert [row["clip_id"] for row in rows] == sorted(clips)
    for row in rows:
        item = clips[row["clip_id"]]
        assert np.array(row["vector"], np.float32).tobytes() == item.vector.tobytes()
        assert np.array(row["frames"], np.float32).tobytes() == item.frames.tobytes()
        assert (row["path"], row["member"]) == (item.clip.locator.path, item.clip.locator.member)
        assert (row["duration_s"], tuple(row["tags"])) == (item.clip.duration_s, item.clip.tags)
        assert json.loads(row["extra"]) == item.clip.extra
        assert json.loads(row["covariates"])["sharpness"] == item.clip.covariates.sharpness


def test_a_file_that_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path):
    with index_in("memory", tmp_path) as index:
        assert export_parquet(index, tmp_path / "empty.parquet") == 0
        with pytest.raises(IndexStorageError, match="cannot write"):
            export_parquet(index, tmp_path / "missing" / "x.parquet")
    assert [entry.name for entry in tmp_path.iterdir()] == ["empty.parquet"]
