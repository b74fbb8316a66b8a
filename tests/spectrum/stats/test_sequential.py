import numpy as np
import pytest

from spectrum.stats.sequential import confidence_sequence

RUNS, CLIPS = 400, 300


def differences(mean: float, seed: int, sd: float = 0.3, size: int = CLIPS) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(mean, sd, size), -1, 1)


@pytest.mark.parametrize("kind", ["normal", "three-valued", "skewed"])
def test_the_error_is_kept_at_any_stopping_time(kind: str) -> None:
    """Someone who looks after every clip and stops at the first "decided" is wrong in 5% of runs at most."""
    false = 0
    for seed in range(RUNS):
        rng = np.random.default_rng((seed, 1))
        if kind == "normal":
            x = differences(0.0, seed)
        elif kind == "three-valued":
            x = rng.choice([-1.0, 0.0, 1.0], CLIPS, p=[0.15, 0.7, 0.15])
        else:
            x = np.where(rng.random(CLIPS) < 0.1, 0.9, -0.1)
        false += confidence_sequence(x, 1.0, grid=3).decided_at is not None
    assert false / RUNS <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / RUNS)


def test_peeking_at_a_fixed_test_does_not_keep_it() -> None:
    """The control: the same looks at an ordinary t-test are wrong far more often."""
    false = 0
    for seed in range(RUNS):
        x = differences(0.0, seed)
        n = np.arange(20, CLIPS + 1)
        mean, square = np.cumsum(x)[n - 1] / n, np.cumsum(x**2)[n - 1] / n
        false += bool((np.abs(mean) > 1.96 * np.sqrt((square - mean**2) / n)).any())
    assert false / RUNS > 0.2


def test_a_large_effect_is_decided_early_and_the_sooner_the_larger() -> None:
    stops = {
        mean: [confidence_sequence(differences(mean, seed), 1.0, grid=3).decided_at or CLIPS for seed in range(60)]
        for mean in (0.1, 0.2, 0.4)
    }
    medians = [float(np.median(stops[mean])) for mean in (0.1, 0.2, 0.4)]
    assert medians == sorted(medians, reverse=True)
    assert medians[0] < 120  # psychometric simulations put it near 99 clips, where a fixed design takes 400
    assert medians[1] < 50
    assert medians[2] < 25


def test_intervals_hold_the_truth_at_all_times_together_and_only_shrink() -> None:
    missed = 0
    for seed in range(100):
        found = confidence_sequence(differences(0.15, seed), 1.0, grid=201)
        assert (np.diff(found.low) >= 0).all()
        assert (np.diff(found.high) <= 0).all()
        missed += bool((found.low > 0.15).any() or (found.high < 0.15).any())
    assert missed <= 10


def test_the_decision_is_the_interval_leaving_out_zero() -> None:
    for seed in range(20):
        found = confidence_sequence(differences(0.15, seed), 1.0)
        outside = np.flatnonzero((found.low > 0) | (found.high < 0))
        assert found.decided_at is not None
        # The interval is widened by a step of its grid, so it may leave out zero a little later.
        assert not outside.size or outside[0] + 1 >= found.decided_at


def test_units_and_sign_carry_through() -> None:
    x = differences(0.3, 1)
    one, three, turned = (confidence_sequence(y, b) for y, b in ((x, 1.0), (3 * x, 3.0), (-x, 1.0)))
    assert three.low == pytest.approx(3 * one.low)
    assert turned.low == pytest.approx(-one.high)
    assert one.decided_at == three.decided_at == turned.decided_at
    assert one.mean[-1] == pytest.approx(x.mean())


def test_what_was_seen_before_is_not_changed_by_what_comes() -> None:
    x = differences(0.1, 2)
    whole, start = confidence_sequence(x, 1.0), confidence_sequence(x[:50], 1.0)
    assert whole.low[:50] == pytest.approx(start.low)
    assert whole.high[:50] == pytest.approx(start.high)


def test_observations_out_of_bounds_are_refused_and_none_decide_nothing() -> None:
    with pytest.raises(ValueError, match=r"\[-1.0, 1.0\]"):
        confidence_sequence(np.array([0.0, 1.2]), 1.0)
    with pytest.raises(ValueError, match="must lie"):
        confidence_sequence(np.array([np.nan]), 1.0)
    assert confidence_sequence(np.zeros(0), 1.0).decided_at is None
