import numpy as np
import pytest

from personas.decay import Probes, decay
from spectrum.stats.observations import NotEstimableError


def walk(rng, start, per_slot, episodes=40, slots=60, noise=0.3):
    """Episodes whose answers follow the target by `start` at first and by `per_slot` more each slot."""
    targets = rng.normal(0, 0.2, (8, 10))
    centred = targets - targets.mean(axis=1, keepdims=True)
    centred = centred - centred.mean(axis=0)
    episode = np.repeat(np.arange(episodes), slots // 3)
    slot = np.tile(np.arange(0, slots, 3), episodes)
    persona = episode % 8
    labels = np.eye(10)[(slot // 3 + episode) % 10]
    neutral = 0.5 + rng.normal(0, 0.05, slot.size)
    follows = start + per_slot * slot
    response = neutral + follows * (labels * centred[persona]).sum(axis=1) + 0.1 * rng.normal(0, 1, episodes)[episode]
    response = response + rng.normal(0, noise, slot.size)
    return Probes(response, neutral, labels, slot, episode, persona, targets)


def test_what_fades_is_found_with_its_half_life():
    found = decay(walk(np.random.default_rng(1), 1.0, -0.012, noise=0.1))
    assert found.at_start.value == pytest.approx(1.0, abs=0.1)
    assert found.trend.value == pytest.approx(-0.12, abs=0.03) and found.trend.high < 0
    assert found.half_life == pytest.approx(0.5 / 0.012, rel=0.25)
    shown = [window.adherence.value for window in found.windows]
    assert shown == sorted(shown, reverse=True) and len(shown) == 4
    assert (found.windows[0].first, found.windows[-1].last) == (0, 57)
    assert sum(window.probes for window in found.windows) == 800


def test_what_holds_has_no_half_life_and_what_ignores_has_no_adherence():
    steady = decay(walk(np.random.default_rng(2), 0.8, 0.0, noise=0.1))
    assert steady.half_life is None and steady.trend.low < 0 < steady.trend.high
    nobody = decay(walk(np.random.default_rng(3), 0.0, 0.0))
    assert nobody.at_start.low < 0 < nobody.at_start.high


def test_false_alarms_of_fading_stay_at_five_per_cent():
    alarms = sum(decay(walk(np.random.default_rng(n), 0.5, 0.0, episodes=20)).trend.p < 0.05 for n in range(200))
    assert alarms <= 18


def test_coverage_of_the_start_over_episodes():
    held = 0
    for n in range(200):
        found = decay(walk(np.random.default_rng(n), 0.5, -0.002, episodes=20))
        held += found.at_start.low <= 0.5 <= found.at_start.high
    assert held >= 180


def test_too_little_says_so():
    probes = walk(np.random.default_rng(1), 1.0, 0.0, episodes=2)
    with pytest.raises(NotEstimableError, match="2 episodes are too few"):
        decay(probes)
    flat = walk(np.random.default_rng(1), 1.0, 0.0, episodes=9)
    one_slot = Probes(flat.response, flat.neutral, flat.labels, flat.slot * 0, flat.episode, flat.persona, flat.targets)
    with pytest.raises(NotEstimableError, match="do not vary"):
        decay(one_slot)
    with pytest.raises(ValueError, match="index the rows"):
        Probes(flat.response, flat.neutral, flat.labels, flat.slot, flat.episode, flat.persona + 50, flat.targets)
