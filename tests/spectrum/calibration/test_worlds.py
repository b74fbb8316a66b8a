"""What respondents accept over all clips and wordings, in closed form, is what drawing them gives."""

import numpy as np
import pytest

from spectrum.calibration.answers import acceptance, wording_effects
from spectrum.calibration.asked import Asked, ask_about
from spectrum.calibration.worlds import Rule, Smooth, Spread, World, given_wordings, sigmoid, single_clip_logit


def accepted(world: World, t: float, runs: int = 150, clips: int = 60) -> np.ndarray:
    """Mean probability of acceptance in each run, of clips and wordings drawn anew in every run."""
    rng = np.random.default_rng(5)
    asked = ask_about(np.ones((clips, 1)), rng)
    logits = world.conditional(np.full((clips, 4, runs), t), rng)
    effects = wording_effects(asked, world.spread, runs, rng)
    return acceptance(asked, logits, effects, world.spread.clip_wording, rng).mean(axis=0)


@pytest.mark.parametrize("t", [-3.0, 0.0, 0.4, 2.5])
def test_a_smooth_respondent_accepts_the_share_that_its_predictor_says(t: float) -> None:
    world = Smooth()
    found = accepted(world, t)
    assert world.expected(np.array(t)) == pytest.approx(1 / (1 + np.exp(-t)))
    assert abs(found.mean() - world.expected(np.array(t))) < 4 * found.std() / np.sqrt(found.size)


@pytest.mark.parametrize("share", [0.15, 0.5, 0.8])
def test_the_rule_accepts_its_share_of_clips_and_most_of_them_for_sure(share: float) -> None:
    world = Rule()
    t = float(world.predictor(np.array(share)))
    found = accepted(world, t)
    assert world.expected(np.array(t)) == pytest.approx(share, abs=0.01)
    assert abs(found.mean() - world.expected(np.array(t))) < 4 * found.std() / np.sqrt(found.size)
    clips = sigmoid(world.conditional(np.full((5000, 1, 1), t), np.random.default_rng(0)))
    assert np.mean((clips < 0.1) | (clips > 0.9)) > 0.7


def test_a_yes_bias_moves_the_rule_along_its_clips() -> None:
    """Averaged over both stems, a bias of 2.5 logits changes hardly anything where clips are liked for sure."""
    world = Rule()
    t = world.predictor(np.array([0.3, 0.5, 0.7]))
    both = (world.expected(t + 2.5) + world.expected(t - 2.5)) / 2
    assert both == pytest.approx([0.3, 0.5, 0.7], abs=0.02)


def test_single_clips_have_larger_logits_than_their_mean() -> None:
    """By Zeger, Liang and Albert's approximation (1988, Biometrics 44): sqrt(1 + .346 x variance)."""
    spread = Spread()
    assert single_clip_logit(np.array([1.0]), spread.total)[0] == pytest.approx(
        np.sqrt(1 + 0.346 * spread.total**2), rel=0.05
    )
    assert single_clip_logit(np.array([0.0]), spread.total)[0] == pytest.approx(0, abs=1e-9)


def test_given_the_wordings_only_clips_are_averaged_over() -> None:
    rng, world = np.random.default_rng(2), Smooth()
    t = np.full((1, 1, 1), 0.7)
    shifts = np.array([0.9, -0.4, 0.2]).reshape(1, 3, 1)
    centre = single_clip_logit(np.array([0.7]), world.spread.total)[0]
    own = rng.normal(0, np.hypot(1.0, 0.5), 400_000)
    drawn = np.mean([1 / (1 + np.exp(-(centre + shift + own))) for shift in shifts.ravel()])
    assert given_wordings(world, t, shifts)[0, 0] == pytest.approx(drawn, abs=0.002)


def test_answers_scatter_as_the_tests_own_simulation_of_one_run() -> None:
    """Two programs, one model: the variance that clips and wordings bring agrees."""
    from tests.support.simulated import Planted

    single = Planted(level=float(single_clip_logit(np.array([0.2]), Spread().total)[0]), clips_a_value=40)
    theirs = [single.draw(np.random.default_rng(seed))[0] for seed in range(30)]
    rng, world = np.random.default_rng(1), Smooth()
    asked: Asked = ask_about(np.repeat(np.eye(10), 40, axis=0), rng)
    logits = world.conditional(np.full((400, 4, 30), 0.2), rng)
    effects = wording_effects(asked, world.spread, 30, rng)
    drawn = rng.random((asked.clip.size, 30)) < acceptance(asked, logits, effects, 0.5, rng)

    def spread(clip: np.ndarray, wording: np.ndarray, response: np.ndarray) -> tuple[float, float]:
        by_clip = np.bincount(clip, weights=response) / np.bincount(clip)
        by_wording = np.bincount(wording, weights=response) / np.bincount(wording)
        return float(by_clip.std()), float(by_wording.std())

    ours = np.mean([spread(asked.clip, asked.wording, one) for one in drawn.T.astype(float)], axis=0)
    other = np.mean([spread(one.clip, one.wording, one.response) for one in theirs], axis=0)
    # There a clip's wordings are the same in both blocks, here not: fewer wordings a clip, a little more scatter.
    assert ours[0] == pytest.approx(other[0], rel=0.06)
    assert ours[1] == pytest.approx(other[1], rel=0.15)
