from dataclasses import replace

import numpy as np
import pytest

from spectrum.stats.clustered import FEWEST_WORDINGS
from spectrum.stats.design import profile_design
from spectrum.stats.logistic import fit_logistic
from spectrum.stats.observations import Framing, NotEstimableError, Observations
from spectrum.stats.profile import SAME_ANSWER, estimate_level, estimate_profile, yes_bias
from spectrum.stats.tied_groups import simultaneous_intervals
from tests.support.simulated import Planted

PROFILE = np.array([0.9, 0.5, 0.2, 0.1, 0.0, 0.0, -0.1, -0.2, -0.5, -0.9])


def run(seed: int = 0, **settings: object) -> Observations:
    planted = Planted(**{"theta": PROFILE, "clips_a_value": 30, "wordings": 8, **settings})  # type: ignore[arg-type]
    return planted.draw(np.random.default_rng(seed))[0]


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


def test_theta_is_centred_and_equals_a_least_squares_fit_by_statsmodels() -> None:
    from statsmodels.api import OLS

    observations = run()
    framing = observations.framing
    columns = [
        observations.labels[observations.clip, 1:],
        np.isin(framing, (Framing.WOULD, Framing.WOULD_NOT))[:, None],
        (framing == Framing.WOULD)[:, None],
        (framing == Framing.FIRST)[:, None],
        np.ones((framing.size, 1)),
    ]
    fitted = OLS(observations.response, np.hstack(columns).astype(float)).fit().params
    expected = np.concatenate([[0.0], fitted[:9]])
    found = estimate_profile(observations).theta.estimate
    assert found == pytest.approx(expected - expected.mean(), abs=1e-10)
    assert found.sum() == pytest.approx(0, abs=1e-12)


def test_variance_is_cameron_gelbach_miller_where_wordings_add_at_least_what_they_add_over_all_values() -> None:
    observations = run()
    found = estimate_profile(observations).clustered
    labels = observations.labels[observations.clip]
    framing = observations.framing
    design = np.column_stack(
        [
            labels,
            np.isin(framing, (0, 1)) - 0.5,
            (framing == 0) * 0.5 - (framing == 1) * 0.5,
            (framing == 2) * 0.5 - (framing == 3) * 0.5,
        ]
    )
    bread = np.linalg.inv(design.T @ design)
    residuals = observations.response - design @ (bread @ design.T @ observations.response)
    centring = np.zeros((10, design.shape[1]))
    centring[:, :10] = np.eye(10) - 0.1

    def part(keys: list[object], lost: int) -> np.ndarray:
        """The textbook loop over clusters."""
        meat, distinct = np.zeros((design.shape[1],) * 2), sorted(set(keys))  # type: ignore[type-var]
        for key in distinct:
            rows = np.array([k == key for k in keys])
            score = design[rows].T @ residuals[rows]
            meat += np.outer(score, score)
        factor = len(distinct) / (len(distinct) - lost)
        return factor * centring @ bread @ meat @ bread @ centring.T

    clips, wordings = observations.clip.tolist(), observations.wording.tolist()
    by_clip, by_wording = part(clips, 10), part(wordings, 1)
    by_both = part([f"{c} {w}" for c, w in zip(clips, wordings, strict=True)], 1)
    own = by_wording - by_both
    pooled = max(np.trace(own) / 9, 0.0)
    assert found.clip_part == pytest.approx(by_clip, rel=1e-8, abs=1e-14)
    assert found.excess == pytest.approx(own, rel=1e-8, abs=1e-14)
    for combination in (np.eye(10)[4], np.eye(10)[2] - np.eye(10)[7]):
        adds = max(combination @ own @ combination, pooled * combination @ (np.eye(10) - 0.1) @ combination)
        variance = combination @ by_clip @ combination + adds
        assert found.combine(combination[None]).se[0] ** 2 == pytest.approx(variance, rel=1e-8)
    assert np.linalg.eigvalsh(found.covariance).min() > -1e-15


def test_the_order_of_answers_changes_nothing() -> None:
    observations = run()
    shuffled = rearranged(observations, np.random.default_rng(1).permutation(observations.response.size))
    first, second = estimate_profile(observations), estimate_profile(shuffled)
    assert second.theta.estimate == pytest.approx(first.theta.estimate, abs=1e-12)
    assert second.theta.se == pytest.approx(first.theta.se, abs=1e-12)


def test_answers_given_twice_do_not_narrow_an_interval() -> None:
    observations = run()
    twice = rearranged(observations, np.tile(np.arange(observations.response.size), 2))
    assert estimate_profile(twice).theta.se == pytest.approx(estimate_profile(observations).theta.se, rel=1e-9)


def test_relabelled_values_give_the_relabelled_profile() -> None:
    observations = run()
    order = np.random.default_rng(2).permutation(10)
    relabelled = replace(observations, labels=observations.labels[:, order])
    assert estimate_profile(relabelled).theta.estimate == pytest.approx(
        estimate_profile(observations).theta.estimate[order], abs=1e-10
    )


def test_a_liking_for_everything_moves_the_level_and_not_the_profile() -> None:
    observations = run()
    more = replace(observations, response=0.5 * observations.response + 0.4)
    half = replace(observations, response=0.5 * observations.response)
    assert estimate_profile(more).theta.estimate == pytest.approx(estimate_profile(half).theta.estimate, abs=1e-12)
    assert estimate_level(more).level.estimate[0] == pytest.approx(estimate_level(half).level.estimate[0] + 0.4)


def test_unequally_answered_framings_do_not_move_the_level() -> None:
    """A quarter of the would-not answers of an acquiescent respondent is lost: the mean moves, the level does not."""
    observations = run(yes_bias=2.0, clips_a_value=100)
    keep = (observations.framing != Framing.WOULD_NOT) | (np.arange(observations.response.size) % 16 < 4)
    fewer = observations.keep(keep)
    assert abs(fewer.response.mean() - observations.response.mean()) > 0.05
    assert estimate_level(fewer).level.estimate[0] == pytest.approx(
        estimate_level(observations).level.estimate[0], abs=0.02
    )


def test_yes_bias_is_the_sum_of_both_yes_rates_minus_one() -> None:
    observations = run(yes_bias=2.0)
    yes_would = observations.response[observations.framing == Framing.WOULD].mean()
    yes_would_not = 1 - observations.response[observations.framing == Framing.WOULD_NOT].mean()
    assert yes_bias(observations) == pytest.approx(yes_would + yes_would_not - 1)
    assert yes_bias(observations.keep(observations.framing != Framing.WOULD_NOT)) is None


def test_planted_profile_is_recovered_on_both_scales_under_a_strong_yes_bias() -> None:
    planted = Planted(theta=PROFILE, clips_a_value=150, yes_bias=2.0)
    truth, level = planted.truth()
    observations, _ = planted.draw(np.random.default_rng(5))
    found = estimate_profile(observations)
    slope = np.polyfit(truth, found.theta.estimate, 1)[0]
    assert 0.85 < slope < 1.15
    assert np.abs(found.theta.estimate - truth).max() < 4 * found.theta.se.max()
    assert estimate_level(observations).level.estimate[0] == pytest.approx(level, abs=0.06)
    logit = estimate_profile(observations, scale="logit").theta
    assert np.corrcoef(logit.estimate, PROFILE)[0, 1] > 0.95
    assert np.all((logit.low <= logit.estimate) & (logit.estimate <= logit.high))


def test_a_yes_bias_of_a_values_own_is_not_preference_on_the_logit_scale() -> None:
    """Stems are asked of clips of ten values, all accepted alike; yes has a pull of its own about each value."""
    rng = np.random.default_rng(8)
    pull = np.linspace(-1.5, 1.5, 10)
    value = np.repeat(np.arange(10), 120)
    clip = np.repeat(np.arange(value.size), 8)
    wording, framing = np.tile(np.repeat(np.arange(4), 2), value.size), np.tile([0, 1], 4 * value.size)
    sign = np.where(framing == Framing.WOULD, 1.0, -1.0)
    accepted = rng.random(clip.size) < 1 / (1 + np.exp(-(1.0 + sign * (1.5 + pull[value[clip]]))))
    observations = Observations(
        accepted.astype(float), clip, wording, framing, np.eye(10)[value], np.arange(value.size), np.zeros((1200, 0))
    )
    found = estimate_profile(observations, scale="logit").theta
    assert np.abs(found.estimate).max() < 0.35
    assert (np.abs(found.estimate) < 4 * found.se).all()
    left_out = fit_logistic(profile_design(observations).matrix, observations.response)[0][1:11]
    assert np.ptp(left_out) > 0.8


def test_many_runs_at_once_are_the_single_runs_to_ten_digits() -> None:
    one = run()
    responses = np.column_stack([run(seed).response for seed in range(3)])
    many = replace(one, response=responses)
    together, level = estimate_profile(many), estimate_level(many).level
    pairs = simultaneous_intervals(together.clustered)
    for number in range(3):
        alone = estimate_profile(replace(one, response=responses[:, number]))
        for name in ("estimate", "se", "df", "low", "high", "p", "p_holm"):
            assert getattr(together.theta, name)[number] == pytest.approx(
                getattr(alone.theta, name), rel=1e-10, abs=1e-10
            )
        assert together.clustered.run(number).covariance == pytest.approx(alone.clustered.covariance, abs=1e-12)
        low, high = simultaneous_intervals(alone.clustered)
        assert pairs[0][number] == pytest.approx(low, abs=1e-10)
        assert pairs[1][number] == pytest.approx(high, abs=1e-10)
        assert level.high[number] == pytest.approx(
            estimate_level(replace(one, response=responses[:, number])).level.high[0], abs=1e-10
        )
    with pytest.raises(ValueError, match="one run at a time"):
        estimate_profile(many, scale="logit")


def test_joint_regression_recovers_what_hard_labels_attenuate() -> None:
    """2.3 labels a clip: the regression's slope is one; set means by a single label fall short."""
    rng = np.random.default_rng(7)
    clips, wordings = 3000, 8
    labels = (rng.random((clips, 10)) < 0.23).astype(float)
    share = np.clip(0.5 + labels @ (0.15 * PROFILE) + rng.normal(0, 0.1, clips), 0.02, 0.98)
    clip = np.repeat(np.arange(clips), wordings)
    response = (rng.random(clip.size) < share[clip]).astype(float)
    observations = Observations(
        response,
        clip,
        np.tile(np.arange(wordings), clips),
        np.full(clip.size, Framing.OTHER),
        labels,
        np.arange(clips),
        np.zeros((clips, 0)),
    )
    truth = 0.15 * (PROFILE - PROFILE.mean())
    joint = np.polyfit(truth, estimate_profile(observations).theta.estimate, 1)[0]
    hard = np.zeros((clips, 10))
    hard[np.arange(clips), (labels + rng.random(labels.shape) * 0.1).argmax(axis=1)] = 1.0
    single = np.polyfit(truth, estimate_profile(replace(observations, labels=hard)).theta.estimate, 1)[0]
    assert 0.9 < joint < 1.1
    assert single < 0.9


def test_a_measured_covariate_takes_the_liking_of_sharp_pictures_away() -> None:
    rng = np.random.default_rng(11)
    indifferent = Planted(clips_a_value=60, wordings=8, clip_sd=0.0)
    observations, _ = indifferent.draw(rng)
    value = observations.labels.argmax(axis=1)
    sharp = rng.normal(size=value.size) + np.linspace(-1, 1, 10)[value]
    share = 1 / (1 + np.exp(-1.2 * sharp))
    liked = (rng.random(observations.response.size) < share[observations.clip]).astype(float)
    blind = replace(observations, response=liked)
    seeing = replace(blind, covariates=sharp[:, None])
    assert (estimate_profile(blind).theta.p_holm < 0.05).sum() >= 4
    assert (
        np.abs(estimate_profile(seeing).theta.estimate).max()
        < 0.5 * np.abs(estimate_profile(blind).theta.estimate).max()
    )


def test_an_answer_that_minds_no_clip_has_no_profile() -> None:
    observations = run()
    always_yes = (observations.framing != Framing.WOULD_NOT).astype(float)
    with pytest.raises(NotEstimableError, match=SAME_ANSWER):
        estimate_profile(replace(observations, response=always_yes))


def test_too_few_clips_and_labels_that_say_nothing_are_told() -> None:
    observations = run()
    with pytest.raises(NotEstimableError, match="10 independent clips are too few"):
        estimate_profile(observations.keep(observations.clip % 30 == 0))
    silent = observations.labels.copy()
    silent[:, 4] = 0.2
    with pytest.raises(NotEstimableError) as flat:
        estimate_profile(replace(observations, labels=silent))
    assert flat.value.values == (4,)
    twins = observations.labels.copy()
    twins[:, 3] = twins[:, 2] = twins[:, 2] + twins[:, 3]
    with pytest.raises(NotEstimableError) as same:
        estimate_profile(replace(observations, labels=twins))
    assert {2, 3} <= set(same.value.values)


def test_clips_of_one_creator_count_as_one() -> None:
    observations = run()
    creators = replace(observations, cluster=np.arange(observations.cluster.size) // 5)
    plain, grouped = estimate_profile(observations), estimate_profile(creators)
    assert grouped.theta.estimate == pytest.approx(plain.theta.estimate)
    assert grouped.theta.df.max() < plain.theta.df.max() or not np.allclose(grouped.theta.se, plain.theta.se)


def test_fewer_than_five_wordings_are_taken_as_given_and_flagged() -> None:
    assert estimate_profile(run(wordings=FEWEST_WORDINGS - 1)).conditional_on_wordings
    assert not estimate_profile(run(wordings=FEWEST_WORDINGS)).conditional_on_wordings


def test_separated_answers_have_no_logit_scale_but_a_probability_scale() -> None:
    observations = run()
    value = observations.labels.argmax(axis=1)[observations.clip]
    response = np.where(value == 0, 1.0, observations.response)
    only = replace(observations, response=response)
    assert estimate_profile(only).theta.estimate[0] > 0.2
    with pytest.raises(NotEstimableError, match="always or never"):
        estimate_profile(only, scale="logit")


def test_logistic_fit_agrees_with_statsmodels() -> None:
    from statsmodels.api import GLM, families

    from spectrum.stats.logistic import fit_logistic

    rng = np.random.default_rng(3)
    matrix = np.column_stack([np.ones(500), rng.normal(size=(500, 3))])
    response = (rng.random(500) < 1 / (1 + np.exp(-(matrix @ [0.3, 1.0, -0.5, 0.0])))).astype(float)
    expected = GLM(response, matrix, family=families.Binomial()).fit()
    coefficients, fitted, bread = fit_logistic(matrix, response)
    assert coefficients == pytest.approx(expected.params, abs=1e-7)
    assert fitted == pytest.approx(expected.fittedvalues, abs=1e-7)
    assert bread == pytest.approx(expected.cov_params(), abs=1e-7)


def test_observations_refuse_what_does_not_fit() -> None:
    observations = run()
    with pytest.raises(ValueError, match="one length"):
        replace(observations, response=observations.response[:-1])
    with pytest.raises(ValueError, match="finite"):
        replace(observations, response=np.full_like(observations.response, np.nan))
    with pytest.raises(ValueError, match="index the rows"):
        replace(observations, clip=observations.clip + 10_000)
    with pytest.raises(ValueError, match=r"\[-1, 1\]"):
        replace(observations, response=observations.response * 2)
    with pytest.raises(ValueError, match="one row a clip"):
        replace(observations, cluster=observations.cluster[:-1])
