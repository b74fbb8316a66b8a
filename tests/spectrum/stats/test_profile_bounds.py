from itertools import product

import numpy as np

from spectrum.stats.observations import Observations
from spectrum.stats.profile import estimate_profile
from spectrum.stats.profile_bounds import profile_bounds
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
    found = profile_bounds(observations, chosen)
    every = np.array(
        [estimate_profile(filled(observations, chosen, ends)).theta.estimate for ends in product((0, 1), repeat=6)]
    )
    np.testing.assert_allclose(found.low, every.min(axis=0), atol=1e-9)
    np.testing.assert_allclose(found.high, every.max(axis=0), atol=1e-9)


def test_nothing_missing_leaves_one_number() -> None:
    observations, _ = Planted(clips_a_value=4).draw(np.random.default_rng(1))
    found = profile_bounds(observations, np.ones(observations.response.size, dtype=bool))
    np.testing.assert_allclose(found.low, found.high)
    np.testing.assert_allclose(found.low, estimate_profile(observations).theta.estimate, atol=1e-10)
