"""The pocket set that comes with the package: clips, a CLIP, a VLM, a lexicon, personas, and what was planted."""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import numpy as np

from spectrum.errors import ConfigError
from spectrum.pocket.planted import planted_rule
from spectrum.respondents.planted_choices import expected_acceptance
from spectrum.values import SCHWARTZ, parse_values


def clip_folder() -> Path:
    """Folder of generated clips with sidecars, held out from all training: 20 a value and 40 controls."""
    return _part("data/clips", "0000.mp4")


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


def planted_profile(traits: Mapping[str, float] | None = None, folder: Path | None = None) -> dict[str, float]:
    """Planted acceptance attributable to each value, centred over the ten, by code: what a perfect answerer shows.

    Acceptance of a clip is 1/2 [P(yes | would) + P(no | would not)] under the planted yes-bias. It is regressed on
    the clip's ten labels, the share of clips it shows being the intercept, over the shipped clips (or those of
    `folder`). `traits`: value code -> +1 or -1 for each trait of a persona that names it. Raises ConfigError where
    the clips are absent.
    """
    labels, accepted = _clips(clip_folder() if folder is None else folder, traits)
    design = np.column_stack([np.ones(len(labels)), labels])
    coefficients, *_ = np.linalg.lstsq(design, accepted, rcond=None)
    centred = coefficients[1:] - coefficients[1:].mean()
    return {code: float(number) for code, number in zip(SCHWARTZ.codes, centred, strict=True)}


def _clips(
    folder: Path, traits: Mapping[str, float] | None
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Labels (n, 10) and planted acceptance (n,) of the clips that are not refused."""
    rule = planted_rule()
    sidecars = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    kept = [row for row in sidecars if not rule.refuses(row["shows"], row["scenery"])]
    logits = np.array([rule.accept_logit(row["shows"], row["palette"], traits) for row in kept])
    labels = np.zeros((len(kept), len(SCHWARTZ.codes)))
    for place, row in enumerate(kept):
        labels[place, list(parse_values(row["values"]))] = 1.0
    return labels, expected_acceptance(1 / (1 + np.exp(-logits)), yes_bias=rule.yes_bias)


def _part(name: str, inside: str | None = None) -> Path:
    place = Path(str(resources.files("spectrum.pocket").joinpath(name)))
    wanted = place if inside is None else place / inside
    if not wanted.exists():
        raise ConfigError(f"the pocket set lacks {wanted}; reinstall the package, or train it (docs/pocket.md)")
    return place
