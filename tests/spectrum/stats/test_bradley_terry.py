from dataclasses import replace

import numpy as np
import pytest

from spectrum.stats.bradley_terry import SAME_PLACE, Comparisons, estimate_pairs
from spectrum.stats.observations import NotEstimableError
from spectrum.stats.tied_groups import tied_groups

THETA = np.linspace(-1.0, 1.0, 10)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def draw(
    theta: np.ndarray, pairs: int, seed: int, *, order: float = 0.0, named: float = 0.0, clip_sd: float = 0.0,
    wordings: int = 8, value_wording_sd: float = 0.0, per_value: int = 100,
) -> Comparisons:  # fmt: skip
    """`pairs` triads' pairs, each in both orders, of clips with one value."""
    rng = np.random.default_rng(seed)
    value = np.repeat(np.arange(10), per_value)
    labels = np.full((value.size, 10), 0.02)
    labels[np.arange(value.size), value] = 0.82
    worth = labels @ theta + rng.normal(0, clip_sd, value.size) if clip_sd else labels @ theta
    triads = np.array([rng.choice(10, 3, replace=False) for _ in range(pairs // 3)]) * per_value
    triads = triads + rng.integers(per_value, size=triads.shape)
    first, second = triads.ravel(), np.roll(triads, -1, axis=1).ravel()
    wording = rng.integers(wordings, size=first.size)
    first, second = np.concatenate([first, second]), np.concatenate([second, first])
    wording = np.tile(wording, 2)
    naming = np.where(wording % 2, 0.5, -0.5)
    taste = rng.normal(0, value_wording_sd, (10, wordings)) if value_wording_sd else np.zeros((10, wordings))
    logit = order + named * naming + worth[first] - worth[second]
    logit = logit + taste[value[first], wording] - taste[value[second], wording]
    chosen = (rng.random(logit.size) < sigmoid(logit)).astype(float)
    return Comparisons(chosen, first, second, naming, wording, labels, np.arange(value.size))


def test_planted_value_effects_and_place_effects_come_back_on_the_logit_scale() -> None:
    found = estimate_pairs(draw(THETA, 9000, 1, order=0.7, named=-0.5), scale="logit")
    assert found.theta.estimate == pytest.approx(THETA, abs=0.12)
    assert found.shown_first.estimate[0] == pytest.approx(0.7, abs=0.1)
    assert found.named_first is not None
    assert found.named_first.estimate[0] == pytest.approx(-0.5, abs=0.15)
    assert (found.comparisons, found.wordings) == (18_000, 8)


def test_the_probability_scale_gives_points_of_being_chosen() -> None:
    theta = np.zeros(10)
    theta[0] = 0.4
    found = estimate_pairs(draw(theta, 9000, 2))
    expected = (sigmoid(np.array(0.8 * 0.4)) - 0.5) / 0.8
    assert found.theta.estimate[0] - found.theta.estimate[1:].mean() == pytest.approx(float(expected), abs=0.02)
    assert found.shown_first.estimate[0] == pytest.approx(0.0, abs=0.02)


def test_it_agrees_with_statsmodels_where_comparisons_share_no_clip() -> None:
    """Every pair of other clips: the dyadic covariance is then the heteroscedastic one by pair."""
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    labels = rng.random((1200, 3))
    first, second = np.arange(600), np.arange(600, 1200)
    chosen = (rng.random(600) < sigmoid((labels[first] - labels[second]) @ [1.0, 0.0, -1.0])).astype(float)
    ours = estimate_pairs(
        Comparisons(chosen, first, second, np.zeros(600), np.zeros(600, int), labels, np.arange(1200)), scale="logit"
    )
    fit = sm.Logit(chosen, sm.add_constant(labels[first] - labels[second])).fit(disp=0, cov_type="HC0")
    centre = np.eye(3) - 1 / 3
    assert ours.theta.estimate == pytest.approx(centre @ fit.params[1:], abs=1e-6)
    covariance = centre @ fit.cov_params()[1:, 1:] @ centre
    assert ours.theta.se == pytest.approx(np.sqrt(np.diag(covariance)) * np.sqrt(1200 / 1197), rel=1e-6)
    assert ours.conditional_on_wordings


def test_intervals_cover_the_truth_although_clips_come_back_in_several_pairs() -> None:
    settings = {"order": 0.5, "clip_sd": 1.0, "value_wording_sd": 0.3}
    truth = estimate_pairs(draw(0.4 * THETA, 60_000, 99, per_value=20_000, wordings=400, **settings)).theta.estimate
    inside = []
    for seed in range(70):
        found = estimate_pairs(draw(0.4 * THETA, 450, seed, per_value=40, **settings)).theta
        inside.append((found.low <= truth) & (truth <= found.high))
    assert 0.93 <= np.mean(inside) <= 0.99


def test_clips_that_come_back_count_once_and_not_as_often_as_they_are_shown() -> None:
    """The same 20 clips a value in many pairs: errors that take the pairs for independent are too small."""
    comparisons = draw(np.zeros(10), 3000, 5, clip_sd=1.5, per_value=5)
    honest = estimate_pairs(comparisons).theta.se
    apart = np.arange(comparisons.first.size)
    naive = estimate_pairs(
        Comparisons(
            comparisons.chose_first, 2 * apart, 2 * apart + 1, comparisons.named_first, comparisons.wording,
            comparisons.labels[np.column_stack([comparisons.first, comparisons.second]).ravel()],
            np.arange(2 * apart.size),
        )
    ).theta.se  # fmt: skip
    assert honest.mean() > 2 * naive.mean()


def test_turning_every_pair_round_changes_nothing_but_the_order_effect() -> None:
    comparisons = draw(THETA, 600, 6, order=0.8)
    turned = replace(
        comparisons, chose_first=1 - comparisons.chose_first, first=comparisons.second, second=comparisons.first,
        named_first=-comparisons.named_first,
    )  # fmt: skip
    ours, theirs = estimate_pairs(comparisons), estimate_pairs(turned)
    assert theirs.theta.estimate == pytest.approx(ours.theta.estimate, abs=1e-9)
    assert theirs.theta.se == pytest.approx(ours.theta.se, rel=1e-6)
    assert theirs.shown_first.estimate[0] == pytest.approx(-ours.shown_first.estimate[0], abs=1e-9)


def test_an_indifferent_respondent_has_no_value_that_wins() -> None:
    significant = sum(
        bool((estimate_pairs(draw(np.zeros(10), 300, seed, clip_sd=1.0)).theta.p_holm < 0.05).any())
        for seed in range(100)
    )
    assert significant <= 11


def test_tied_groups_take_the_estimate_as_they_take_a_profile() -> None:
    theta = np.zeros(10)
    theta[2] = 3.0
    groups = tied_groups(estimate_pairs(draw(theta, 3000, 7)).clustered)
    assert groups.groups[0] == (2,) and len(groups.groups) == 2


def test_what_cannot_be_told_is_said() -> None:
    comparisons = draw(THETA, 300, 8)
    by_place = replace(comparisons, chose_first=np.ones(comparisons.first.size))
    with pytest.raises(NotEstimableError, match=SAME_PLACE):
        estimate_pairs(by_place)
    with pytest.raises(NotEstimableError, match="too few"):
        estimate_pairs(comparisons.keep(np.arange(comparisons.first.size) < 12))
    same = comparisons.keep(comparisons.labels[comparisons.first, 0] == comparisons.labels[comparisons.second, 0])
    with pytest.raises(NotEstimableError, match="no two compared clips") as caught:
        estimate_pairs(same)
    assert caught.value.values == (0,)
    with pytest.raises(NotEstimableError, match="no comparison"):
        estimate_pairs(comparisons.keep(np.zeros(comparisons.first.size, bool)))
    with pytest.raises(ValueError, match="one length"):
        replace(comparisons, first=comparisons.first[:5])
