from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from agents.trace import read_trace
from spectrum.runs.film import film
from spectrum.views import ClipView
from tests.support.browse_folders import browse_folder, picture
from tests.support.browsing import make_design, make_world
from video_index.clips import Frame
from video_index.errors import UnreadableClipError

DESIGN = make_design("persona,neutral x random", slots=8, replicates=6, probe_every=4)


def kept(folder: Path) -> set[str]:
    return {path.stem for path in (folder / "thumbnails").iterdir()}


def filmed(folder: Path) -> set[str]:
    """Clips of the episodes that the report shows."""
    pairs = film(2, 6, 8, seed=0).pairs
    return {record.clip_id for record in read_trace(folder / "trace.jsonl").records if record.pair in pairs}


def test_clips_that_a_planted_agent_never_looked_at_leave_pictures_where_the_report_shows_them(tmp_path: Path) -> None:
    folder = browse_folder(tmp_path / "run", DESIGN)
    everything = {record.clip_id for record in read_trace(folder / "trace.jsonl").records}
    assert kept(folder) == filmed(folder) < everything
    with Image.open(folder / "thumbnails" / f"{min(kept(folder))}.webp") as image:
        assert image.format == "WEBP" and image.size == (54, 96)


def test_a_clip_that_cannot_be_read_has_no_picture_and_stops_nothing(tmp_path: Path) -> None:
    suite, catalogue = make_world(120, in_suite=60)
    bad = set(catalogue.clip_ids[::3])

    def view(clip_id: str) -> ClipView:
        def load() -> tuple[Frame, ...]:
            raise UnreadableClipError(f"{clip_id} is broken")

        return replace(picture(clip_id), load=load) if clip_id in bad else picture(clip_id)

    folder = browse_folder(tmp_path / "run", DESIGN, world=(suite, catalogue), view=view)
    assert kept(folder) == filmed(folder) - bad
    assert filmed(folder) & bad


def test_going_on_with_a_finished_run_decodes_nothing_again(tmp_path: Path) -> None:
    loaded: list[str] = []

    def view(clip_id: str) -> ClipView:
        def load() -> tuple[Frame, ...]:
            loaded.append(clip_id)
            return (Frame(np.zeros((96, 54, 3), np.uint8), 0.0),)

        return replace(picture(clip_id), load=load)

    folder = browse_folder(tmp_path / "run", DESIGN, view=view)
    assert sorted(loaded) == sorted(filmed(folder))
    browse_folder(folder, DESIGN, view=view)
    assert sorted(loaded) == sorted(filmed(folder))
