from pathlib import Path

import pytest
from PIL import Image

from spectrum.bench.tally import tally
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import StoredAnswer
from tests.support.run_folders import Likes, SimulatedAsk, SimulatedRun, simulated_clips
from video_index.keyed import uniform

HEDONIST = tuple({2: 3.0, 4: -3.0}.get(place, 0.0) for place in range(10))
ADVENTURER = tuple({1: 3.0, 2: 3.0, 4: -3.0}.get(place, 0.0) for place in range(10))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Two conditions, some refusals, a thumbnail for every other clip."""
    likes = Likes({"neutral": HEDONIST, "adventurer": ADVENTURER})

    def answers(ask: SimulatedAsk) -> StoredAnswer:
        if uniform("refuse", ask.ask_id) < 0.03:
            return StoredAnswer(ask.ask_id, "refused", text="I'd rather not.")
        return likes(ask)

    plan = SimulatedRun(simulated_clips(26, controls=5), ("neutral", "adventurer"), wordings=8)
    run = plan.write(tmp_path_factory.mktemp("finished"), answers)
    run.thumbnails.mkdir()
    for place, clip in enumerate(plan.clips[::2]):
        Image.new("RGB", (36, 64), (place % 255, 80, 120)).save(run.thumbnails / f"{clip.clip_id}.webp")
    tally(run.root)
    return run


@pytest.fixture
def half(tmp_path: Path) -> RunFolder:
    """A run with half of its asks answered, tallied."""
    run = SimulatedRun(simulated_clips(10)).write(tmp_path / "half", Likes({"neutral": HEDONIST}), share=0.5)
    tally(run.root)
    return run
