"""A checkpoint in memory with all that answers with it; several copies answer several clips at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectrum.errors import ConfigError
from spectrum.respondents.checkpoint import Checkpoint, load_checkpoint
from spectrum.respondents.decoding import Decoding
from spectrum.respondents.engines import CheckedEngine, EngineName, checked_engine
from spectrum.respondents.option_tokens import OptionTokens
from spectrum.respondents.prompt_layout import PromptLayout
from spectrum.respondents.prompt_rows import PromptRows
from video_index.extras import import_extra

_SHARE_FOR_WEIGHTS = 0.6
"""A copy a GPU only where the weights leave room for keys, values and pictures."""


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """One copy of a checkpoint. Used by one thread at a time: its processor and its caches are its own."""

    checkpoint: Checkpoint
    layout: PromptLayout
    rows: PromptRows
    engine: CheckedEngine
    decoding: Decoding


@dataclass(frozen=True, slots=True)
class HowToAnswer:
    """What a copy is built with; as in LocalRespondent."""

    think_budget: int = 0
    written: bool = True
    clip_first: bool = False
    batch_size: int | None = None
    deterministic: bool = False
    engine: EngineName = "auto"


def open_copies(spec: str, how: HowToAnswer, copies: int | None, device_map: Any, **loading: Any) -> list[Copy]:
    """Load a checkpoint `copies` times, a copy a device; None: one a GPU where it fits on one, else one in all.

    Raises as `load_checkpoint` does.
    """
    if copies is not None and copies < 1:
        raise ConfigError(f"copies must be 1 or more, not {copies}")
    first_map, others = device_map, [device_map] * ((copies or 1) - 1)
    gpus = _gpus(device_map)
    if gpus > 1 and copies != 1 and (copies is not None or _fits_on_one(spec)):
        maps = [{"": number % gpus} for number in range(copies or gpus)]
        first_map, others = maps[0], maps[1:]
    first = load_checkpoint(spec, device_map=first_map, **loading)
    again = [load_checkpoint(spec, device_map=device, fingerprint=first.fingerprint, **loading) for device in others]
    return [_copy(checkpoint, how) for checkpoint in (first, *again)]


def _copy(checkpoint: Checkpoint, how: HowToAnswer) -> Copy:
    layout = PromptLayout(checkpoint.processor, thinking=how.think_budget > 0, clip_first=how.clip_first)
    engine = checked_engine(checkpoint, layout, rows=how.batch_size, fixed=how.deterministic, name=how.engine)
    options = OptionTokens(checkpoint.tokenizer)
    decoding = Decoding(engine, options, think_budget=how.think_budget, write=how.written)
    return Copy(checkpoint, layout, PromptRows(checkpoint, layout), engine, decoding)


def _gpus(device_map: Any) -> int:
    """GPUs that copies may be spread over: all of them where the map leaves the choice to us."""
    torch = import_extra("torch", "models")
    return int(torch.cuda.device_count()) if device_map == "auto" and torch.cuda.is_available() else 0


def _fits_on_one(spec: str) -> bool:
    """Whether the weights of a folder take up a small enough share of the smallest GPU; unknown counts as no."""
    accelerate = import_extra("accelerate", "models")
    weights = sum(file.stat().st_size for file in Path(spec).expanduser().glob("*.safetensors"))
    rooms = [room for device, room in accelerate.utils.get_max_memory().items() if device != "cpu"]
    return bool(weights) and bool(rooms) and weights <= _SHARE_FOR_WEIGHTS * min(rooms)
