"""Prompts of one group as one left-padded batch, and what the model writes after each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.continuation import Continuation, Stop, renumbered
from spectrum.respondents.option_tokens import Tokens
from spectrum.respondents.prompt_rows import Row, lies_along_text
from video_index.extras import import_extra


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
                ends = None if stop is None else renumbered(stop, batch)
                written = _continue(self.checkpoint, [rows[index] for index in batch], limit, keep_steps, ends)
            except out_of_memory:
                if self.fixed:
                    raise
                if len(batch) > 1:
                    queue[:0] = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
                continue
            for index, continuation in zip(batch, written, strict=True):
                done[index] = continuation
        return done


def _place_in_order(row: Row) -> tuple[int, Tokens, Tokens]:
    return row.length + len(row.written), row.head.tokens, row.after_head


def _continue(
    checkpoint: Checkpoint, rows: Sequence[Row], limit: int, keep_steps: int, stop: Stop | None
) -> list[Continuation]:
    """One batch. The rows' picture tensors are laid end to end, one prompt's after another's."""
    torch = import_extra("torch", "models")
    transformers = import_extra("transformers", "models")
    inputs = _padded(checkpoint, rows)
    start = inputs["input_ids"].shape[1]
    record = _StepRecord(torch, keep_steps)
    criteria = [_Criterion(stop, start)] if stop is not None else []
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


class _Criterion:
    """Tells `generate` which rows of a batch are done."""

    def __init__(self, stop: Stop, start: int) -> None:
        self._stop = stop
        self._start = start

    def __call__(self, input_ids: Any, scores: Any, **options: Any) -> Any:
        """Bool (rows,); `input_ids` holds all tokens so far, (rows, length)."""
        written = input_ids[:, self._start :].tolist()
        return input_ids.new_tensor([self._stop(place, tuple(row)) for place, row in enumerate(written)]).bool()


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
    whole = [row.whole() for row in rows]
    lengths = [row.length + len(row.written) for row in rows]
    batch: dict[str, Any] = {}
    for name in whole[0]:
        values = [inputs[name] for inputs in whole]
        if lies_along_text(values[0], lengths[0]):
            fill = checkpoint.pad_token if name == "input_ids" else 0
            values = [_left_padded(torch, value, max(lengths), fill) for value in values]
        if not isinstance(values[0], torch.Tensor):
            batch[name] = [entry for value in values for entry in value]
            continue
        joined = torch.cat(values, dim=0)
        batch[name] = joined.to(model.device, model.dtype) if joined.is_floating_point() else joined.to(model.device)
    return batch


def _left_padded(torch: Any, value: Any, length: int, fill: int) -> Any:
    missing = length - value.shape[1]
    if missing == 0:
        return value
    return torch.cat([value.new_full((1, missing, *value.shape[2:]), fill), value], dim=1)
