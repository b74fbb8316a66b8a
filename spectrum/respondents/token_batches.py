"""Prompts of one group as one left-padded batch, and what the model writes after each of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spectrum.respondents.checkpoint import Checkpoint
from video_index.extras import import_extra

Tokens = tuple[int, ...]
Stop = Callable[[Sequence["Row"], int], Any]
"""Given a batch's rows and its padded prompt length, a stopping criterion for `generate`."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A prompt as the processor encoded it (one row, unpadded), and tokens already written after it."""

    inputs: Mapping[str, Any]
    written: Tokens = ()

    @property
    def length(self) -> int:
        """Tokens of the prompt, pictures included, without those written after it."""
        return int(self.inputs["input_ids"].shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Continuation:
    """What the model wrote after a row."""

    tokens: Tokens
    """Without the stop token and padding."""
    stopped: bool
    """Whether a stop token ended it, rather than the limit or a stopping criterion."""
    logits: tuple[Any, ...]
    """Next-token logits before each of the first steps, float32 (vocabulary,) on the model's device."""
    is_number: bool
    """False where the logits of a step that counts were NaN or infinite."""


@dataclass(frozen=True, slots=True)
class GreedyBatches:
    """Continues rows in batches of at most `size`, whose composition depends on the given rows alone.

    Rows of like length share a batch, equal sets of rows make equal batches whatever their order. Where the
    device runs out of memory a batch is halved, except where `fixed`: then torch.OutOfMemoryError is raised.
    """

    checkpoint: Checkpoint
    size: int = 16
    fixed: bool = False

    def __call__(
        self, rows: Sequence[Row], limit: int, *, keep_steps: int = 0, stop: Stop | None = None
    ) -> list[Continuation | None]:
        """Up to `limit` tokens a row, keeping the logits before the first `keep_steps`; rows of one group.

        None stands for a row that exceeds the device's memory all alone.
        """
        order = sorted(range(len(rows)), key=lambda index: _place_in_order(rows[index]))
        done: list[Continuation | None] = [None] * len(rows)
        queue = [order[start : start + self.size] for start in range(0, len(order), self.size)]
        out_of_memory = import_extra("torch", "models").OutOfMemoryError
        while queue:
            batch = queue.pop(0)
            try:
                written = _continue(self.checkpoint, [rows[index] for index in batch], limit, keep_steps, stop)
            except out_of_memory:
                if self.fixed:
                    raise
                if len(batch) > 1:
                    queue[:0] = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
                continue
            for index, continuation in zip(batch, written, strict=True):
                done[index] = continuation
        return done


def _place_in_order(row: Row) -> tuple[int, list[int], Tokens]:
    return row.length + len(row.written), row.inputs["input_ids"][0].tolist(), row.written


def _continue(
    checkpoint: Checkpoint, rows: Sequence[Row], limit: int, keep_steps: int, stop: Stop | None
) -> list[Continuation]:
    """One batch. The rows' picture tensors are laid end to end, one prompt's after another's."""
    torch = import_extra("torch", "models")
    transformers = import_extra("transformers", "models")
    inputs = _padded(checkpoint, rows)
    start = inputs["input_ids"].shape[1]
    record = _StepRecord(torch, keep_steps)
    criteria = [stop(rows, start)] if stop is not None else []
    with torch.inference_mode():
        sequences = checkpoint.model.generate(
            **inputs,
            max_new_tokens=limit,
            logits_processor=transformers.LogitsProcessorList([record]),
            stopping_criteria=transformers.StoppingCriteriaList(criteria),
        )
    sane = record.sane()
    return [
        _continuation(checkpoint, tokens, record.kept, sane, index)
        for index, tokens in enumerate(sequences[:, start:].tolist())
    ]


class _StepRecord:
    """Sees the raw next-token logits of every step of `generate` and keeps the first ones."""

    def __init__(self, torch: Any, keep: int) -> None:
        self._torch = torch
        self._keep = keep
        self.kept: list[Any] = []
        self._sane: list[Any] = []

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        if len(self.kept) < self._keep:
            self.kept.append(scores)
        # -inf is a masked token; NaN and +inf are a broken model.
        self._sane.append(~(scores.isnan() | scores.isposinf()).any(dim=-1))
        return scores

    def sane(self) -> list[list[bool]]:
        """Step by step and row by row, whether the logits were numbers."""
        flags: list[list[bool]] = self._torch.stack(self._sane).tolist()
        return flags


def _continuation(
    checkpoint: Checkpoint, tokens: list[int], kept: list[Any], sane: list[list[bool]], index: int
) -> Continuation:
    end = next((place for place, token in enumerate(tokens) if token in checkpoint.stop_tokens), None)
    steps = len(tokens) if end is None else end + 1
    return Continuation(
        tokens=tuple(tokens if end is None else tokens[:end]),
        stopped=end is not None,
        logits=tuple(step[index] for step in kept[:steps]),
        is_number=all(step[index] for step in sane[:steps]),
    )


def _padded(checkpoint: Checkpoint, rows: Sequence[Row]) -> dict[str, Any]:
    torch = import_extra("torch", "models")
    model = checkpoint.model
    longest = max(row.length + len(row.written) for row in rows)
    batch: dict[str, Any] = {}
    for name in rows[0].inputs:
        values = [_with_written(name, row) for row in rows]
        if _lies_along_text(rows[0].inputs[name], rows[0].length):
            fill = checkpoint.pad_token if name == "input_ids" else 0
            values = [_left_padded(torch, value, longest, fill) for value in values]
        if not isinstance(values[0], torch.Tensor):
            batch[name] = [entry for value in values for entry in value]
            continue
        joined = torch.cat(values, dim=0)
        batch[name] = joined.to(model.device, model.dtype) if joined.is_floating_point() else joined.to(model.device)
    return batch


def _lies_along_text(value: Any, length: int) -> bool:
    """Whether a tensor holds an entry a token, as input_ids does, and not an entry a picture or patch."""
    return getattr(value, "ndim", 0) >= 2 and tuple(value.shape[:2]) == (1, length)


def _with_written(name: str, row: Row) -> Any:
    """A prompt's tensor, made longer by the tokens written after the prompt where it lies along the text."""
    value = row.inputs[name]
    if not row.written or not _lies_along_text(value, row.length):
        return value
    torch = import_extra("torch", "models")
    if name == "input_ids":
        added = value.new_tensor([row.written])
    else:
        fill = 1 if name == "attention_mask" else 0
        added = value.new_full((1, len(row.written), *value.shape[2:]), fill)
    return torch.cat([value, added], dim=1)


def _left_padded(torch: Any, value: Any, length: int, fill: int) -> Any:
    missing = length - value.shape[1]
    if missing == 0:
        return value
    return torch.cat([value.new_full((1, missing, *value.shape[2:]), fill), value], dim=1)
