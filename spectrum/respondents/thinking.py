"""Models that think aloud before they answer: where the thinking ends, and when to stop waiting for it."""

from collections.abc import Sequence
from typing import Any

OPEN, CLOSE = "<think>", "</think>"
_CLOSE_SPAN = 16
_OPEN_SPAN = 12


def opens_thinking(prompt_end: str) -> bool:
    """Whether the generation prompt ends inside a block of thinking that the template itself opened."""
    return prompt_end.rstrip().endswith(OPEN)


def starts_thinking(text: str) -> bool | None:
    """Whether an answer that begins with `text` thinks first; None while that is still open."""
    text = text.lstrip()
    if len(text) < len(OPEN) and OPEN.startswith(text):
        return None
    return text.startswith(OPEN)


def closing_place(tokenizer: Any, tokens: Sequence[int]) -> int | None:
    """How many of `tokens` there are up to the one that completes the first `</think>`; None without one."""
    low, high = 1, len(tokens)
    if CLOSE not in _read(tokenizer, tokens):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if CLOSE in _read(tokenizer, tokens[:middle]) else (middle + 1, high)
    return low


class ThinkingEnds:
    """Says of each row whether its thinking is closed, or whether it is clear that it does not think."""

    def __init__(self, tokenizer: Any, opened: Sequence[bool]) -> None:
        self._tokenizer = tokenizer
        self._opened = tuple(opened)

    def __call__(self, row: int, tokens: Sequence[int]) -> bool:
        """Whether row number `row`, after which `tokens` were written, is done with thinking."""
        if CLOSE in _read(self._tokenizer, tokens[-_CLOSE_SPAN:]):
            return True
        return not self._opened[row] and starts_thinking(_read(self._tokenizer, tokens[:_OPEN_SPAN])) is False


def _read(tokenizer: Any, tokens: Sequence[int]) -> str:
    return str(tokenizer.decode(list(tokens), skip_special_tokens=False))
