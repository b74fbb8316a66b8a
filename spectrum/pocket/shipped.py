"""The pocket set that comes with the package: clips, a CLIP, a VLM, a lexicon, personas, and what was planted."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectrum.errors import ConfigError
from spectrum.pocket.clips import cast_scenes
from spectrum.pocket.formats import formats
from spectrum.pocket.planted import planted_rule
from spectrum.pocket.scenes import Scene
from spectrum.values import SCHWARTZ, parse_values

CLIPS_SEED = 35
"""The seed of the shipped clips: one of those that show a few clips which are refused."""


def clip_folder() -> Path:
    """Folder of generated clips with sidecars, held out from all training: 20 a value and 40 controls."""
    return _part("data/clips", "0000.mp4")


def scenes() -> Iterator[Scene]:
    """The scenes of the shipped clips, in their order: `write_clips(folder, seed=CLIPS_SEED, split="held-out")`."""
    return cast_scenes(per_value=20, controls=40, seed=CLIPS_SEED, split="held-out")


def embedder_folder() -> Path:
    """Folder of the pocket CLIP, for `load_embedder`."""
    return _part("data/embedder", "open_clip_model.safetensors")


def checkpoint_folder() -> Path:
    """Folder of the pocket VLM, for `hf:`."""
    return _part("data/vlm", "model.safetensors")


def lexicon_path() -> Path:
    """The words that the pocket CLIP knows, for `load_lexicon`."""
    return _part("lexicon.yaml")


def personas_path() -> Path:
    """Personas in words that the pocket VLM was trained on, with their planted targets, for `load_personas`."""
    return _part("personas.yaml")


def planted_profile(
    traits: Mapping[str, float] | None = None, folder: Path | None = None, *, written: bool = False
) -> dict[str, float]:
    """Planted acceptance attributable to each value, centred over the ten, by code: what a perfect answerer shows.

    Acceptance of a clip is 1/2 [P(yes | would) + P(no | would not)] under the planted yes-bias. It is regressed on
    the clip's ten labels, the share of clips it shows being the intercept, over the shipped clips (or those of
    `folder`), less those that are refused. `traits`: value code -> +1 or -1 for each trait of a persona that names
    it. `written`: the share of accepting answers among those that a perfect answerer writes when it always writes
    the likeliest, over the four forms of a wording, in place of the probability. Raises ConfigError where the clips
    are absent.
    """
    labels, accepted = _clips(clip_folder() if folder is None else folder, traits, written)
    design = np.column_stack([np.ones(len(labels)), labels])
    coefficients, *_ = np.linalg.lstsq(design, accepted, rcond=None)
    centred = coefficients[1:] - coefficients[1:].mean()
    return {code: float(number) for code, number in zip(SCHWARTZ.codes, centred, strict=True)}


def planted_persona_profile(
    traits: Sequence[str], folder: Path | None = None, *, written: bool = False
) -> dict[str, float]:
    """`planted_profile` of a persona of these traits, sentences of a known template with a known word.

    Traits that name no value count for nothing. Raises ConfigError for a sentence that the pocket VLM does not know.
    """
    known, plain = known_traits(), frozenset(formats().plain_traits)
    pulls: dict[str, float] = {}
    for trait in traits:
        if trait in plain:
            continue
        if trait not in known:
            raise ConfigError(f"the pocket VLM does not know the trait {trait!r}; formats.yaml lists what it knows")
        code, sign = known[trait]
        pulls[code] = pulls.get(code, 0.0) + sign
    return planted_profile(pulls, folder, written=written)


@cache
def known_traits() -> Mapping[str, tuple[str, float]]:
    """Every trait that names a value, in templates trained on and held out: its value's code, and +1 or -1."""
    return {
        template.format(word=word): (code, sign)
        for held_out in (False, True)
        for sign, templates in formats().trait_templates(held_out=held_out).items()
        for template in templates
        for code, words in formats().trait_words.items()
        for word in words
    }


def _clips(
    folder: Path, traits: Mapping[str, float] | None, written: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Labels (n, 10) and planted acceptance (n,) of the clips that are not refused."""
    rule = planted_rule()
    sidecars = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    kept = [row for row in sidecars if not rule.refuses(row["shows"], row["scenery"])]
    accept = np.array([rule.accept_logit(row["shows"], row["palette"], traits) for row in kept])
    bias = np.array([rule.concept_bias(row["shows"]) for row in kept])
    labels = np.zeros((len(kept), len(SCHWARTZ.codes)))
    for place, row in enumerate(kept):
        labels[place, list(parse_values(row["values"]))] = 1.0
    forms = np.stack([accept + bias, accept - bias, *([accept] * 2 if written else [])])
    each = (forms > 0).astype(np.float64) if written else 1 / (1 + np.exp(-forms))
    return labels, each.mean(axis=0)


def _part(name: str, inside: str | None = None) -> Path:
    place = Path(str(resources.files("spectrum.pocket").joinpath(name)))
    wanted = place if inside is None else place / inside
    if not wanted.exists():
        raise ConfigError(f"the pocket set lacks {wanted}; reinstall the package, or train it (docs/pocket.md)")
    return place
