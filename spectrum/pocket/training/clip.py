"""Trains the pocket CLIP on the tower's features, and writes it as the folder that open_clip loads.

    python -m spectrum.pocket.training.clip --out FOLDER --seed 0

Two kinds of batches take turns: names alone, where every frame that shows the named concept is a match, and whole
captions (how many of what, where, in which light), each of which has one match.
"""

import argparse
import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spectrum.pocket.concepts import concepts
from spectrum.pocket.formats import Shown
from spectrum.pocket.scenes import PALETTES, SCENERIES
from spectrum.pocket.training.pictures import CLIPS, HEIGHT, WIDTH, render
from spectrum.pocket.training.tokens import phrase_tokenizer
from spectrum.pocket.training.vision import ARCHITECTURE, MEAN, SD, features, load_tower, train_tower
from video_index.extras import import_extra
from video_index.keyed import integer
from video_index.torchvision_shim import ensure_torchvision

_LOG = logging.getLogger(__name__)
_PAD, _START, _END = "<pad>", "<start>", "<end>"
_CONTEXT = 24
_STEPS = 500
_BATCH = 192
_RATE = 1.5e-3
_LIGHT = {"warm": "orange", "cool": "blue", "grey": "grey", "violet": "violet", "green": "green"}
_NUMBER = (("a", "one"), ("two",), ("three",))
_NAMED = (
    "{}", "a {}", "the {}", "a photo of a {}", "a frame of a short video showing a {}", "a phone video of a {}",
    "a screenshot of a short video with a {}", "a close-up of a {}", "a short video of a {}", "a photo of {}",
    "a frame of a short video showing {}", "a phone video of {}", "a screenshot of a short video with {}",
    "a close-up of {}",
)  # fmt: skip
_WHOLE = (
    "{count} {concept} in the {scenery} with {light} light",
    "a photo of {count} {concept} in the {scenery} with {light} light",
    "{count} {concept}, {scenery}, {light} light",
    "{count} {concept} in {light} light in the {scenery}",
)


def caption(shown: Shown, template: str = _WHOLE[0], number: int = -1) -> str:
    """What a clip shows, in words the pocket CLIP knows."""
    count = _NUMBER[shown.actors - 1][number]
    return template.format(count=count, concept=shown.concept, scenery=shown.scenery, light=_LIGHT[shown.palette])


def settings(tokenizer: Any) -> dict[str, Any]:
    """The model's configuration, as open_clip takes it."""
    return {
        "embed_dim": 128,
        "vision_cfg": {
            "timm_model_name": ARCHITECTURE,
            "timm_model_pretrained": False,
            "timm_pool": "avg",
            "timm_proj": "mlp",
            "image_size": [HEIGHT, WIDTH],
        },
        "text_cfg": {
            "context_length": _CONTEXT,
            "vocab_size": len(tokenizer),
            "width": 128,
            "heads": 4,
            "layers": 2,
            "hf_tokenizer_name": "own",
            "pool_type": "eos",
            "eos_id": tokenizer.convert_tokens_to_ids(_END),
            "pad_id": tokenizer.convert_tokens_to_ids(_PAD),
        },
    }


def tokenizer_of() -> Any:
    """The words of names and captions, lower-cased, a token each; other words in bytes."""
    texts = [*_NAMED, *_WHOLE, *_LIGHT.values(), *SCENERIES, *PALETTES, *(word for row in _NUMBER for word in row)]
    texts += [concept.name for concept in concepts()]
    return phrase_tokenizer(
        [_PAD, _START, _END],
        [text.replace("{", " ").replace("}", " ") for text in texts],
        end_token=_END,
        pad_token=_PAD,
        context=_CONTEXT,
        lowercase=True,
        frame=(_START, _END),
    )


def train_clip(folder: Path, *, seed: int, steps: int = _STEPS, clips: int = CLIPS) -> Path:
    """Train for so many steps on frames and tower of `folder`; write `folder/clip` and return it."""
    torch, open_clip = import_extra("torch", "models"), _open_clip()
    pictures, shown = render(folder, "clips", clips, "train", seed)
    tower = load_tower(folder) if (folder / "tower.pt").exists() else train_tower(folder, seed=seed)
    cells = features(tower, pictures.reshape(-1, *pictures.shape[2:]))
    pooled = torch.from_numpy(cells.astype(np.float32).mean(1).reshape(len(shown), pictures.shape[1], -1))
    tokenizer = tokenizer_of()
    torch.manual_seed(seed)
    model = open_clip.CLIP(**settings(tokenizer))
    model.visual.trunk.load_state_dict(tower.state_dict(), strict=False)
    rng = np.random.Generator(np.random.Philox(key=integer(2**62, seed, "clip")))
    names = np.array([one.concept for one in shown])
    learning = [parameter for name, parameter in model.named_parameters() if "visual.trunk" not in name]
    optimizer = torch.optim.AdamW(learning, lr=_RATE, weight_decay=0.05)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min(1, step / 100 + 0.01) * 0.5 * (1 + math.cos(math.pi * step / steps)) + 1e-5
        chosen = rng.integers(0, len(shown), _BATCH)
        frames = pooled[chosen, rng.integers(0, pooled.shape[1], _BATCH)]
        if step % 2:
            texts = [_NAMED[rng.integers(len(_NAMED))].format(shown[place].concept) for place in chosen]
            match = torch.from_numpy((names[chosen][:, None] == names[chosen][None, :]).astype(np.float32))
        else:
            texts = [
                caption(shown[place], _WHOLE[rng.integers(len(_WHOLE))], int(rng.integers(2)) - 1) for place in chosen
            ]
            alike = np.array([caption(shown[place]) for place in chosen])
            match = torch.from_numpy((alike[:, None] == alike[None, :]).astype(np.float32))
        loss = _loss(torch, model, frames, _tokens(torch, tokenizer, texts), match)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(max=math.log(100))
        if step % 50 == 0:
            _LOG.info("step %d of %d: loss %.3f", step, steps, float(loss.detach()))
    return write_clip(folder / "clip", model, tokenizer)


def write_clip(place: Path, model: Any, tokenizer: Any) -> Path:
    """Write the folder that `load_embedder` opens, its weights in half precision."""
    safetensors = import_extra("safetensors.torch", "clips")
    place.mkdir(parents=True, exist_ok=True)
    preprocess = {
        "size": [HEIGHT, WIDTH],
        "mean": [MEAN] * 3,
        "std": [SD] * 3,
        "interpolation": "bilinear",
        "resize_mode": "squash",
    }
    (place / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": settings(tokenizer), "preprocess_cfg": preprocess}, indent=2) + "\n"
    )
    tokenizer.save_pretrained(place)
    weights = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in model.state_dict().items()
    }
    safetensors.save_file(weights, place / "open_clip_model.safetensors")
    return place


def _tokens(torch: Any, tokenizer: Any, texts: Sequence[str]) -> Any:
    return tokenizer(list(texts), padding="max_length", truncation=True, max_length=_CONTEXT, return_tensors="pt")[
        "input_ids"
    ]


def _loss(torch: Any, model: Any, pooled: Any, texts: Any, match: Any) -> Any:
    """Symmetric cross-entropy where a text may match several frames (each an equal share)."""
    functional = torch.nn.functional
    pictures = functional.normalize(model.visual.head(pooled), dim=-1)
    words = functional.normalize(model.encode_text(texts), dim=-1)
    logits = model.logit_scale.exp() * pictures @ words.T
    share = match / match.sum(1, keepdim=True)
    by_picture = (share * logits.log_softmax(1)).sum(1).mean()
    by_text = (share * logits.T.log_softmax(1)).sum(1).mean()
    return -(by_picture + by_text) / 2


def _open_clip() -> Any:
    ensure_torchvision("clips")
    return import_extra("open_clip", "clips")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Train the pocket CLIP.")
    parser.add_argument("--out", type=Path, required=True, help="folder for frames, tower and the model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=_STEPS)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train_clip(options.out, seed=options.seed, steps=options.steps)


if __name__ == "__main__":
    main()
