"""A clip index as one Parquet file, for whoever wants the vectors without Qdrant."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from video_index.clip_index import ClipIndex
from video_index.errors import IndexStorageError

_ROWS = 1024


def export_parquet(index: ClipIndex, path: str | Path) -> int:
    """Write one row a clip, by clip_id, and return how many.

    Columns: the clip's fields (`covariates` and `extra` as JSON text, `tags` as a list), `vector` (fixed-size
    list of float32, unit length) and `frames` (a list of such vectors). The index's description lies in the
    file's metadata under `clip_index`. The file appears whole or not at all. Raises IndexStorageError.
    """
    target = Path(path)
    draft = target.with_name(target.name + ".part")
    described = json.dumps(index.meta.to_dict()).encode()
    schema = _schema(index.meta.dimension).with_metadata({b"clip_index": described})
    count = 0
    try:
        with pq.ParquetWriter(draft, schema) as writer:
            rows: list[dict[str, object]] = []
            for item in index.items():
                clip = item.clip
                known = {name: getattr(clip, name) for name in _PLAIN}
                rows.append(
                    {
                        **known,
                        "path": clip.locator.path,
                        "member": clip.locator.member,
                        "tags": list(clip.tags),
                        "covariates": json.dumps(
                            {name: getattr(clip.covariates, name) for name in clip.covariates.__slots__}
                        ),
                        "extra": json.dumps(dict(clip.extra), ensure_ascii=False),
                        "vector": item.vector,
                        "frames": list(item.frames),
                    }
                )
                count += 1
                if len(rows) == _ROWS:
                    writer.write_table(pa.Table.from_pylist(rows, schema))
                    rows.clear()
            writer.write_table(pa.Table.from_pylist(rows, schema))
        draft.replace(target)
    except OSError as error:
        raise IndexStorageError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return count


_PLAIN = {
    "clip_id": pa.string(),
    "kind": pa.string(),
    "width": pa.int32(),
    "height": pa.int32(),
    "duration_s": pa.float64(),
    "frame_count": pa.int64(),
    "platform": pa.string(),
    "posted": pa.string(),
    "title": pa.string(),
    "url": pa.string(),
    "creator": pa.string(),
    "near_duplicate_of": pa.string(),
}


def _schema(dimension: int) -> pa.Schema:
    vector = pa.list_(pa.float32(), dimension)
    return pa.schema(
        [
            *_PLAIN.items(),
            ("path", pa.string()),
            ("member", pa.string()),
            ("tags", pa.list_(pa.string())),
            ("covariates", pa.string()),
            ("extra", pa.string()),
            ("vector", vector),
            ("frames", pa.list_(vector)),
        ]
    )
