import numpy as np
import pytest

from spectrum.stats.observations import Framing, NotEstimableError, Observations
from spectrum.stats.two_groups import group_difference
from spectrum.stats.wording_effects import share_less_half, wording_effects, yes_bias_interval
from tests.support.simulated import Planted


def test_a_set_that_is_liked_more_than_its_controls_by_a_known_amount() -> None:
    """200 clips of each side accepted with .7 and .5: the difference is .2, and its error what binomial noise gives."""
    rng = np.random.default_rng(0)
    clip = np.repeat(np.arange(400), 4)
    first = clip < 200
    response = (rng.random(clip.size) < np.where(first, 0.7, 0.5)).astype(float)
    framing = np.tile([0, 1, 2, 3], 400)
    observations = Observations(
        response, clip, (clip + np.tile([0, 1, 2, 3], 400)) % 12, framing, np.zeros((400, 1)), np.arange(400),
        np.zeros((400, 0)),
    )  # fmt: skip
    found = group_difference(observations, first)
    assert found.inference.estimate[0] == pytest.approx(response[first].mean() - response[~first].mean())
    assert found.inference.estimate[0] == pytest.approx(0.2, abs=4 * found.inference.se[0])
    assert found.inference.se[0] == pytest.approx(np.sqrt((0.21 + 0.25) / 800), rel=0.4)
    assert (found.first_clips, found.second_clips) == (200, 200)


def test_one_clip_on_a_side_tells_nothing() -> None:
    observations, _ = Planted(clips_a_value=1).draw(np.random.default_rng(1))
    with pytest.raises(NotEstimableError, match="one side"):
        group_difference(observations, observations.clip == 0)


def test_yes_bias_is_told_with_its_interval() -> None:
    observations, _ = Planted(clips_a_value=20, yes_bias=1.0).draw(np.random.default_rng(2))
    found = yes_bias_interval(observations)
    would = observations.response[observations.framing == Framing.WOULD].mean()
    would_not = observations.response[observations.framing == Framing.WOULD_NOT].mean()
    assert found.estimate[0] == pytest.approx(would - would_not)
    assert found.low[0] > 0.1
    flat, _ = Planted(clips_a_value=20).draw(np.random.default_rng(3))
    assert yes_bias_interval(flat).low[0] < 0 < yes_bias_interval(flat).high[0]


def test_wordings_that_are_liked_differ_by_what_was_planted() -> None:
    rng = np.random.default_rng(4)
    clips, wordings = 300, 6
    clip = np.repeat(np.arange(clips), 4)
    wording = (clip + np.tile(np.arange(4), clips)) % wordings
    planted = np.array([0.3, 0, 0, 0, 0, -0.3])
    accepted = (rng.random(clip.size) < 0.5 + planted[wording]).astype(float)
    observations = Observations(
        accepted, clip, wording, np.tile([0, 1, 2, 3], clips), np.zeros((clips, 1)), np.arange(clips),
        np.zeros((clips, 0)),
    )  # fmt: skip
    found = wording_effects(observations)
    np.testing.assert_array_equal(found.wording, np.arange(6))
    np.testing.assert_allclose(found.effect.estimate, planted, atol=0.08)
    assert set(np.flatnonzero(found.effect.p_holm < 0.01).tolist()) == {0, 5}
    assert found.answers.sum() == clip.size


def test_preferring_what_is_named_first_is_a_share_above_one_half() -> None:
    rng = np.random.default_rng(5)
    clip, wording = np.repeat(np.arange(200), 4), np.tile(np.arange(4), 200)
    found = share_less_half((rng.random(800) < 0.6).astype(float), clip, wording)
    assert found.estimate[0] == pytest.approx(0.1, abs=0.06)
    assert found.low[0] > 0
    with pytest.raises(NotEstimableError):
        share_less_half(np.ones(2), np.zeros(2, dtype=np.int64), np.arange(2))
