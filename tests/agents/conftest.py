from pathlib import Path

import pytest

from agents.designs import BrowseDesign
from agents.job import run_job
from agents.recommenders import EpsilonFeed
from spectrum.questions import load_bank
from tests.support.asking import still
from tests.support.browsing import make_design, make_world, planted

SUITE, SHELF = make_world(300, in_suite=100)
FEED = EpsilonFeed(0.3)
"""Explores: Rocchio alone stays with the first clip that was liked, or far from those that were skipped."""


def run(folder: Path, design: BrowseDesign, **settings: object) -> Path:
    """A whole browse run of planted agents in a folder."""
    folder.mkdir(exist_ok=True)
    run_job(
        folder, design, SUITE, load_bank(), SHELF, FEED, planted(SHELF), still,
        config={"targets": {"bold": [0.0] + [1.0] + [0.0] * 8}, "feed_spec": "rocchio"}, **settings,  # type: ignore[arg-type]
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def browse_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every arm of a small design, six replicates, walked to the end."""
    design = make_design("persona,neutral,twin,reversed x adaptive,random", slots=48, replicates=8, probe_every=4)
    return run(tmp_path_factory.mktemp("browse") / "run", design)


@pytest.fixture(scope="session")
def yoked_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Feeds exchanged, memory on and off."""
    design = make_design(
        "persona,neutral x adaptive,yoked x no-memory,memory", slots=20, replicates=4,
        episode={"memory_words": 40}, probe_every=2,
    )  # fmt: skip
    return run(tmp_path_factory.mktemp("yoked") / "run", design)
