"""The sequential test of a declared difference on run folders."""

from pathlib import Path

import numpy as np
import pytest

from spectrum.compare.comparison import Options, follow_declared
from spectrum.compare.rounds import sequential_sentence
from spectrum.errors import ConfigError
from spectrum.runs.records import StoredAnswer
from spectrum.values import SCHWARTZ
from tests.spectrum.compare.conftest import HEDONIST
from tests.support.many_runs import write_runs
from tests.support.run_folders import Likes, SimulatedAsk, SimulatedRun, simulated_clips

FLAT = (0.0,) * 10


def test_a_large_declared_difference_is_decided_before_the_clips_run_out(tmp_path: Path) -> None:
    folders = write_runs(tmp_path, np.stack([np.zeros(10), HEDONIST]), clips_a_value=60, common=0.95)
    found = follow_declared(folders, "Hedonism", Options(), 0.05)
    assert found.rounds == found.rounds_planned == 60
    assert found.sequence.decided_at is not None and found.sequence.decided_at <= 30
    assert found.sequence.low[-1] > 0
    assert (found.contender, found.reference) == ("planted:run01", "planted:run00")
    sentence = sequential_sentence(found, SCHWARTZ)
    clips = found.sequence.decided_at * 10
    assert f"decided after {clips} of 600 clips" in sentence and "You may stop asking" in sentence
    power = follow_declared(folders, "PO", Options(), 0.05)
    assert power.sequence.high[-1] < 0


def test_what_does_not_differ_is_not_decided(tmp_path: Path) -> None:
    folders = write_runs(tmp_path, np.stack([np.zeros(10), HEDONIST]), clips_a_value=30, common=0.95)
    found = follow_declared(folders, "Security", Options(), 0.05)
    assert found.sequence.decided_at is None
    assert found.sequence.low[-1] < 0 < found.sequence.high[-1]
    assert "not decided after 300 of 300 clips" in sequential_sentence(found, SCHWARTZ)
    assert "all rounds are asked" in sequential_sentence(found, SCHWARTZ)


def test_the_level_is_a_declared_difference_too(tmp_path: Path) -> None:
    folders = write_runs(tmp_path, np.zeros((2, 10)), levels=(0.0, 2.0), clips_a_value=40)
    found = follow_declared(folders, "level", Options(), 0.05)
    assert found.declared is None
    assert found.sequence.decided_at is not None and found.sequence.low[-1] > 0
    assert "general acceptance" in sequential_sentence(found, SCHWARTZ)


def test_a_run_may_be_looked_at_while_it_is_asked_and_the_past_does_not_change(tmp_path: Path) -> None:
    clips = simulated_clips(20)
    runs = {}
    for name, theta, share in (("a", FLAT, 1.0), ("half", tuple(HEDONIST), 0.5), ("whole", tuple(HEDONIST), 1.0)):
        likes = Likes({"neutral": theta})
        runs[name] = SimulatedRun(clips, respondent=f"planted:{name}").write(tmp_path / name, likes, share).root
    half = follow_declared([runs["a"], runs["half"]], "Hedonism", Options(), 0.05)
    whole = follow_declared([runs["a"], runs["whole"]], "Hedonism", Options(), 0.05)
    assert (half.rounds, whole.rounds) == (10, 20)
    assert half.sequence.mean == pytest.approx(whole.sequence.mean[:10])
    assert half.sequence.low == pytest.approx(whole.sequence.low[:10])
    assert "go on asking" in sequential_sentence(half, SCHWARTZ)


def test_a_refused_clip_is_passed_over_and_ends_nothing(tmp_path: Path) -> None:
    clips = simulated_clips(12)
    likes = Likes({"neutral": FLAT})
    refused = {clip.clip_id for clip in clips if clip.value == 3}
    refused = set(sorted(refused)[:4])

    def refusing(ask: SimulatedAsk) -> StoredAnswer:
        if ask.clip.clip_id in refused:
            return StoredAnswer(ask.ask_id, "refused", text="No.")
        return likes(ask)

    one = SimulatedRun(clips, respondent="planted:one").write(tmp_path / "a", likes).root
    other = SimulatedRun(clips, respondent="planted:other").write(tmp_path / "b", refusing).root
    found = follow_declared([one, other], "Power", Options(), 0.05)
    assert found.rounds == 8
    assert not found.sequence.mean.any()


def test_wrong_names_and_numbers_of_contenders_are_told(five: dict[str, Path]) -> None:
    runs = list(five.values())
    with pytest.raises(ConfigError, match="unknown value 'Cats'"):
        follow_declared(runs[:2], "Cats", Options(), 0.05)
    with pytest.raises(ConfigError, match="here are 3"):
        follow_declared(runs[:3], "Power", Options(), 0.05)
    with pytest.raises(ConfigError, match="no clip of the first run stands for Stimulation"):
        follow_declared(_one_value_only(runs[0].parent / "only"), "Power", Options(), 0.05)


def _one_value_only(place: Path) -> list[Path]:
    clips = tuple(clip for clip in simulated_clips(3) if clip.value in (0, 4))
    likes = Likes({"neutral": FLAT})
    return [
        SimulatedRun(clips, respondent=f"planted:{name}").write(place / name, likes).root for name in ("one", "other")
    ]


def test_nothing_answered_yet_says_so(tmp_path: Path) -> None:
    clips = simulated_clips(3)
    one = SimulatedRun(clips, respondent="planted:one").write(tmp_path / "a", Likes({"neutral": FLAT})).root
    other = SimulatedRun(clips, respondent="planted:other").write(tmp_path / "b", None).root
    with pytest.raises(ConfigError, match="no complete round yet"):
        follow_declared([one, other], "Power", Options(), 0.05)
