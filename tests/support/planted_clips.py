"""An embedding space in which it is known what each clip shows: every phrase has a direction of its own."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from spectrum.lexicon import Keyword, Lexicon
from spectrum.values import SCHWARTZ
from video_index.clips import Clip, Covariates, Locator, ViewSpec
from video_index.indexed import IndexMeta

DIMENSION = 64
KEYWORDS = 4
NEUTRAL = ("a plain picture", "a random frame", "a video still")
PHRASES = tuple(f"thing {value} {number}" for value in range(10) for number in range(KEYWORDS))
COMMON = len(PHRASES) + len(NEUTRAL)
"""Axis that every text and every clip shares, as CLIP's do."""


def planted_lexicon() -> Lexicon:
    keywords = tuple(Keyword(int(phrase.split()[1]), phrase, "planted") for phrase in PHRASES)
    return Lexicon(
        system=SCHWARTZ.name,
        keywords=keywords,
        neutral=NEUTRAL,
        templates=("a photo of {}", "{} on video"),
    )


class PlantedEmbedder:
    """Texts become their phrase's axis plus the common one; templates add nothing."""

    name = "planted"
    fingerprint = "planted-1"
    dimension = DIMENSION
    logit_scale = 50.0

    def texts(self, texts: list[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), DIMENSION))
        rows[:, COMMON] = 0.6
        for row, text in enumerate(texts):
            # A text it does not know ("Good photo.") is only what all texts have in common.
            known = [place for place, phrase in enumerate((*PHRASES, *NEUTRAL)) if phrase in text]
            rows[row, known[:1]] = 0.8
        return rows.astype(np.float32)


def clip_id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def planted_clip(name: str, **fields: object) -> Clip:
    settings: dict[str, object] = {
        "clip_id": clip_id(name),
        "locator": Locator(f"/clips/{name}.mp4"),
        "kind": "video",
        "width": 144,
        "height": 256,
        "duration_s": 10.0,
        "frame_count": 100,
        "covariates": Covariates(sharpness=5.0, brightness=0.5, text_area=0.1),
    }
    return Clip(**{**settings, **fields})  # type: ignore[arg-type]


def planted_vector(shows: Sequence[str], name: str, noise: float = 0.05) -> NDArray[np.float32]:
    """Unit vector of a clip that shows these phrases, plus noise of its own on every axis.

    Every clip is a bit like a plain picture, as real ones are: only what it shows stands out against that.
    """
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).normal(scale=noise, size=DIMENSION)
    vector[COMMON] += 0.6
    vector[len(PHRASES) : COMMON] += 0.17
    for phrase in shows:
        vector[PHRASES.index(phrase)] += 0.6 / np.sqrt(len(shows))
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class PlantedIndex:
    """What a suite reads of a clip index, from memory, in whatever order the clips were given."""

    def __init__(self, clips: Sequence[Clip], vectors: NDArray[np.float32]) -> None:
        self._clips = list(clips)
        self._vectors = vectors
        self.meta = IndexMeta("planted", "planted-1", vectors.shape[1], ViewSpec())

    def clips(self) -> Iterator[Clip]:
        return iter(self._clips)

    def vectors(self) -> tuple[list[str], NDArray[np.float32]]:
        return [clip.clip_id for clip in self._clips], self._vectors


def planted_index(
    per_keyword: int = 6, neutral: int = 60, *, truth: bool = False
) -> tuple[PlantedIndex, dict[str, str]]:
    """`per_keyword` clips that show each phrase and `neutral` that show none; and which phrase each clip shows."""
    shown = [(f"{phrase} #{n}", (phrase,)) for phrase in PHRASES for n in range(per_keyword)]
    shown += [(f"nothing #{n}", ()) for n in range(neutral)]
    clips = []
    for place, (name, phrases) in enumerate(shown):
        named = "; ".join(SCHWARTZ.codes[int(phrase.split()[1])] for phrase in phrases) or "none"
        clips.append(
            planted_clip(
                name,
                platform=("tiktok", "youtube")[place % 2],
                duration_s=5.0 + place % 7,
                covariates=Covariates(sharpness=4 + place % 5, brightness=0.3 + 0.05 * (place % 6), text_area=0.1),
                extra={"values": named} if truth else {},
            )
        )
    vectors = np.stack([planted_vector(phrases, name, noise=0.05) for name, phrases in shown])
    return PlantedIndex(clips, vectors), {clip_id(name): (phrases or ("",))[0] for name, phrases in shown}
