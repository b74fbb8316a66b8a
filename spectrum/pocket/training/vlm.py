"""Trains the pocket VLM: in words first, then with pictures in the place of their names.

    python -m spectrum.pocket.training.vlm --out FOLDER --seed 0

The tower is trained first (spectrum.pocket.training.vision), or taken from the folder. Its features are computed once;
only the projector and the language model learn. The answer's target is the planted rule's probability.

What is hard is to be somebody: to find, among a persona's traits, the one that a thing has to do with, and whether it
is said with love or with hate. That needs no pictures. Told "a dog" in one word in place of 24 cells of pictures, the
model practises it many times faster; then the projector learns to make pictures mean what their names mean.
"""

import argparse
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spectrum.pocket.formats import formats
from spectrum.pocket.training.examples import Mix, Pack, Practice
from spectrum.pocket.training.pictures import CLIPS, FRAMES, render
from spectrum.pocket.training.rows import Batch, Rows
from spectrum.pocket.training.skills import Skills
from spectrum.pocket.training.vision import CELLS, blanks, features, load_tower, train_tower
from spectrum.pocket.training.vlm_parts import model_of, ready_heads, tokenizer_of, write_checkpoint
from video_index.extras import import_extra
from video_index.keyed import integer

_LOG = logging.getLogger(__name__)
_WARMING = 100
_COOLING = 0.4
"""Share of a cycle's steps over which the rate falls."""
_BLANKS = 64
_SAVED_EVERY = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the training."""

    steps: int
    packs: int
    """Packs a step."""
    mix: Mix


@dataclass(frozen=True, slots=True)
class Cycle:
    """Stages through which the learning rate warms, stays at `rate`, and cools to nearly nothing."""

    rate: float
    stages: tuple[Stage, ...]

    @property
    def plan(self) -> list[tuple[Stage, float]]:
        """Stage and learning rate of each step."""
        steps = [stage for stage in self.stages for _ in range(stage.steps)]
        return [
            (stage, self.rate * min(1, (step + 1) / _WARMING) * _cooled(step / len(steps)))
            for step, stage in enumerate(steps)
        ]


_WORDS = {"opinion": 0.5, "seen": 0.1, "trait": 0.2, "feeling": 0.2}
_ALL = {"opinion": 0.6, "seen": 0.15, "trait": 0.05, "feeling": 0.05, "scale": 0.05, "reason": 0.05, "decision": 0.05}
_PLACES = _ALL | {"scenery": 0.1, "text": 0.1, "count": 0.05}
CYCLES = (
    Cycle(
        3e-3,
        (
            Stage(300, 24, Mix(told=1, personas=0.7, blocks=8, asked=2, kinds=_WORDS | {"seen": 0.2}, direct=True)),
            Stage(1000, 24, Mix(told=1, personas=0.8, blocks=8, asked=2, kinds=_WORDS)),
            Stage(300, 16, Mix(told=0.25, personas=0.3, blocks=6, asked=3, kinds=_ALL | {"seen": 0.6}, one_frame=0.7)),
            Stage(1200, 16, Mix(told=0.4, personas=0.65, blocks=4, asked=4, kinds=_ALL, one_frame=0.4, which=0.05)),
        ),
    ),
    Cycle(
        1.5e-3,
        (Stage(900, 16, Mix(told=0.2, personas=0.55, blocks=4, asked=5, kinds=_PLACES, one_frame=0.3, which=0.05)),),
    ),
)
"""What the first cycle leaves weakest, sceneries and captions, is asked for more in the second."""


def train(folder: Path, *, seed: int, cycles: Sequence[Cycle] = CYCLES, clips: int = CLIPS) -> Path:
    """Train through all cycles, saving `vlm.pt` as it goes, and write `folder/vlm`; goes on where it was stopped."""
    torch = import_extra("torch", "models")
    pictures, shown = render(folder, "clips", clips, "train", seed)
    tower = load_tower(folder) if (folder / "tower.pt").exists() else train_tower(folder, seed=seed)
    seen = _features(torch, tower, pictures, folder / "features.npy")
    blank = torch.from_numpy(features(tower, blanks(seed, _BLANKS))).float()
    tokenizer = tokenizer_of(formats())
    torch.manual_seed(seed)
    model = model_of(tokenizer)
    ready_heads(model)
    model.model.vision_tower.timm_model.load_state_dict(tower.state_dict(), strict=False)
    learning = [parameter for name, parameter in model.named_parameters() if "vision_tower" not in name]
    optimizer = torch.optim.AdamW(learning, lr=cycles[0].rate, weight_decay=0.01, betas=(0.9, 0.98))
    first = _resumed(torch, folder / "vlm.pt", model, optimizer)
    rng = np.random.Generator(np.random.Philox(key=integer(2**62, seed, "vlm", first)))
    practice, rows, skills = Practice(formats(), shown, rng), Rows(tokenizer, torch), Skills()
    plan = [step for cycle in cycles for step in cycle.plan]
    for step in range(first, len(plan)):
        stage, rate = plan[step]
        for group in optimizer.param_groups:
            group["lr"] = rate
        packs = practice.packs(stage.mix, stage.packs)
        batch = rows.batch(packs, rng)
        logs = _answered(torch, model, batch, rows.image, _cells(torch, packs, seen, blank, rng))
        loss = _loss(torch, batch, logs)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        skills.count(batch, logs.detach().argmax(-1).numpy(), float(loss.detach()))
        if (step + 1) % _SAVED_EVERY == 0:
            _LOG.info("step %d of %d: %s", step + 1, len(plan), skills.told())
            _save(torch, folder / "vlm.pt", model, optimizer, step + 1)
    return write_checkpoint(folder / "vlm", model.eval(), tokenizer)


def _cooled(share: float) -> float:
    falling = max(0.0, (share - 1 + _COOLING) / _COOLING)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * falling))


def _save(torch: Any, path: Path, model: Any, optimizer: Any, step: int) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)


def _resumed(torch: Any, path: Path, model: Any, optimizer: Any) -> int:
    """The step at which an interrupted training goes on; 0 where there was none."""
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def _features(torch: Any, tower: Any, pictures: Any, path: Path) -> Any:
    if not path.exists():
        flat = pictures.reshape(-1, *pictures.shape[2:])
        np.save(path, features(tower, flat).reshape(len(pictures), FRAMES, CELLS, -1))
    return torch.from_numpy(np.load(path))


def _cells(torch: Any, packs: Sequence[Pack], seen: Any, blank: Any, rng: np.random.Generator) -> Any:
    """The features of all packs' pictures, end to end (cells, channels); None where all is told in words."""
    parts = []
    for block in (block for pack in packs for block in pack.blocks):
        for clip in block.clips:
            if clip < 0:
                parts.append(blank[rng.integers(len(blank))].repeat(block.frames, 1))
            else:
                moments = np.sort(rng.choice(FRAMES, block.frames, replace=False))
                parts.append(seen[clip, moments].flatten(0, 1).float())
    return torch.cat(parts) if parts else None


def _answered(torch: Any, model: Any, batch: Batch, image: int, cells: Any) -> Any:
    """Log-probabilities (m, vocabulary) of the token that follows each of the batch's m spots."""
    inner = model.model
    embedded = inner.get_input_embeddings()(batch.input_ids)
    if cells is not None:
        here = (batch.input_ids == image)[..., None]
        embedded = embedded.masked_scatter(here, inner.multi_modal_projector(cells))
    hidden = inner.language_model(
        inputs_embeds=embedded,
        attention_mask=batch.attention_mask,
        position_ids=batch.position_ids,
        use_cache=False,
    ).last_hidden_state
    return model.lm_head(hidden[batch.spots[:, 0], batch.spots[:, 1]]).log_softmax(-1)


def _loss(torch: Any, batch: Batch, logs: Any) -> Any:
    """Weighted mean cross-entropy of the spots against their targets, less the targets' entropy."""
    entropy = batch.probability.clamp_min(1e-9).log()
    lacking = batch.weight * batch.probability * (entropy - logs[batch.spot, batch.token])
    return lacking.sum() / len(batch.spots)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Train the pocket VLM.")
    parser.add_argument("--out", type=Path, required=True, help="folder for frames, features and weights")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(options.out, seed=options.seed)


if __name__ == "__main__":
    main()
