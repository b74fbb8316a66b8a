"""Slots of a browse run's trace as they are found: damaged lines are counted and passed over."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from spectrum.runs.film import Film
from spectrum.runs.slots import SlotView

_AGENT = re.compile(rb'"agent":("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True, slots=True)
class TraceView:
    """What of a trace a report shows."""

    episodes: dict[str, list[SlotView]]
    """Slots of each agent that is shown, in order; agents in the order in which they first appear."""
    walked: Counter[str]
    """Slots of every agent."""
    done: bool
    """Whether the trace says that every episode was walked to its end."""
    damaged: int
    """Lines that could not be read."""

    @property
    def slots(self) -> int:
        """Slots of all agents."""
        return self.walked.total()


def read_film(path: Path, film: Film) -> TraceView:
    """The slots that a film shows. Raises OSError. Seals are not checked here: `spectrum replay` does."""
    kept: dict[str, list[tuple[int, bytes]]] = {}
    walked: Counter[str] = Counter()
    done, damaged = False, 0
    with path.open("rb") as stream:
        for number, line in enumerate(stream):
            if b'"slot":{' not in line[:80]:
                done = done or b'"end":{' in line[:80]
                damaged += (b'"end":{' if number else b'"run":{') not in line[:80]
                continue
            found = _AGENT.search(line, 0, 4000)
            agent = _text(found.group(1)) if found else None
            if agent is None or not line.endswith(b"\n"):
                damaged += 1
                continue
            walked[agent] += 1
            if _pair(agent) in film.pairs:
                kept.setdefault(agent, []).append((number, line))
    episodes: dict[str, list[SlotView]] = {}
    for agent, lines in kept.items():
        slots = [_slot(line) for place, (_, line) in enumerate(lines) if film.shows(place, len(lines))]
        damaged += slots.count(None)
        episodes[agent] = [slot for slot in slots if slot is not None]
    return TraceView(episodes, walked, done, damaged)


def _text(raw: bytes) -> str | None:
    try:
        return str(json.loads(raw))
    except ValueError:
        return None


def _pair(agent: str) -> int | None:
    last = agent.rpartition("/")[2]
    return int(last) if last.isascii() and last.isdigit() and len(last) < 10 else None


def _slot(line: bytes) -> SlotView | None:
    try:
        return SlotView.model_validate(json.loads(line)["slot"])
    except (ValueError, KeyError, TypeError, ValidationError, RecursionError):
        return None
