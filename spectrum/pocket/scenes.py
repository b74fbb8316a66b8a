"""Draws one generated clip: a concept acting in a scenery, with nuisances that say nothing about values."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count as count_up
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from spectrum.pocket.concepts import Concept, concepts, glyph
from video_index.keyed import digest, integer, uniform

WIDTH, HEIGHT = 144, 256

SCENERIES = ("meadow", "street", "room", "desert", "night", "snow", "stage", "sea")
PALETTES: dict[str, tuple[int, int, int]] = {
    "warm": (240, 150, 90),
    "cool": (90, 150, 230),
    "grey": (150, 150, 150),
    "violet": (170, 100, 210),
    "green": (110, 190, 110),
}
MOTIONS = ("slide", "bounce", "grow", "sway")
CAPTIONS = (
    "",
    "",
    "",
    "DAY 12",
    "WAIT FOR IT",
    "PART 2",
    "LOOK",
    "5 PM",
    "NEW CLIP",
    "PLAY",
    "ON TOP",
    "FULL VIEW",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that decides a clip's pixels; the nuisances are drawn independently of the concept."""

    concept: Concept
    scenery: str
    palette: str
    brightness: float
    """Factor on the picture, .7 to 1.15."""
    actors: int
    motion: str
    caption: str
    distractor: str | None
    """Name of a control concept shown small in a corner."""
    seed: int
    number: int


Split = Literal["any", "train", "held-out"]


def held_out(concept: str, scenery: str, palette: str) -> bool:
    """Whether no model of ours was trained on this concept in this scenery and palette: one in five is held out."""
    return integer(5, "held-out", concept, scenery, palette) == 0


Place = tuple[str, str]
"""A scenery and a palette."""


def places(concept: Concept, split: Split = "any") -> tuple[Place, ...]:
    """The sceneries and palettes in which a split shows the concept."""
    return tuple(place for place in product(SCENERIES, PALETTES) if _in_split(concept, place, split))


def keyed_scene(concept: Concept, seed: int, number: int, split: Split = "any", taken: Collection[Place] = ()) -> Scene:
    """The scene of clip `number`: every nuisance its own keyed draw, so that none depends on the concept.

    `split` redraws scenery and palette until the concept in them is held out from training, or is not; `taken` are
    not drawn. Raises ValueError where all are taken.
    """
    if set(places(concept, split)) <= set(taken):
        raise ValueError(f"{concept.name} has no place left in the split {split!r}")

    def draw(name: str, options: int) -> int:
        return integer(options, seed, "scene", name, number)

    drawn = (_places(seed, number, turn) for turn in count_up())
    scenery, palette = next(place for place in drawn if place not in taken and _in_split(concept, place, split))
    controls = [other.name for other in concepts() if not other.values]
    aside = draw("distractor", 2 * len(controls))
    return Scene(
        concept=concept,
        scenery=scenery,
        palette=palette,
        brightness=round(0.7 + 0.45 * uniform(seed, "scene", "brightness", number), 3),
        actors=1 + draw("actors", 3),
        motion=MOTIONS[draw("motion", len(MOTIONS))],
        caption=CAPTIONS[draw("caption", len(CAPTIONS))],
        distractor=controls[aside] if aside < len(controls) and controls[aside] != concept.name else None,
        seed=seed,
        number=number,
    )


def _in_split(concept: Concept, place: Place, split: Split) -> bool:
    return split in ("any", "held-out" if held_out(concept.name, *place) else "train")


def _places(seed: int, number: int, turn: int) -> Place:
    """Scenery and palette of the clip's `turn`-th draw."""
    again = (turn,) if turn else ()
    scenery = integer(len(SCENERIES), seed, "scene", "scenery", number, *again)
    return SCENERIES[scenery], tuple(PALETTES)[integer(len(PALETTES), seed, "scene", "palette", number, *again)]


@cache
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def _shade(colour: tuple[int, int, int], factor: float) -> tuple[int, int, int]:
    red, green, blue = (min(255, max(0, round(part * factor))) for part in colour)
    return red, green, blue


def _backdrop(scene: Scene) -> Image.Image:
    base = PALETTES[scene.palette]
    rows = np.linspace(1.15, 0.75, HEIGHT)[:, None, None] * np.array(base, dtype=np.float64)
    picture = Image.fromarray(np.clip(np.broadcast_to(rows, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    horizon = 150 + integer(40, scene.seed, "scene", "horizon", scene.number)
    dark, light = _shade(base, 0.55), _shade(base, 1.3)
    if scene.scenery == "meadow":
        pen.ellipse((-60, horizon, WIDTH + 60, HEIGHT + 160), fill=dark)
    elif scene.scenery == "street":
        pen.rectangle((0, horizon, WIDTH, HEIGHT), fill=dark)
        for left in range(4, WIDTH, 36):
            pen.rectangle((left, horizon + 34, left + 18, horizon + 39), fill=light)
    elif scene.scenery == "room":
        pen.polygon([(0, HEIGHT), (30, horizon), (WIDTH - 30, horizon), (WIDTH, HEIGHT)], fill=dark)
        pen.rectangle((52, 30, 92, 84), outline=light, width=4)
    elif scene.scenery == "desert":
        pen.polygon(
            [(0, horizon + 20), (60, horizon - 14), (WIDTH, horizon + 26), (WIDTH, HEIGHT), (0, HEIGHT)],
            fill=dark,
        )
    elif scene.scenery == "night":
        picture = picture.point(lambda level: level * 0.55)
        pen = ImageDraw.Draw(picture)
        for star in range(24):
            left = integer(WIDTH, scene.seed, "star-x", star, scene.number)
            top = integer(horizon, scene.seed, "star-y", star, scene.number)
            pen.ellipse((left, top, left + 2, top + 2), fill=(255, 255, 235))
    elif scene.scenery == "snow":
        pen.rectangle((0, horizon, WIDTH, HEIGHT), fill=(235, 240, 245))
    elif scene.scenery == "stage":
        pen.polygon([(20, 0), (50, 0), (WIDTH - 10, HEIGHT), (10, HEIGHT)], fill=light)
    else:
        for line in range(horizon, HEIGHT, 14):
            pen.arc((-20, line - 8, WIDTH + 20, line + 8), 0, 180, fill=light, width=3)
    return picture


def _place(scene: Scene, actor: int, moment: float) -> tuple[int, int, float]:
    phase = uniform(scene.seed, "phase", actor, scene.number)
    swing = math.sin(2 * math.pi * (moment + phase))
    left = WIDTH * (actor + 1) / (scene.actors + 1)
    top = 150.0 + 26 * (actor % 2) + 14 * (phase - 0.5)
    size = 1.0 if scene.actors == 1 else 0.72
    if scene.motion == "slide":
        left += 26 * swing
    elif scene.motion == "bounce":
        top -= 30 * abs(swing)
    elif scene.motion == "grow":
        size *= 1 + 0.18 * swing
    else:
        left += 12 * swing
        top += 8 * math.cos(2 * math.pi * (moment + phase))
    return round(left), round(top), size


def frames(scene: Scene, count: int) -> Iterator[NDArray[np.uint8]]:
    """`count` frames in order, RGB uint8 of shape (256, 144, 3)."""
    backdrop = _backdrop(scene)
    actor_picture = glyph(scene.concept.name)
    noise = int.from_bytes(digest(scene.seed, "noise", scene.number, size=8), "big")
    grain = np.random.Generator(np.random.Philox(key=noise)).normal(0, 4, (HEIGHT, WIDTH, 1))
    for index in range(count):
        picture = backdrop.copy()
        if scene.distractor:
            aside = glyph(scene.distractor).resize((30, 30))
            picture.paste(aside, (8 if scene.number % 2 else WIDTH - 38, 40), aside)
        for actor in range(scene.actors):
            left, top, size = _place(scene, actor, index / count)
            scaled = actor_picture.resize(
                (max(8, round(actor_picture.width * size)), max(8, round(actor_picture.height * size)))
            )
            picture.paste(scaled, (left - scaled.width // 2, top - scaled.height // 2), scaled)
        if scene.caption:
            ImageDraw.Draw(picture).text(
                (WIDTH / 2, 226),
                scene.caption,
                font=_font(18),
                anchor="mm",
                fill="white",
                stroke_width=2,
                stroke_fill="black",
            )
        lit = np.asarray(picture, dtype=np.float64) * scene.brightness + grain
        yield np.clip(lit, 0, 255).astype(np.uint8)
