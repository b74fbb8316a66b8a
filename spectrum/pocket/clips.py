"""Writes generated clips, H.264 in MP4, each with a sidecar that says as truth what it shows and evokes."""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from spectrum.pocket.concepts import Concept, concepts
from spectrum.pocket.scenes import HEIGHT, WIDTH, Place, Scene, Split, frames, keyed_scene, places
from video_index.extras import import_extra
from video_index.keyed import integer, shuffled

_RATE = 12
_PLATFORMS = ("YouTube", "TikTok", "Instagram")


def _encode(path: Path, scene: Scene, seconds: float) -> None:
    av = import_extra("av", "clips")
    with av.open(str(path), "w") as container:
        # One thread and no date in the header: the same scene gives the same bytes.
        stream = container.add_stream("libx264", rate=_RATE, options={"crf": "27", "preset": "fast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, _RATE)
        for pixels in frames(scene, round(seconds * _RATE)):
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def _sidecar(scene: Scene) -> dict[str, object]:
    number, seed = scene.number, scene.seed
    return {
        "values": "; ".join(scene.concept.values) or "none",
        "shows": scene.concept.name,
        "platform": _PLATFORMS[integer(len(_PLATFORMS), seed, "platform", number)],
        "date": f"2024-{7 + integer(4, seed, 'month', number):02d}-{1 + integer(28, seed, 'day', number):02d}",
        "title": f"generated clip {number}",
        "scenery": scene.scenery,
        "palette": scene.palette,
        "brightness": scene.brightness,
        "actors": scene.actors,
        "motion": scene.motion,
        "caption": scene.caption,
        "distractor": scene.distractor or "",
    }


def cast_scenes(*, per_value: int, controls: int, seed: int, split: Split = "any") -> Iterator[Scene]:
    """The scenes of `write_clips`, in order. A concept comes back to a scenery and palette only when it was in all."""
    taken: dict[str, set[Place]] = {}
    for number, concept in enumerate(_cast(per_value, controls, seed)):
        been = taken.setdefault(concept.name, set())
        if been >= set(places(concept, split)):
            been.clear()
        scene = keyed_scene(concept, seed, number, split, been)
        been.add((scene.scenery, scene.palette))
        yield scene


def _cast(per_value: int, controls: int, seed: int) -> Iterator[Concept]:
    codes = list(dict.fromkeys(code for concept in concepts() for code in concept.values))
    for code in codes:
        # A concept stands for its first value here; what else it evokes comes on top.
        names = [concept.name for concept in concepts() if concept.values[:1] == (code,)]
        yield from _rounds(names, per_value, seed, code)
    yield from _rounds([concept.name for concept in concepts() if not concept.values], controls, seed, "none")


def _rounds(names: list[str], count: int, seed: int, stratum: str) -> Iterator[Concept]:
    by_name = {concept.name: concept for concept in concepts()}
    for place in range(count):
        turn, offset = divmod(place, len(names))
        yield by_name[shuffled(names, seed, "cast", stratum, turn)[offset]]


def write_clips(
    folder: Path,
    *,
    per_value: int = 20,
    controls: int = 40,
    seed: int = 0,
    seconds: float = 2.0,
    split: Split = "any",
) -> int:
    """Write `per_value` clips for each value and `controls` that evoke none; give how many were written.

    Each clip is `NNNN.mp4` (144 x 256 pixels, 12 frames a second) beside `NNNN.json`, whose `values` field is the
    truth. `split` "held-out" keeps to concepts in sceneries and palettes that no pocket model was trained on, "train"
    to the others. A clip whose two files exist already is left alone, so an interrupted call goes on where it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for scene in cast_scenes(per_value=per_value, controls=controls, seed=seed, split=split):
        number = scene.number
        movie, sidecar = folder / f"{number:04d}.mp4", folder / f"{number:04d}.json"
        if movie.exists() and sidecar.exists():
            continue
        partial = movie.with_suffix(".partial.mp4")
        _encode(partial, scene, seconds)
        partial.replace(movie)
        sidecar.write_text(json.dumps(_sidecar(scene), indent=1) + "\n", encoding="utf-8")
        written += 1
    return written
