"""The clips of each value, most accepted to least, with their small pictures inlined."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spectrum.report.read_run import Row, RunView

ENDS = 12
"""Clips shown at each end of a value's order: the report has to stay a file one can send."""
_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")


@dataclass(frozen=True, slots=True)
class Picture:
    """One clip of a value's set."""

    clip_id: str
    title: str
    source: str | None
    """Data URI of its thumbnail; None where the run keeps none."""
    shares: tuple[tuple[str, float | None], ...]
    """Condition and share of acceptance."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A value's clips."""

    name: str
    most: tuple[Picture, ...]
    between: int
    """How many are left out between the most and the least accepted."""
    least: tuple[Picture, ...]


def shelves(run: RunView) -> Iterator[Shelf]:
    """A shelf a value that has clips in its set, and one of the controls; order by the main condition's share."""
    assert run.summary is not None
    shares = {(row["condition"], row["clip_id"]): row["accepted"] for row in run.tables["clip_acceptance"]}
    conditions = (run.main_condition, *run.personas)
    asked = {clip_id for _, clip_id in shares}
    parts = [
        (value.name, [c for c in run.clips if value.code in (c["value_sets"] or ())]) for value in run.summary.values
    ]
    parts.append(("Controls", [clip for clip in run.clips if clip["control_for"]]))
    for name, clips in parts:
        ours = [clip for clip in clips if clip["clip_id"] in asked]
        if not ours:
            continue

        def place(clip: Row) -> tuple[float, str]:
            share = shares.get((run.main_condition, clip["clip_id"]))
            return (1.0 if share is None else -share, clip["clip_id"])

        ours.sort(key=place)
        cut = len(ours) if len(ours) <= 2 * ENDS else ENDS
        most = [_picture(run, clip, conditions, shares) for clip in ours[:cut]]
        least = [_picture(run, clip, conditions, shares) for clip in ours[max(cut, len(ours) - ENDS) :]]
        yield Shelf(name, tuple(most), len(ours) - len(most) - len(least), tuple(least))


def _picture(
    run: RunView, clip: Row, conditions: tuple[str, ...], shares: dict[tuple[str, str], float | None]
) -> Picture:
    clip_id = clip["clip_id"]
    return Picture(
        clip_id=clip_id,
        title=clip["title"] or clip_id[:8],
        source=_inline(run.folder.thumbnails, clip_id),
        shares=tuple((name, shares[name, clip_id]) for name in conditions if (name, clip_id) in shares),
    )


def _inline(folder: Path, clip_id: str) -> str | None:
    """The thumbnail as a data URI; only a WebP file of a plain name, so that a damaged run cannot point elsewhere."""
    if not _ID.fullmatch(clip_id):
        return None
    try:
        content = (folder / f"{clip_id}.webp").read_bytes()
    except OSError:
        return None
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return None
    return "data:image/webp;base64," + base64.b64encode(content).decode("ascii")
