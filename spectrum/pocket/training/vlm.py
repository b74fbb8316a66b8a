"""Trains the pocket VLM: what it sees first, then what it likes, then who it is asked to be.

    python -m spectrum.pocket.training.vlm --out FOLDER --seed 0 --minutes 40

The tower is trained first (spectrum.pocket.training.vision), or taken from the folder. Its features are computed once;
the language model learns from them, many questions a picture, each of which sees the picture, the system turn and
itself only. The answer's target is the planted rule's probability.
"""

import argparse
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spectrum.pocket.formats import formats
from spectrum.pocket.training.examples import Pack, Practice
from spectrum.pocket.training.pictures import CLIPS, FRAMES, render
from spectrum.pocket.training.vision import CELLS, blanks, features, load_tower, train_tower
from spectrum.pocket.training.vlm_parts import (
    ASSISTANT,
    END,
    IMAGE,
    SYSTEM,
    USER,
    model_of,
    tokenizer_of,
    write_checkpoint,
)
from video_index.extras import import_extra
from video_index.keyed import integer

_LOG = logging.getLogger(__name__)
_RATE = 1.5e-3
_BLANKS = 64
_FOREVER = -1e4


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the training: its share of the time, and what is practised in it."""

    share: float
    packs: int
    """Packs a step."""
    personas: float
    opinions: int
    seen: int
    others: float
    direct: bool = False
    rivals: float = 0.0
    """Share of packs whose personas have two traits that pull apart."""


STAGES = (
    Stage(0.16, packs=20, personas=0.0, opinions=4, seen=5, others=0.0, direct=True),
    Stage(0.08, packs=16, personas=0.0, opinions=6, seen=4, others=0.1, direct=True),
    Stage(0.10, packs=16, personas=0.0, opinions=12, seen=3, others=0.1),
    Stage(0.26, packs=40, personas=0.9, opinions=1, seen=0, others=0.0, rivals=1.0),
    Stage(0.40, packs=28, personas=0.75, opinions=4, seen=1, others=0.1, rivals=0.5),
)


class Rows:
    """Packs as rows of tokens: one prefix, then the questions, with the mask and places that keep them apart."""

    def __init__(self, tokenizer: Any, torch: Any) -> None:
        self._torch = torch
        self._known: dict[str, list[int]] = {}
        self._tokenizer = tokenizer
        self._end, self._system, self._user, self._assistant, self.image = tokenizer.convert_tokens_to_ids(
            [END, SYSTEM, USER, ASSISTANT, IMAGE]
        )

    def ids(self, text: str) -> list[int]:
        """A text's tokens, remembered."""
        if text not in self._known:
            self._known[text] = self._tokenizer.encode(text, add_special_tokens=False)
        return self._known[text]

    def batch(self, packs: Sequence[Pack], rng: np.random.Generator) -> dict[str, Any]:
        """input_ids, position_ids (b, n), attention_mask (b, 1, n, n), and what each answer's place should say."""
        torch = self._torch
        rows = [self._row(pack, rng) for pack in packs]
        longest = max(len(ids) for ids, _, _, _ in rows)
        input_ids = torch.zeros((len(rows), longest), dtype=torch.long)
        places = torch.zeros((len(rows), longest), dtype=torch.long)
        owner = torch.full((len(rows), longest), -2)
        wanted: list[tuple[int, int, int, float]] = []
        for index, (ids, position, owned, targets) in enumerate(rows):
            input_ids[index, : len(ids)] = torch.tensor(ids)
            places[index, : len(ids)] = torch.tensor(position)
            owner[index, : len(ids)] = torch.tensor(owned)
            wanted += [(index, place, token, weight) for place, token, weight in targets]
        earlier = torch.ones((longest, longest), dtype=torch.bool).tril()
        sees = earlier & ((owner[:, None, :] == -1) | (owner[:, None, :] == owner[:, :, None]))
        sees |= torch.eye(longest, dtype=torch.bool)
        mask = torch.zeros(sees.shape).masked_fill(~sees, _FOREVER)[:, None]
        return {"input_ids": input_ids, "position_ids": places, "attention_mask": mask, "wanted": wanted}

    def _row(
        self, pack: Pack, rng: np.random.Generator
    ) -> tuple[list[int], list[int], list[int], list[tuple[int, int, float]]]:
        ids = [self._system, *self.ids(pack.system), self._end] if pack.system else []
        ids += [self._user, *self.ids(pack.before), *[self.image] * (pack.frames * len(pack.clips) * CELLS)]
        places, owned = list(range(len(ids))), [-1] * len(ids)
        prefix, targets = len(ids), []
        for number, (question, answers) in enumerate(pack.asked):
            asked = [*self.ids(question), self._end, self._assistant]
            chosen = self.ids(answers[rng.choice(len(answers), p=_shares(answers))][0])
            at = len(ids) + len(asked) - 1
            targets += [(at, self.ids(text)[0], weight) for text, weight in answers]
            targets += [(at + 1 + step, token, 1.0) for step, token in enumerate([*chosen[1:], self._end])]
            block = [*asked, *chosen]
            ids += block
            places += range(prefix, prefix + len(block))
            owned += [number] * len(block)
        return ids, places, owned, targets


def _shares(answers: Sequence[tuple[str, float]]) -> list[float]:
    total = sum(weight for _, weight in answers)
    return [weight / total for _, weight in answers]


def train(folder: Path, *, seed: int, minutes: float, clips: int = CLIPS) -> Path:
    """Train the language model for `minutes` on the tower's features; save `vlm.pt` as it goes; write `folder/vlm`."""
    torch = import_extra("torch", "models")
    pictures, shown = render(folder, "clips", clips, "train", seed)
    tower = load_tower(folder) if (folder / "tower.pt").exists() else train_tower(folder, seed=seed, minutes=25)
    seen = _features(torch, tower, pictures, folder / "features.npy")
    blank = torch.from_numpy(features(tower, blanks(seed, _BLANKS))).float()
    tokenizer = tokenizer_of(formats())
    tokenizer.save_pretrained(folder / "tokenizer")
    torch.manual_seed(seed)
    model = model_of(tokenizer)
    model.model.vision_tower.timm_model.load_state_dict(tower.state_dict(), strict=False)
    learning = [parameter for name, parameter in model.named_parameters() if "vision_tower" not in name]
    optimizer = torch.optim.AdamW(learning, lr=_RATE, weight_decay=0.01, betas=(0.9, 0.98))
    rng = np.random.Generator(np.random.Philox(key=integer(2**62, seed, "vlm")))
    practice, rows = Practice(formats(), shown, rng), Rows(tokenizer, torch)
    losses: list[float] = []
    step, done = _resumed(torch, folder / "vlm.pt", model, optimizer)
    started, spoken = time.monotonic() - done * 60 * minutes, done
    while (share := (time.monotonic() - started) / (60 * minutes)) < 1:
        stage = _stage(share)
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min(1, step / 100 + 0.02) * _cooling(share)
        packs = [
            practice.pack(
                personas=stage.personas,
                opinions=stage.opinions,
                seen=stage.seen,
                others=stage.others,
                direct=stage.direct,
                rivals=bool(rng.random() < stage.rivals),
            )
            for _ in range(stage.packs)
        ]
        loss = _loss(torch, model, rows.batch(packs, rng), rows.image, _shown(torch, packs, seen, blank, rng))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        step, losses = step + 1, [*losses[-99:], float(loss.detach())]
        if share - spoken > 0.02:
            spoken = share
            _save(torch, folder / "vlm.pt", model, optimizer, step, share)
            _LOG.info("step %d, %.0f%% of the time: loss %.4f", step, 100 * share, sum(losses) / len(losses))
    _save(torch, folder / "vlm.pt", model, optimizer, step, 1.0)
    return write_checkpoint(folder / "vlm", model.eval(), tokenizer)


def _save(torch: Any, path: Path, model: Any, optimizer: Any, step: int, share: float) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "share": share}
    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)


def _resumed(torch: Any, path: Path, model: Any, optimizer: Any) -> tuple[int, float]:
    """Step and share of the time at which an interrupted training goes on; zeros where there was none."""
    if not path.exists():
        return 0, 0.0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    if state["optimizer"]:
        optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), float(state["share"])


def _features(torch: Any, tower: Any, pictures: Any, path: Path) -> Any:
    if not path.exists():
        flat = pictures.reshape(-1, *pictures.shape[2:])
        np.save(path, features(tower, flat).reshape(len(pictures), FRAMES, CELLS, -1))
    return torch.from_numpy(np.load(path))


def _shown(torch: Any, packs: Sequence[Pack], seen: Any, blank: Any, rng: np.random.Generator) -> Any:
    """The features of all packs' pictures, end to end (cells, channels)."""
    parts = []
    for pack in packs:
        for clip in pack.clips:
            if clip < 0:
                parts.append(blank[rng.integers(len(blank))].repeat(pack.frames, 1))
            else:
                moments = np.sort(rng.choice(FRAMES, pack.frames, replace=False))
                parts.append(seen[clip, moments].flatten(0, 1).float())
    return torch.cat(parts)


def _loss(torch: Any, model: Any, batch: dict[str, Any], image: int, cells: Any) -> Any:
    """Mean cross-entropy of the answers' places against their target distributions, less the targets' entropy."""
    inner = model.model
    embedded = inner.get_input_embeddings()(batch["input_ids"])
    here = (batch["input_ids"] == image)[..., None]
    embedded = embedded.masked_scatter(here, inner.multi_modal_projector(cells))
    hidden = inner.language_model(
        inputs_embeds=embedded,
        attention_mask=batch["attention_mask"],
        position_ids=batch["position_ids"],
        use_cache=False,
    ).last_hidden_state
    spots = list(dict.fromkeys((row, place) for row, place, _, _ in batch["wanted"]))
    at = {spot: number for number, spot in enumerate(spots)}
    where = torch.tensor(spots)
    logs = model.lm_head(hidden[where[:, 0], where[:, 1]]).log_softmax(-1)
    spot = torch.tensor([at[row, place] for row, place, _, _ in batch["wanted"]])
    token = torch.tensor([token for _, _, token, _ in batch["wanted"]])
    weight = torch.tensor([weight for _, _, _, weight in batch["wanted"]])
    entropy = -(weight * weight.clamp_min(1e-9).log()).sum()
    return (-(weight * logs[spot, token]).sum() - entropy) / len(spots)


def _stage(share: float) -> Stage:
    passed = 0.0
    for stage in STAGES:
        passed += stage.share
        if share < passed:
            return stage
    return STAGES[-1]


def _cooling(share: float) -> float:
    return 1.0 if share < 0.78 else 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (share - 0.78) / 0.22))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Train the pocket VLM.")
    parser.add_argument("--out", type=Path, required=True, help="folder for frames, features and weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=40)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(options.out, seed=options.seed, minutes=options.minutes)


if __name__ == "__main__":
    main()
