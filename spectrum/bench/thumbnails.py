"""Small pictures of the clips of a run, for its report: the only media a run folder keeps."""

import io
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from spectrum.bench.planned import ViewFactory
from spectrum.errors import RunFolderError
from spectrum.suite import SuiteClip
from spectrum.views import ClipView
from video_index.clips import Frame
from video_index.errors import UnreadableClipError

HEIGHT = 160
"""Pixels at most."""
_CONTROL = "control"


class Thumbnails:
    """Keeps `<clip_id>.webp` of clips as they are loaded, at most `limit` of them."""

    def __init__(self, folder: Path, limit: int = 2000) -> None:
        """Raises RunFolderError where the folder cannot be made. Pictures of an earlier run of it stay."""
        self._folder = folder
        self._limit = limit
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.glob("*.part"):  # by a run that was killed; the run's lock keeps others out
                left.unlink()
            self._kept = {path.stem for path in folder.glob("*.webp")}
        except OSError as error:
            raise _unwritable(folder, error) from error

    def watch(self, view: ClipView) -> ClipView:
        """The same view, which leaves a thumbnail when its frames are loaded."""

        def load() -> tuple[Frame, ...]:
            frames = view.load()
            if len(self._kept) < self._limit:
                self._keep(view.clip_id, frames)
            return frames

        return replace(view, load=load)

    def complete(self, members: Iterable[SuiteClip], view_factory: ViewFactory, most: int = 8) -> None:
        """Load clips until each value set, and the controls together, have `most` thumbnails.

        A clip that cannot be read is passed over: the report then shows another.
        """
        shown: Counter[str] = Counter()
        for member in members:
            sets = set(member.value_sets) | ({_CONTROL} if member.control_for else set())
            if all(shown[code] >= most for code in sets):
                continue
            if member.clip.clip_id not in self._kept:
                view = view_factory(member.clip)
                try:
                    self._keep(member.clip.clip_id, view.load())
                except UnreadableClipError:
                    continue
            shown.update(sets)

    def add(self, views: Iterable[ClipView]) -> None:
        """Load the views of clips that have no thumbnail yet. A clip that cannot be read is passed over."""
        for view in views:
            if view.clip_id not in self._kept:
                try:
                    self._keep(view.clip_id, view.load())
                except UnreadableClipError:
                    continue

    def _keep(self, clip_id: str, frames: tuple[Frame, ...]) -> None:
        if clip_id in self._kept or not frames:
            return
        path = self._folder / f"{clip_id}.webp"
        fresh = self._folder / f"{clip_id}.{threading.get_ident()}.part"
        try:
            fresh.write_bytes(thumbnail(frames))
            fresh.replace(path)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        self._kept.add(clip_id)


def thumbnail(frames: tuple[Frame, ...]) -> bytes:
    """WebP of the middle frame, at most HEIGHT pixels high, aspect ratio kept."""
    from PIL import Image

    picture = Image.fromarray(frames[len(frames) // 2].pixels)
    if picture.height > HEIGHT:
        width = max(1, round(picture.width * HEIGHT / picture.height))
        picture = picture.resize((width, HEIGHT), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    picture.save(content, format="WEBP", quality=75)
    return content.getvalue()


def _unwritable(folder: Path, error: OSError) -> RunFolderError:
    return RunFolderError(f"{folder} cannot be written ({error.strerror}); free some space and run again")
