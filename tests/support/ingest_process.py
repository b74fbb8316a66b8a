"""An ingest in a process of its own, to be killed: `python -m tests.support.ingest_process SOURCE INDEX [PAUSE]`.

Prints `started` when the work begins and the fields of the summary when it ends.
"""

import sys
import time

import numpy as np
from numpy.typing import NDArray

from tests.support.indexes import ColourEmbedder
from video_index.clips import ViewSpec
from video_index.ingest import ingest

VIEW = ViewSpec(frames=4, long_side=64)


class SlowEmbedder(ColourEmbedder):
    """Takes its time, so that a kill finds work under way."""

    def __init__(self, pause_s: float) -> None:
        super().__init__()
        self.pause_s = pause_s

    def images(self, frames: object) -> NDArray[np.float32]:
        time.sleep(self.pause_s)
        return super().images(frames)


def main() -> None:
    source, index, *pause = sys.argv[1:]
    embedder = SlowEmbedder(float(pause[0]) if pause else 0.0)
    print("started", flush=True)
    summary = ingest(source, index, embedder, view=VIEW, workers=1, batch=3, wait_s=5)
    print(summary.found, summary.indexed, summary.already, summary.duplicates, len(summary.quarantined))


if __name__ == "__main__":
    main()
