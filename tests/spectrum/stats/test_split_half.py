from dataclasses import replace

import numpy as np
import pytest

from spectrum.stats.observations import NotEstimableError
from spectrum.stats.split_half import split_half
from tests.support.simulated import Planted

THETA = np.linspace(-1.0, 1.0, 10)


def drawn(seed: int = 0, **planted: object):  # type: ignore[no-untyped-def]
    return Planted(**{"clips_a_value": 40, **planted}).draw(np.random.default_rng(seed))[0]  # type: ignore[arg-type]


def test_a_strong_profile_is_found_again_in_the_other_half() -> None:
    observations = drawn(theta=THETA)
    for by in ("clips", "wordings", "both"):
        found = split_half(observations, by, splits=30)  # type: ignore[arg-type]
        assert found.reliability > 0.85 and found.low <= found.reliability <= found.high
    assert split_half(observations, "clips", splits=3).units == 400
    assert split_half(observations, "wordings", splits=3).units == 12


def test_the_reliability_is_the_squared_correlation_with_the_truth() -> None:
    """What Spearman and Brown's number means, held against planted truth."""
    theta = np.random.default_rng(2).normal(0, 0.5, 10)
    planted = Planted(theta=theta, clips_a_value=30, value_wording_sd=0.0)
    truth = planted.truth()[0]
    found, squared = [], []
    for seed in range(12):
        observations = planted.draw(np.random.default_rng(seed))[0]
        found.append(split_half(observations, "clips", splits=20).reliability)
        value = observations.labels.argmax(axis=1)[observations.clip]
        means = np.bincount(value, weights=observations.response) / np.bincount(value)
        squared.append(np.corrcoef(means, truth)[0, 1] ** 2)
    assert np.mean(found) == pytest.approx(np.mean(squared), abs=0.08)


def test_what_wordings_do_to_values_is_taken_for_a_profile_by_halves_of_clips_only() -> None:
    """An indifferent respondent: halves that differ in clips and wordings do not agree."""
    by_clips, by_both = [], []
    for seed in range(8):
        observations = drawn(seed, value_wording_sd=1.0, wordings=6, clips_a_value=100)
        by_clips.append(split_half(observations, "clips", splits=20).reliability)
        by_both.append(split_half(observations, "both", splits=20).reliability)
    assert np.mean(by_clips) > 0.5
    assert np.mean(by_both) < 0.3


def test_the_same_answers_give_the_same_number_in_any_order() -> None:
    observations = drawn(theta=THETA / 3, clips_a_value=10)
    order = np.random.default_rng(0).permutation(observations.response.size)
    moved = replace(
        observations,
        **{name: getattr(observations, name)[order] for name in ("response", "clip", "wording", "framing")},
    )
    assert split_half(moved, splits=10).reliability == pytest.approx(split_half(observations, splits=10).reliability)
    assert split_half(observations, splits=10, seed=1) != split_half(observations, splits=10)


def test_a_cluster_is_never_in_both_halves() -> None:
    """Every clip twice under one cluster: were the copies split, halves of pure noise would agree."""
    rng = np.random.default_rng(3)
    observations = drawn(clips_a_value=20, wordings=1, wordings_a_clip=1)
    clips = observations.labels.shape[0]
    noise = rng.random(clips // 2)
    copied = replace(
        observations,
        response=np.repeat(noise, 2)[observations.clip],
        cluster=np.arange(clips) // 2,
    )
    found = [split_half(replace(copied, response=np.repeat(rng.random(clips // 2), 2)[observations.clip]), splits=10)
             for _ in range(20)]  # fmt: skip
    assert abs(np.mean([one.correlation for one in found])) < 0.25
    apart = replace(copied, cluster=np.arange(clips))
    assert split_half(apart, splits=10).correlation > 0.25


def test_too_few_clips_or_wordings_are_said() -> None:
    with pytest.raises(NotEstimableError, match="too few to halve"):
        split_half(drawn(clips_a_value=2))
    with pytest.raises(NotEstimableError, match="wordings are too few"):
        split_half(drawn(wordings=3, wordings_a_clip=3), "wordings")
    flat = drawn(clips_a_value=10)
    with pytest.raises(NotEstimableError, match="flat"):
        split_half(replace(flat, response=np.ones(flat.response.size)), splits=4)
