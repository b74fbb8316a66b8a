"""Many runs in batches: the clips and wordings asked are drawn anew every few batches, answers in every run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from spectrum.calibration.asked import Asked

BATCH = 16
"""Runs at once: their residuals stay in a processor's cache."""
_BATCHES_A_DESIGN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some runs of a cell."""

    asked: Asked
    runs: int
    rng: np.random.Generator
    fresh: bool
    """Whether the asked were drawn anew for this batch."""


def batches(runs: int, rng: np.random.Generator, ask: Callable[[np.random.Generator], Asked]) -> Iterator[Batch]:
    """Yield batches until `runs` runs are drawn; `ask` draws what is asked, shared by up to 128 runs."""
    asked = ask(rng)
    for number, start in enumerate(range(0, runs, BATCH)):
        fresh = number % _BATCHES_A_DESIGN == 0
        if fresh and number:
            asked = ask(rng)
        yield Batch(asked, min(BATCH, runs - start), rng, fresh)
