"""A source's item as the ledger and the index write it down."""

import json
from dataclasses import asdict, replace
from pathlib import Path

from video_index.clips import Clip
from video_index.keyed import digest
from video_index.ledger import FileRecord
from video_index.sources import SourceItem

_GONE = -1


def file_record(item: SourceItem) -> FileRecord:
    """The item's file as it is now, with nothing said of what came of it."""
    noted = digest(json.dumps(asdict(item.metadata), sort_keys=True)).hex()
    try:
        status = Path(item.locator.path).stat()
    except OSError:
        return FileRecord(item.locator, _GONE, _GONE, noted=noted)
    return FileRecord(item.locator, status.st_size, status.st_mtime_ns, noted=noted)


def described(clip: Clip, item: SourceItem) -> Clip:
    """The clip with what its source says of it; the rest stays."""
    known = item.metadata
    return replace(
        clip,
        platform=known.platform,
        posted=known.posted,
        title=known.title,
        tags=known.tags,
        url=known.url,
        creator=known.creator,
        extra=dict(known.extra),
    )
