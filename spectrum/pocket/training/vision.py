"""The convolutional tower that both pocket models look through: trained to name what a frame shows.

    python -m spectrum.pocket.training.vision --out FOLDER --seed 0

Small convolutional towers learn from supervision in minutes what they do not learn from questions in hours. The tower
is then left as it is: the pocket CLIP and the pocket VLM learn from its features, which are computed once.
"""

import argparse
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectrum.pocket.concepts import concepts
from spectrum.pocket.formats import Shown
from spectrum.pocket.scenes import PALETTES, SCENERIES
from spectrum.pocket.training.pictures import CLIPS, HEIGHT, WIDTH, render
from video_index.extras import import_extra
from video_index.keyed import integer
from video_index.torchvision_shim import ensure_torchvision

ARCHITECTURE = "test_resnet"
"""timm's name: a residual network of 0.37 M parameters; 96 channels in 3 x 2 cells for a frame of 96 x 64."""
CHANNELS, CELLS = 96, 6
MEAN, SD = 0.5, 0.25

STEPS = 1400
"""Steps of a training; 1,000 name every concept of held-out combinations."""
_BATCH = 64
_RATE = 4e-3
_LOG = logging.getLogger(__name__)


def train_tower(folder: Path, *, seed: int, steps: int = STEPS, clips: int = CLIPS) -> Any:
    """Train for so many steps of 64 frames, write `tower.pt` in `folder`, and give the timm model back."""
    torch = import_extra("torch", "models")
    pictures, shown = render(folder, "clips", clips, "train", seed)
    truth = torch.tensor([_classes(one) for one in shown])
    torch.manual_seed(seed)
    rng = np.random.Generator(np.random.Philox(key=integer(2**62, seed, "tower")))
    net = _tower()
    heads = torch.nn.ModuleList(
        [torch.nn.Linear(CHANNELS, size) for size in (len(concepts()), len(SCENERIES), len(PALETTES), 3, 2)]
    )
    parameters = [*net.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=0.02)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min(1, step / 200 + 0.02) * 0.5 * (1 + math.cos(math.pi * step / steps)) + 1e-5
        chosen, moment = np.sort(rng.integers(0, len(shown), _BATCH)), rng.integers(0, pictures.shape[1], _BATCH)
        features = net.forward_features(_varied(torch, pictures[chosen, moment], rng)).mean((2, 3))
        losses = [
            torch.nn.functional.cross_entropy(head(features), truth[chosen][:, place])
            for place, head in enumerate(heads)
        ]
        loss = losses[0] + 0.3 * sum(losses[1:])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 2.0)
        optimizer.step()
        if step % 50 == 0:
            _LOG.info("step %d of %d: loss %.3f", step, steps, float(loss.detach()))
    torch.save(net.state_dict(), folder / "tower.pt")
    return net.eval()


def load_tower(folder: Path) -> Any:
    """The trained tower, in evaluation mode."""
    torch = import_extra("torch", "models")
    net = _tower()
    net.load_state_dict(torch.load(folder / "tower.pt", weights_only=True))
    return net.eval()


def features(net: Any, pictures: NDArray[np.uint8], batch: int = 128) -> NDArray[np.float16]:
    """Features (n, 6, 96) of frames (n, 96, 64, 3), cell by cell in rows."""
    torch = import_extra("torch", "models")
    parts: list[NDArray[np.float16]] = []
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            cells = net.forward_features(pixel_values(torch, np.asarray(pictures[start : start + batch])))
            parts.append(cells.flatten(2).permute(0, 2, 1).half().numpy())
    return np.concatenate(parts)


def pixel_values(torch: Any, pictures: NDArray[np.uint8]) -> Any:
    """Frames (n, 96, 64, 3) as the tower's input (n, 3, 96, 64) float32."""
    values = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float()
    return ((values / 255 - MEAN) / SD).contiguous(memory_format=torch.channels_last)


def blanks(seed: int, count: int) -> NDArray[np.uint8]:
    """Frames (count, 96, 64, 3) of one colour: what a picture without content looks like."""
    levels = [[integer(256, seed, "blank", number, channel) for channel in range(3)] for number in range(count)]
    levels[: count // 2] = [[255 * place // max(1, count // 2 - 1)] * 3 for place in range(count // 2)]
    colours = np.array(levels, dtype=np.uint8)
    return np.broadcast_to(colours[:, None, None, :], (count, HEIGHT, WIDTH, 3))


def _tower() -> Any:
    ensure_torchvision("models")
    torch, timm = import_extra("torch", "models"), import_extra("timm", "clips")
    return timm.create_model(ARCHITECTURE, num_classes=0).to(memory_format=torch.channels_last)


def _varied(torch: Any, pictures: NDArray[np.uint8], rng: np.random.Generator) -> Any:
    """The frames a little brighter or darker, grainier and shifted."""
    values = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float()
    one_each = (len(values), 1, 1, 1)
    values = values * (0.9 + 0.2 * torch.rand(one_each)) + 3 * torch.randn(one_each) + 2 * torch.randn_like(values)
    values = torch.roll(values, (int(rng.integers(-4, 5)), int(rng.integers(-3, 4))), (2, 3))
    return ((values / 255 - MEAN) / SD).contiguous(memory_format=torch.channels_last)


def _classes(shown: Shown) -> list[int]:
    return [
        _names().index(shown.concept),
        SCENERIES.index(shown.scenery),
        tuple(PALETTES).index(shown.palette),
        shown.actors - 1,
        int(bool(shown.caption)),
    ]


def _names() -> list[str]:
    return [concept.name for concept in concepts()]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the tower of the pocket models.")
    parser.add_argument("--out", type=Path, required=True, help="folder for frames and weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=STEPS)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = _options(arguments)
    train_tower(options.out, seed=options.seed, steps=options.steps)


if __name__ == "__main__":
    main()
