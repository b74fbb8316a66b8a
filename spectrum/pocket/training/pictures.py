"""Renders what the pocket models learn from: frames of generated clips, small, with what each clip shows."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spectrum.pocket.concepts import concepts
from spectrum.pocket.formats import Shown
from spectrum.pocket.scenes import Split, frames, keyed_scene
from video_index.keyed import shuffled

HEIGHT, WIDTH = 96, 64
"""What the pocket models see of a frame, whatever its shape."""
FRAMES = 4
CLIPS = 12_720
"""Clips to learn from: 120 a concept."""


def render(folder: Path, name: str, clips: int, split: Split, seed: int) -> tuple[NDArray[np.uint8], list[Shown]]:
    """Frames (clips, 4, 96, 64, 3) uint8, all concepts equally often, and what each clip shows.

    They are kept in `folder` under `name` and rendered once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures, truth = folder / f"{name}.npy", folder / f"{name}.json"
    if not truth.exists():
        out = np.lib.format.open_memmap(pictures, mode="w+", dtype=np.uint8, shape=(clips, FRAMES, HEIGHT, WIDTH, 3))
        by_name = {concept.name: concept for concept in concepts()}
        shown: list[Shown] = []
        for number in range(clips):
            turn, place = divmod(number, len(by_name))
            concept = by_name[shuffled(by_name, seed, "render", turn)[place]]
            scene = keyed_scene(concept, seed, number, split)
            for index, pixels in enumerate(frames(scene, FRAMES)):
                out[number, index] = small(pixels)
            shown.append(Shown(concept.name, scene.scenery, scene.palette, scene.actors, scene.caption))
        out.flush()
        truth.write_text(json.dumps([asdict(one) for one in shown]), encoding="utf-8")
    return np.load(pictures, mmap_mode="r"), [Shown(**row) for row in json.loads(truth.read_text(encoding="utf-8"))]


def small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame as the models see it, (96, 64, 3) uint8: the whole of it, squashed."""
    return np.asarray(Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
