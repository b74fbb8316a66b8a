"""Hold the fast engine against the model's own forward on a few small prompts, before it is relied upon."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from spectrum.answers import TextSpec
from spectrum.respondents.base import Ask
from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.checkpoint_files import first_line
from spectrum.respondents.continuation import Continuation, Engine
from spectrum.respondents.prompt_layout import PromptLayout, shown_frames
from spectrum.respondents.prompt_rows import PromptRows, Row, picture_tokens
from spectrum.respondents.vision_features import on_device
from video_index.clips import Frame
from video_index.extras import import_extra

Modality = Literal["image", "video"]

TOLERANCE, HALF_TOLERANCE = 1e-4, 0.03
"""Largest difference of a token's probability: in float32, and in the 16-bit number formats."""

_SIDE = 64
_STEPS = 3
_QUESTIONS = (
    "Do you like this clip? Answer yes or no.",
    "Would you say that a clip like this one is of no interest to you? Answer with one word.",
    "Why?",
)
_FAILURES = (RuntimeError, TypeError, ValueError, LookupError, AttributeError)


def tolerance(checkpoint: Checkpoint) -> float:
    """How far probabilities may differ by the shape of a batch alone, in this checkpoint's number format."""
    return TOLERANCE if checkpoint.dtype in ("float32", "float64") else HALF_TOLERANCE


def mismatch(engine: Engine, layout: PromptLayout, modality: Modality) -> str | None:
    """Why `engine` does not give what the model's forward gives on whole prompts; None where it does.

    Three questions about two small pictures, answered together, are compared at their first token, and the
    longest also at its third, with its own answer before it.
    """
    checkpoint = engine.checkpoint
    try:
        rows = _rows(checkpoint, layout, modality)
        if not all(isinstance(row, Row) and row.head.ends_with_picture for row in rows):
            return "the end of the pictures is not found in its prompts"
        continued = engine(rows, [_STEPS] * len(rows), keep_steps=_STEPS)
        furthest = max(furthest_apart(checkpoint, row, one) for row, one in zip(rows, continued, strict=True))
    except _FAILURES as error:
        return f"it failed a trial: {first_line(error)}"
    if furthest <= tolerance(checkpoint):
        return None
    return f"its probabilities were {furthest:.2g} away from those of whole prompts in a trial"


def furthest_apart(checkpoint: Checkpoint, row: Row, continued: Continuation | None) -> float:
    """Largest difference of next-token probabilities between a continuation's steps and the model's forward.

    The first step that was kept and the last one are compared; the last one before a picture's token where the
    model wrote such a token, because a forward would look for a picture there. Not a number where there is
    none to compare.
    """
    if continued is None or not continued.logits:
        return float("nan")
    pictures = picture_tokens(checkpoint)
    words = next((place for place, token in enumerate(continued.tokens) if token in pictures), len(continued.tokens))
    apart = [
        _chances(continued.logits[step]) - whole_prompt_chances(checkpoint, row, continued.tokens[:step])
        for step in sorted({0, min(len(continued.logits) - 1, words)})
    ]
    return max(float(step.abs().max()) for step in apart)


def whole_prompt_chances(checkpoint: Checkpoint, row: Row, written: Sequence[int] = ()) -> Any:
    """Next-token probabilities, float32 (vocabulary,), by one forward of the whole prompt with its pictures."""
    torch = import_extra("torch", "models")
    inputs = replace(row, written=(*row.written, *written)).whole()
    with torch.inference_mode():
        logits = checkpoint.model(
            **{name: on_device(checkpoint.model, value) for name, value in inputs.items()}, use_cache=False
        ).logits
    return _chances(logits[0, -1])


def _chances(logits: Any) -> Any:
    return logits.float().softmax(dim=-1)


def _rows(checkpoint: Checkpoint, layout: PromptLayout, modality: Modality) -> list[Any]:
    across, down = np.meshgrid(np.arange(_SIDE), np.arange(_SIDE))
    frames = [
        Frame(np.stack([(across * 5 * step) % 256, (down * 3) % 256, (across + down) % 256], -1).astype(np.uint8), step)
        for step in (1.0, 3.0)
    ]
    media = shown_frames(frames, "video" if modality == "video" else "frames")
    asks = [Ask(str(number), "", text, TextSpec()) for number, text in enumerate(_QUESTIONS)]
    return list(PromptRows(checkpoint, layout).encode("", asks, [media], "trial"))
