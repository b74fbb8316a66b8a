from dataclasses import replace

import numpy as np
import pytest

from spectrum.stats.contrast import estimate_contrast, paired
from spectrum.stats.observations import NotEstimableError, Observations
from spectrum.stats.profile import estimate_profile
from tests.support.simulated import Planted


def neutral(seed: int = 0) -> Observations:
    return Planted(clips_a_value=40, wordings=8).draw(np.random.default_rng(seed))[0]


def with_persona(observations: Observations, value: int, share: float, seed: int = 1) -> Observations:
    """The same answers, but a share of the rejections of one value's clips become acceptances."""
    turned = np.random.default_rng(seed).random(observations.response.size) < share
    ours = observations.labels.argmax(axis=1)[observations.clip] == value
    return replace(observations, response=np.where(turned & ours, 1.0, observations.response))


def items(observations: Observations) -> np.ndarray:
    return np.arange(observations.response.size)


def test_what_the_persona_changed_is_found_and_what_all_like_cancels() -> None:
    before = neutral()
    after = with_persona(before, value=3, share=0.5)
    found = estimate_contrast(paired(after, items(after), before, items(before)))
    truth = np.zeros(10)
    truth[3] = (after.response - before.response)[before.labels.argmax(axis=1)[before.clip] == 3].mean()
    assert found.theta.estimate == pytest.approx(truth - truth.mean(), abs=1e-9)
    assert found.theta.p_holm[3] < 0.001
    assert found.level.estimate[0] == pytest.approx(truth.mean(), abs=1e-9)
    assert found.theta.se.mean() < 0.25 * estimate_profile(before).theta.se.mean()
    assert found.items == before.response.size


def test_equal_answers_do_not_differ() -> None:
    before = neutral()
    found = estimate_contrast(paired(before, items(before), before, items(before)))
    assert not found.theta.estimate.any()
    assert not found.theta.se.any()
    assert (found.theta.p_holm == 1).all()
    assert found.level.p[0] == 1


def test_items_pair_by_identity_whatever_their_order_and_repeats_are_averaged() -> None:
    before, after = neutral(), with_persona(neutral(), value=5, share=0.4)
    straight = paired(after, items(after), before, items(before))
    order = np.random.default_rng(9).permutation(before.response.size)
    twice = np.concatenate([order, order])

    def rearranged(observations: Observations, rows: np.ndarray) -> Observations:
        return Observations(
            observations.response[rows],
            observations.clip[rows],
            observations.wording[rows],
            observations.framing[rows],
            observations.labels,
            observations.cluster,
            observations.covariates,
        )

    again = paired(after, items(after), rearranged(before, twice), items(before)[twice])
    assert again.response == pytest.approx(straight.response)
    assert np.array_equal(again.clip, straight.clip)


def test_many_runs_at_once_are_the_single_runs() -> None:
    before = neutral()
    after = [with_persona(before, value=3, share=0.3, seed=seed).response for seed in range(3)]
    many = replace(before, response=np.column_stack(after))
    three = replace(before, response=np.column_stack([before.response] * 3))
    together = estimate_contrast(paired(many, items(before), three, items(before)))
    for number, response in enumerate(after):
        alone = estimate_contrast(paired(replace(before, response=response), items(before), before, items(before)))
        assert together.theta.p_holm[number] == pytest.approx(alone.theta.p_holm, rel=1e-10, abs=1e-10)
        assert together.theta.low[number] == pytest.approx(alone.theta.low, rel=1e-10, abs=1e-10)


def test_only_items_answered_in_both_count() -> None:
    before, after = neutral(), with_persona(neutral(), value=5, share=0.4)
    half = items(before) % 2 == 0
    found = paired(after, items(after), before.keep(half), items(before)[half])
    assert found.response.size == half.sum()
    with pytest.raises(NotEstimableError, match="share no answered item"):
        estimate_contrast(paired(after, items(after), before, items(before) + 10**6))


def test_two_conditions_that_differ_by_chance_are_told_apart_in_few_runs() -> None:
    significant = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        planted = Planted(clips_a_value=15, wordings=6)
        before, _ = planted.draw(rng)
        flips = rng.random(before.response.size) < 0.2
        after = replace(before, response=np.where(flips, 1 - before.response, before.response))
        found = estimate_contrast(paired(after, items(after), before, items(before)))
        significant += bool((found.theta.p_holm < 0.05).any())
    assert significant <= 6
