"""Escape: how a feed leaves what it has learnt, once the agent turns into its opposite at half-time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.drift import jsd
from agents.effects import known_mean
from agents.exposure import exposure_share

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Escape:
    """One episode."""

    similarity: float
    """1 - JSD of the exposure before and after half-time (PersonaAct's COI): 1 for a feed that has not changed."""
    forget_slots: int | None
    """Feed slots after half-time until the moving average of the target's exposure has gone half of its way."""


def escape(labels: FloatArray, turn: int, target: FloatArray, window: int = 10) -> Escape:
    """Escape of one episode: `labels` (feed slots, values) in order, `turn` the first slot after half-time.

    `target` (values,) is the first persona's profile. Slot exposure is z . target; its moving average over `window`
    slots starts at the level of the last window before the turn and ends at that of the episode's last window;
    `forget_slots` is where it first crosses the middle. None where it does not move away from the first target, or
    ended within a window of the turn. Clips without labels (NaN) count nowhere.
    """
    before, after = labels[:turn], labels[turn:]
    similarity = 1.0 - float(jsd(exposure_share(before), exposure_share(after)))
    pull = labels @ (target - target.mean())
    if turn < window or len(after) < window:
        return Escape(similarity, None)
    start, end = known_mean(pull[turn - window : turn]), known_mean(pull[-window:])
    if not end < start:
        return Escape(similarity, None)
    for slots in range(1, len(after) + 1):
        if known_mean(pull[turn + slots - window : turn + slots]) <= (start + end) / 2 + 1e-9:
            return Escape(similarity, slots)
    return Escape(similarity, None)
