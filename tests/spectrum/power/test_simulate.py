import numpy as np
import pytest

from spectrum.calibration.asked import ask_about, one_value_each
from spectrum.calibration.worlds import Spread
from spectrum.errors import ConfigError
from spectrum.power.design import Design
from spectrum.power.simulate import draw, plant
from spectrum.stats.observations import Framing


def by_value(design: Design, clips: int = 60, runs: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Mean acceptance of each value, for the respondent with the effect and the other."""
    rng = np.random.default_rng(0)
    asked = ask_about(one_value_each(clips), rng, wordings=design.wordings, a_clip=design.per_clip)
    value = asked.labels.argmax(axis=1)[asked.clip]
    sides = draw(design, plant(design), asked, runs, rng)
    return tuple(np.array([side[value == place].mean() for place in range(10)]) for side in sides)  # type: ignore[return-value]


@pytest.mark.parametrize("effect", [0.05, -0.2])
@pytest.mark.parametrize("bias", [0.0, 2.5])
def test_the_planted_effect_is_what_is_accepted_more(effect: float, bias: float) -> None:
    design = Design(effect, bias=bias, acceptance=0.5)
    ours, theirs = by_value(design)
    shift = plant(design).theta[0]
    assert (shift > 0) == (effect > 0)
    assert (ours - ours.mean())[0] == pytest.approx(effect, abs=0.02)
    assert np.abs(theirs - theirs.mean()).max() < 0.03


def test_acceptance_is_the_stated_one_before_bias() -> None:
    _, theirs = by_value(Design(0.05, acceptance=0.7))
    assert theirs.mean() == pytest.approx(0.7, abs=0.02)


def test_a_yes_bias_moves_the_stems_apart_and_leaves_the_named_options() -> None:
    design = Design(0.05, bias=2.0, acceptance=0.5)
    rng = np.random.default_rng(0)
    asked = ask_about(one_value_each(40), rng)
    _, theirs = draw(design, plant(design), asked, 40, rng)
    told = {framing: theirs[asked.framing == framing].mean() for framing in list(Framing)[:4]}
    assert told[Framing.WOULD] > 0.75 and told[Framing.WOULD_NOT] < 0.25
    assert told[Framing.FIRST] == pytest.approx(0.5, abs=0.03) == pytest.approx(told[Framing.SECOND], abs=0.03)


@pytest.mark.parametrize(("correlation", "low", "high"), [(0.0, -0.08, 0.08), (1.0, 0.45, 1.0)])
def test_two_respondents_like_the_same_clips_as_far_as_told(correlation: float, low: float, high: float) -> None:
    design = Design(0.01, correlation=correlation, spread=Spread(clip=2.0))
    rng = np.random.default_rng(0)
    asked = ask_about(one_value_each(40), rng)
    ours, theirs = draw(design, plant(design), asked, 5, rng)
    means = [np.array([side[asked.clip == clip].mean(axis=0) for clip in range(400)]) for side in (ours, theirs)]
    found = np.mean([np.corrcoef(means[0][:, run], means[1][:, run])[0, 1] for run in range(5)])
    assert low <= found <= high


def test_repeats_are_averaged_and_take_noise_away() -> None:
    rng = np.random.default_rng(0)
    asked = ask_about(one_value_each(5), rng)
    ours, _ = draw(Design(0.05, repeats=4), plant(Design(0.05)), asked, 20, rng)
    assert set(np.unique(ours).tolist()) <= {0.0, 0.25, 0.5, 0.75, 1.0}
    once, _ = draw(Design(0.05), plant(Design(0.05)), asked, 20, rng)
    assert set(np.unique(once).tolist()) == {0.0, 1.0}
    assert ours.var() < 0.8 * once.var()


@pytest.mark.parametrize("effect", [0.0, 0.6, -0.6])
def test_an_effect_that_leaves_nothing_to_accept_is_refused(effect: float) -> None:
    with pytest.raises(ConfigError, match="--effect"):
        Design(effect)
