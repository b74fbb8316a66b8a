from pathlib import Path

import numpy as np
import pytest

from tests.support.many_runs import write_runs

HEDONISM, POWER = 2, 4
FLAT = np.zeros(10)


def profile(**moved: float) -> np.ndarray:
    found = np.zeros(10)
    for place, size in moved.items():
        found[int(place[1:])] = size
    return found


HEDONIST = profile(v2=3.0, v4=-3.0)


@pytest.fixture(scope="session")
def five(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Five runs on identical items: plain, hedonist (both twice), and keen, which only accepts more."""
    names = ("plain", "hedonist", "plain2", "hedonist2", "keen")
    folders = write_runs(
        tmp_path_factory.mktemp("five"),
        np.stack([FLAT, HEDONIST, FLAT, HEDONIST, FLAT]),
        levels=(0.3, 0.3, 0.3, 0.3, 1.8),
        clips_a_value=30,
        wordings=8,
        names=names,
    )
    return dict(zip(names, folders, strict=True))
