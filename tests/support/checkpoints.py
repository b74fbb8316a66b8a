"""Tiny checkpoints for tests: random ones in three architectures, and ones whose every step is planned."""

import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectrum.answers import AnswerSpec, ChoiceSpec
from spectrum.pocket.checkpoints import ARCHITECTURES, build_checkpoint
from spectrum.respondents.base import Ask, Group
from spectrum.views import ClipView
from video_index.clips import Frame, Layout, ViewSpec
from video_index.errors import UnreadableClipError

YES_NO = ChoiceSpec(("yes", "no"), (1.0, 0.0))
LIKE_DISLIKE = ChoiceSpec(("like", "dislike"), (1.0, 0.0))
INTERESTED = ChoiceSpec(("interested", "not interested"), (1.0, 0.0))


@pytest.fixture(scope="session")
def tiny_checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Folder of a random-weight checkpoint for each architecture, built once a session."""
    return _built(tmp_path_factory.getbasetemp(), False)


@pytest.fixture(scope="session")
def answering_checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The same, arranged to write "Yes" or "No"."""
    return _built(tmp_path_factory.getbasetemp(), True)


@cache  # one build a session, even where several conftest files import the fixtures
def _built(base: Path, answers: bool) -> Mapping[str, Path]:
    name = "answering" if answers else "random"
    return {
        architecture: build_checkpoint(
            base / f"checkpoint-{name}" / architecture, architecture, seed=7, answers=answers
        )
        for architecture in ARCHITECTURES
    }


def noise_view(seed: int, *, frames: int = 2, size: tuple[int, int] = (84, 56), layout: Layout = "frames") -> ClipView:
    """A clip of random pixels, (height, width) = `size`; the seed is its identity."""
    draw = np.random.default_rng(seed)
    shown = tuple(
        Frame(draw.integers(0, 256, (*size, 3), dtype=np.uint8), timestamp=0.5 + index) for index in range(frames)
    )
    return ClipView(f"noise-{seed}", ViewSpec(frames=frames, layout=layout), lambda: shown)


def broken_view(reason: str) -> ClipView:
    """A clip that cannot be decoded."""

    def load() -> tuple[Frame, ...]:
        raise UnreadableClipError(reason)

    return ClipView("broken", ViewSpec(), load)


def group(view: ClipView | Sequence[ClipView], *asks: Ask, system: str = "") -> Group:
    """Asks about one view, or about several."""
    media = (view,) if isinstance(view, ClipView) else tuple(view)
    return Group(media, system, asks)


def ask(name: str, after: str, *, before: str = "", spec: AnswerSpec = YES_NO, max_tokens: int = 6) -> Ask:
    """One ask, its name as its id."""
    return Ask(name, before, after, spec, max_tokens)


def with_template(source: Path, target: Path, template: str) -> Path:
    """A copy of a checkpoint with another chat template."""
    shutil.copytree(source, target)
    (target / "chat_template.jinja").write_text(template)
    return target


def plant_steps(
    source: Path, target: Path, steps: Mapping[str, Mapping[str, float]], *, extra_tokens: Sequence[str] = ()
) -> Path:
    """A copy of a tiny checkpoint in which each token alone decides the logits of the next.

    `steps[token][next]` is that logit; every other logit after `token` is 0, and all logits after a token
    without steps are 0. Attention and feed-forward blocks add nothing, the embeddings of the tokens in
    `steps` are orthogonal, and the output rows are sums over them. `extra_tokens` join the vocabulary.
    """
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    processor, model = AutoProcessor.from_pretrained(source), AutoModelForImageTextToText.from_pretrained(source)
    processor.tokenizer.add_tokens(list(extra_tokens))
    model.resize_token_embeddings(len(processor.tokenizer))
    identify = processor.tokenizer.convert_tokens_to_ids
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ("language_model" in name or "text_model" in name) and name.endswith(
                ("o_proj.weight", "down_proj.weight")
            ):
                weight.zero_()
        inputs, outputs = model.get_input_embeddings().weight, model.get_output_embeddings().weight
        inputs.zero_()
        outputs.zero_()
        width = inputs.shape[1]
        for axis, (token, following) in enumerate(steps.items()):
            assert identify(token) is not None, token
            inputs[identify(token), axis] = width**0.5  # the last norm leaves exactly this length
            for after, logit in following.items():
                assert identify(after) is not None, after
                outputs[identify(after), axis] += logit / width**0.5
    model.save_pretrained(target)
    processor.save_pretrained(target)
    return target


def load_reference(folder: Path) -> tuple[Any, Any]:
    """Model and processor loaded by transformers alone."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    return AutoModelForImageTextToText.from_pretrained(folder).eval(), AutoProcessor.from_pretrained(folder)
