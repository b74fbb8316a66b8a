"""Synthetic clips with vectors, and a clip index in every mode, for tests."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.qdrant_server import qdrant_server
from video_index.clips import Clip, Covariates, Frame, Locator, ViewSpec
from video_index.indexed import IndexedClip, IndexMeta, mean_vector
from video_index.store import ClipIndex, open_index

DIMENSION = 16
VIEW = ViewSpec(frames=4, long_side=64)
META = IndexMeta("planted", "f" * 32, DIMENSION, VIEW)
MODES = ("folder", "memory", "server")
PLATFORMS = ("TikTok", "youtube", None)


def unit_rows(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rows of unit length, float32."""
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def synthetic_clip(rng: np.random.Generator, place: int) -> IndexedClip:
    """A clip that nobody filmed, every field filled now and then."""
    frames = unit_rows(rng.standard_normal((1 + place % 4, DIMENSION)))
    clip = Clip(
        clip_id=rng.bytes(16).hex(),
        locator=Locator(f"/clips/{place}.mp4", None if place % 5 else f"member {place}.mp4"),
        kind="image" if place % 7 == 0 else "video",
        width=360,
        height=640,
        duration_s=0.0 if place % 7 == 0 else 0.1 + place % 60,
        frame_count=30,
        platform=PLATFORMS[place % 3],
        posted=None if place % 4 == 0 else f"2024-{1 + place % 12:02d}-{1 + place % 28:02d}",
        title=None if place % 2 else f'"{place}" \u00fcber \U0001f600\nline',
        tags=("food", "family \u4e00") if place % 3 else (),
        url=f"https://example.org/{place}",
        creator="someone" if place % 6 else None,
        covariates=Covariates(sharpness=-1.0 / (1 + place), brightness=0.1),
        extra={"values": "Hedonism; Power", "n": str(place)},
    )
    return IndexedClip(clip, mean_vector(frames), frames)


def synthetic_clips(count: int, seed: int = 0) -> list[IndexedClip]:
    """`count` clips of different ids."""
    rng = np.random.default_rng(seed)
    return [synthetic_clip(rng, place) for place in range(count)]


@contextmanager
def index_in(mode: str, folder: Path, meta: IndexMeta = META) -> Iterator[ClipIndex]:
    """A new, empty index in one of MODES."""
    with ExitStack() as stack:
        if mode == "server":
            url = f"{stack.enter_context(qdrant_server()).url}/mine"
        else:
            url = ":memory:" if mode == "memory" else str(folder / "clips.index")
        yield stack.enter_context(open_index(url, write=True, meta=meta))


class ColourEmbedder:
    """Sees a frame's mean colour and its quadrants, reads a text's letters: exact, instant, no model."""

    def __init__(self, name: str = "colour", fingerprint: str = "c" * 32) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = 12
        self.logit_scale = 10.0
        self.seen = 0

    def images(self, frames: object) -> NDArray[np.float32]:
        rows = []
        for frame in frames:  # type: ignore[attr-defined]
            assert isinstance(frame, Frame)
            self.seen += 1
            height, width = (side // 2 for side in frame.pixels.shape[:2])
            parts = (
                frame.pixels[rows_, columns].reshape(-1, 3).mean(axis=0)
                for rows_ in (slice(None, max(height, 1)), slice(height, None))
                for columns in (slice(None, max(width, 1)), slice(width, None))
            )
            rows.append(np.concatenate(list(parts)) - 127.3)
        return unit_rows(np.array(rows)) if rows else np.empty((0, self.dimension), np.float32)

    def texts(self, texts: object) -> NDArray[np.float32]:
        rows = [[text.count(letter) - 0.31 for letter in "etaoinshrdlu"] for text in texts]  # type: ignore[attr-defined]
        return unit_rows(np.array(rows))
