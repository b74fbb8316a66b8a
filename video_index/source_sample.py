"""The files of a source, all of them or a keyed sample, counted before the first is touched."""

import heapq
import os
from collections.abc import Iterator
from pathlib import Path

from video_index.keyed import digest
from video_index.sources import SourceItem, scan


def chosen_items(source: str | Path, sample: int | None, seed: int) -> tuple[Iterator[SourceItem], int]:
    """The items of `scan` in its order, or `sample` of them drawn by a key, and how many they are.

    The key is `seed` and the path below the source: moving the folder, or adding files to it, changes
    nobody else's draw. Raises ClipSourceError.
    """
    root = Path(source).expanduser().absolute()
    base = root if root.is_dir() else root.parent

    def key(item: SourceItem) -> tuple[bytes, str]:
        name = f"{os.path.relpath(item.locator.path, base)}!{item.locator.member or ''}"
        return digest(seed, "sample of files", name), name

    if sample is None:
        return scan(source), sum(1 for _ in scan(source))
    drawn = set(heapq.nsmallest(sample, map(key, scan(source))))
    return (item for item in scan(source) if key(item) in drawn), len(drawn)
