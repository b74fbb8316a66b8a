"""Whole browse runs of planted agents in folders, small, with pictures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from agents.catalogue import Catalogue
from agents.designs import BrowseDesign
from agents.job import run_job
from agents.recommenders import EpsilonFeed
from spectrum.questions import load_bank
from spectrum.suite import Suite
from spectrum.views import ClipView
from tests.support.browsing import make_design, make_world, planted
from video_index.clips import Frame, ViewSpec
from video_index.keyed import integer


def picture(clip_id: str) -> ClipView:
    """A view of one upright picture in a colour of the clip's own."""
    colour = [integer(256, clip_id, channel) for channel in range(3)]
    frame = Frame(np.full((96, 54, 3), colour, np.uint8), 0.0)
    return ClipView(clip_id, ViewSpec(), lambda: (frame,))


def browse_folder(
    folder: Path,
    design: BrowseDesign | None = None,
    *,
    world: tuple[Suite, Catalogue] | None = None,
    view: Callable[[str], ClipView] = picture,
) -> Path:
    """A run of a persona, neutral and twin on an exploring feed, walked to its end and counted."""
    suite, catalogue = make_world(120, in_suite=60) if world is None else world
    folder.mkdir(exist_ok=True)
    run_job(
        folder,
        design or make_design(slots=24, replicates=3, probe_every=4),
        suite,
        load_bank(),
        catalogue,
        EpsilonFeed(0.3),
        planted(catalogue),
        view,
        config={"targets": {"bold": [0.0, 1.0, *[0.0] * 8]}, "feed_spec": "epsilon"},
    )
    return folder


def rewrite_trace(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change every slot of a trace in place, seals and all."""
    path = folder / "trace.jsonl"
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "slot" in entry:
            change(entry["slot"])
        lines.append(json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
