"""What an agent remembers of its feed, in words and bounded: a declared setting, off wherever something is measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from spectrum.prompts import Condition

_INTRODUCTION = "You have been scrolling for a while. The last videos, newest first:"
_DONE = {
    "like": "you liked",
    "watch": "you watched",
    "skip": "you skipped",
    "follow": "you followed the maker of",
    "leave": "you stopped at",
}
_NOTHING = "you saw"


@dataclass(frozen=True, slots=True)
class Remembered:
    """One feed slot as it is remembered."""

    title: str
    """What the clip is called; "" where it has no name."""
    action: str | None


def memory_text(past: Sequence[Remembered], words: int) -> str:
    """The most recent feed slots in at most `words` words, whole entries only; "" where nothing fits or words is 0.

    Probe slots are never remembered.
    """
    room = words - len(_INTRODUCTION.split())
    entries: list[str] = []
    for slot in reversed(past):
        done = _DONE.get(slot.action or "", _NOTHING)
        entry = f'{done} "{" ".join(slot.title.split())}"' if slot.title else f"{done} an untitled video"
        if len(entry.split()) > room:
            break
        room -= len(entry.split())
        entries.append(entry)
    return f"{_INTRODUCTION} {'; '.join(entries)}." if entries else ""


def remembering(condition: Condition, memory: str) -> Condition:
    """The condition with the memory behind its own text; the condition itself where nothing is remembered."""
    if not memory:
        return condition
    text = f"{condition.text}\n\n{memory}" if condition.text else memory
    return Condition(condition.name, text, condition.placement)
