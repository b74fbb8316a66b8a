from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from spectrum.stats.contrast import estimate_contrast
from spectrum.stats.observations import Observations
from spectrum.stats.profile import estimate_profile
from spectrum.stats.profile_bounds import contrast_bounds, profile_bounds
from tests.support.simulated import Planted


def filled(observations: Observations, chosen: np.ndarray, with_: tuple[int, ...]) -> Observations:
    response = observations.response.copy()
    response[~chosen] = with_
    return Observations(
        response, observations.clip, observations.wording, observations.framing, observations.labels,
        observations.cluster, observations.covariates,
    )  # fmt: skip


def test_bounds_are_the_extremes_over_every_way_to_fill_in_what_is_missing() -> None:
    observations, _ = Planted(clips_a_value=4, wordings_a_clip=2).draw(np.random.default_rng(0))
    chosen = np.ones(observations.response.size, dtype=bool)
    chosen[[3, 50, 51, 120, 200, 255]] = False
    left_out = estimate_profile(observations.keep(chosen)).theta.estimate
    found = profile_bounds(observations, chosen, left_out)
    every = np.array(
        [
            left_out,
            *(
                estimate_profile(filled(observations, chosen, ends)).theta.estimate
                for ends in product((0, 1), repeat=6)
            ),
        ]
    )
    np.testing.assert_allclose(found.low, every.min(axis=0), atol=1e-9)
    np.testing.assert_allclose(found.high, every.max(axis=0), atol=1e-9)
    pairs = every[:, :, None] - every[:, None, :]
    np.testing.assert_allclose(found.pair_low, pairs.min(axis=0), atol=1e-9)


def test_bounds_reach_over_an_estimate_that_puts_what_is_missing_below_zero() -> None:
    """Two values; nobody accepts "only the first", half accept neither, and of those with both none got a choice.

    The line through the answers gives the refused clips 0 + 0 - 1/2 or so: less than any answer could.
    """
    kinds = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], 10, axis=0)
    accepted = np.repeat([0.5, 0.0, 1.0, 0.0], 10)
    none = np.zeros(40, dtype=np.int64)
    planned = Observations(accepted, np.arange(40), none, none, kinds, np.arange(40), np.zeros((40, 0)))
    chosen = np.arange(40) >= 20
    chosen[:10] = True
    estimate = np.array([-0.6, 0.6])
    found = profile_bounds(planned, chosen, estimate)
    assert found.low[0] == pytest.approx(-0.6) and found.high[1] == pytest.approx(0.6)
    assert (found.low <= estimate).all() and (estimate <= found.high).all()
    inner = profile_bounds(planned, chosen, np.array([-0.3, 0.3]))
    # Filled in with 0 the four cells' means are .5, 0, 1, 0: effects -.75 and .25; with 1, .5, 1, 1, 0: -.25 and -.25.
    np.testing.assert_allclose(inner.low, [-0.5, 0.0], atol=1e-9)
    np.testing.assert_allclose(inner.high, [0.0, 0.5], atol=1e-9)


def test_bounds_of_a_contrast_are_the_extremes_over_every_way_to_fill_in_both_sides() -> None:
    rng = np.random.default_rng(3)
    planted = Planted(clips_a_value=4, wordings_a_clip=2)
    one, _ = planted.draw(rng)
    other = replace(one, response=rng.integers(0, 2, one.response.size).astype(float))
    gone = {0: [3, 50, 120], 1: [50, 200]}

    def difference(ends: tuple[int, ...]) -> Observations:
        sides = [one.response.copy(), other.response.copy()]
        sides[0][gone[0]], sides[1][gone[1]] = ends[:3], ends[3:]
        return replace(one, response=sides[0] - sides[1])

    every = [estimate_contrast(difference(ends)) for ends in product((0, 1), repeat=5)]
    thetas = np.array([found.theta.estimate for found in every])
    levels = np.array([found.level.estimate for found in every])
    low, high = difference((0, 0, 0, 1, 1)), difference((1, 1, 1, 0, 0))
    found = contrast_bounds(low, high.response, thetas[0], levels[0])
    np.testing.assert_allclose(found.theta.low, thetas.min(axis=0), atol=1e-9)
    np.testing.assert_allclose(found.theta.high, thetas.max(axis=0), atol=1e-9)
    np.testing.assert_allclose([found.level.low, found.level.high], [levels.min(axis=0), levels.max(axis=0)], atol=1e-9)
    assert (found.lacking, found.items) == (4, one.response.size)


def test_nothing_missing_leaves_one_number() -> None:
    observations, _ = Planted(clips_a_value=4).draw(np.random.default_rng(1))
    estimate = estimate_profile(observations).theta.estimate
    found = profile_bounds(observations, np.ones(observations.response.size, dtype=bool), estimate)
    np.testing.assert_allclose(found.low, found.high)
    np.testing.assert_allclose(found.low, estimate_profile(observations).theta.estimate, atol=1e-10)
