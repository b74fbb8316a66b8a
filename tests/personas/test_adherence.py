"""Known answers, and planted respondents of known adherence through the estimators that a user's run goes through."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personas import adherence
from personas.adherence import NO_CHANGE, Pool, change_p, distinctive_r, each_persona, each_value, slope
from personas.identification import identify
from personas.planted_pools import FOLLOWED, Cast
from personas.results import judge
from personas.shifts import estimate_shifts, joined
from personas.signal import FEW_WORDINGS, ONE_DESCRIPTION, signal_shares
from spectrum.stats.contrast import estimate_contrast
from spectrum.stats.observations import Observations

CAST = Cast()


def exact(share, rng, people=12, wordings=6):
    """Shifts that are exactly `share` of the targets, without noise."""
    targets = rng.normal(0, 0.2, (people, 10))
    targets -= targets.mean(axis=1, keepdims=True)
    labels = np.eye(10)[np.repeat(np.arange(10), 6)]
    clip = np.repeat(np.arange(60), wordings)
    response = np.clip(share * (labels @ targets.T), -1, 1)[clip] + 0.0
    none = np.zeros(clip.size, dtype=np.int64)
    differences = Observations(
        response, clip, np.tile(np.arange(wordings), 60), none + 2, labels, np.arange(60), np.zeros((60, 0))
    )
    return Pool(estimate_shifts(differences), targets, np.arange(people))


@pytest.mark.parametrize("share", [1.0, 0.5, -0.5])
def test_exact_shifts_give_exact_numbers(share):
    pool = exact(share, np.random.default_rng(3))
    assert pool.shifts.delta == pytest.approx(share * pool.targets, abs=1e-9)
    assert slope(pool).value == pytest.approx(share)
    assert distinctive_r(pool).value == pytest.approx(np.sign(share), abs=1e-6)
    wide = np.sqrt((pool.tau**2).mean())
    assert adherence.rms_distinct(pool).value == pytest.approx(abs(share) * wide, abs=1e-6)
    lengths = np.sqrt((pool.tau**2).sum(axis=1) / 10)
    assert adherence.on_target(pool).value == pytest.approx(share * lengths.mean())
    assert adherence.off_target(pool).value == pytest.approx(0.0, abs=1e-6)
    assert adherence.specificity(pool).value == pytest.approx(1.0, abs=1e-6)
    known = identify(pool)
    assert known.credit.mean() == (1.0 if share > 0 else 0.0)
    assert (known.p < 0.01) == (share > 0)
    by_value, _ = each_value(pool)
    assert [one.value for one in by_value] == pytest.approx(share * pool.tau.std(axis=0), abs=1e-9)


def test_what_all_personas_share_counts_for_nothing():
    rng = np.random.default_rng(4)
    pool = exact(0.5, rng)
    common = rng.normal(0, 0.3, 10)
    moved = Pool(_with_delta(pool, pool.shifts.delta + common), pool.targets + rng.normal(0, 1, 10), pool.groups)
    assert slope(moved).value == pytest.approx(slope(pool).value)
    assert distinctive_r(moved).value == pytest.approx(distinctive_r(pool).value)
    raw = adherence.raw_r(common + pool.shifts.delta, pool.targets + 3 * common, pool.groups)
    assert raw.value > 0.7  # and yet nothing of the common part is adherence


def _with_delta(pool, delta):
    from dataclasses import replace

    return replace(pool.shifts, delta=delta)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(12)), st.floats(0.2, 3), st.floats(-2, 2))
def test_order_unit_and_level_of_targets_do_not_move_r(order, unit, level):
    pool = exact(0.5, np.random.default_rng(3))
    noisy = Pool(_with_delta(pool, pool.shifts.delta + 0.05 * np.cos(np.arange(120.0)).reshape(12, 10)), pool.targets,
                 pool.groups)  # fmt: skip
    other = noisy.keep(np.array(order))
    other = Pool(other.shifts, unit * other.targets + level, other.groups)
    assert distinctive_r(other).value == pytest.approx(distinctive_r(noisy).value)
    assert slope(other).value == pytest.approx(slope(noisy).value / unit)
    assert each_persona(other).r == pytest.approx(each_persona(noisy).r[list(order)])


def test_a_shift_is_the_contrast_of_the_bench():
    differences, _ = CAST.draw(np.random.default_rng(5), "fully")
    shifts = estimate_shifts(differences)
    for column in (0, 17):
        alone = Observations(
            differences.response[:, column], differences.clip, differences.wording, differences.framing,
            differences.labels, differences.cluster, differences.covariates,
        )  # fmt: skip
        bench = estimate_contrast(alone)
        assert shifts.delta[column] == pytest.approx(bench.theta.estimate, abs=1e-12)
        assert shifts.level[column] == pytest.approx(bench.level.estimate[0], abs=1e-12)
        clip_only = np.sqrt((shifts.clip.sums[column, :, :-1] ** 2).sum(axis=0) * shifts.clip.scale)
        assert clip_only == pytest.approx(np.sqrt(np.diag(bench.clustered.clip_part)), rel=1e-9)


def test_personas_estimated_apart_are_as_those_estimated_together():
    differences, tau = CAST.draw(np.random.default_rng(6), "half")
    whole = estimate_shifts(differences)

    def some(rows):
        return estimate_shifts(
            Observations(
                differences.response[:, rows],
                differences.clip,
                differences.wording,
                differences.framing,
                differences.labels,
                differences.cluster,
                differences.covariates,
            )
        )

    odd, even = np.arange(1, 66, 2), np.arange(0, 66, 2)
    both = joined([some(odd), some(even)], [*odd, *even])
    assert both.delta == pytest.approx(whole.delta)
    one, other = (slope(Pool(shifts, tau, CAST.groups)) for shifts in (whole, both))
    assert (one.value, one.se, one.df) == pytest.approx((other.value, other.se, other.df))


def test_pairs_of_clip_and_wording_have_the_same_numbers_in_a_part_that_lacks_the_last_wording():
    differences, _ = CAST.draw(np.random.default_rng(6), "half")
    rows = differences.wording < differences.wording.max()
    part = Observations(
        differences.response[rows],
        differences.clip[rows],
        differences.wording[rows],
        differences.framing[rows],
        differences.labels,
        differences.cluster,
        differences.covariates,
    )
    whole, fewer = estimate_shifts(differences).both, estimate_shifts(part).both
    assert whole is not None and fewer is not None and np.isin(fewer.keys, whole.keys).all()
    asked = {(w, c) for w, c in zip(differences.wording, differences.cluster[differences.clip], strict=True)}
    assert whole.keys.size == len(asked) and fewer.keys.size == len({pair for pair in asked if pair[0] < 5})


@pytest.mark.parametrize("kind", FOLLOWED)
def test_a_planted_respondent_over_sixty_six_personas_has_its_planted_slope(kind):
    pool = CAST.pool(np.random.default_rng(7), kind)
    assert pool.groups.size == 66 and pool.clusters == 22
    found = slope(pool)
    assert found.value == pytest.approx(FOLLOWED[kind], abs=0.1)
    verdicts = each_persona(pool)
    if kind in ("ignorer", "norm"):
        assert max(abs(found.low90), abs(found.high90)) < 0.1
        assert verdicts.follows.sum() + verdicts.reverses.sum() <= 1
        assert change_p(pool.shifts) > 0.05 and judge(pool, True)[0].note == NO_CHANGE
        assert identify(pool).p > 0.05
    else:
        assert change_p(pool.shifts) < 1e-6
        assert np.sign(distinctive_r(pool).low) == np.sign(distinctive_r(pool).high) == np.sign(FOLLOWED[kind])
        assert (verdicts.reverses if kind == "reverse" else verdicts.follows).sum() > 10
        assert not (verdicts.follows if kind == "reverse" else verdicts.reverses).any()


def test_a_greedy_ignorer_is_exactly_zero_and_its_r_is_undefined():
    pool = CAST.pool(np.random.default_rng(8), "ignorer", greedy=True)
    assert not pool.shifts.delta.any() and not pool.shifts.level.any()
    found = slope(pool)
    assert (found.value, found.low90, found.high90, found.p) == (0.0, 0.0, 0.0, 1.0)
    assert np.isnan(distinctive_r(pool).value)
    first = judge(pool, True)[0]
    assert first.name == "distinctive_r" and first.note == NO_CHANGE and np.isnan(first.estimate.value)
    known = identify(pool)
    assert known.share.value == pytest.approx(known.chance) and known.p == 1.0
    assert not known.identified.any()


def test_the_common_norm_scores_in_raw_r_alone():
    """Everybody's answers move to the personas' mean: targets that share it correlate with the profile."""
    rng = np.random.default_rng(9)
    cast = Cast(targets=CAST.targets + 2.5 * np.cos(np.arange(10.0)))
    pool = cast.pool(rng, "norm")
    assert adherence.raw_r(pool.shifts.delta, pool.targets, pool.groups).low > 0.3
    assert change_p(pool.shifts) > 0.05 and abs(slope(pool).value) < 0.1
    assert change_p(pool.shifts, pool_centred=False) < 1e-6


def test_two_hundred_ignorers_raise_few_false_alarms_and_half_followers_are_covered():
    alarms = dict.fromkeys(("slope", "change", "persona", "identified", "value"), 0)
    inside = covered = 0
    small = Cast(clips_a_value=10)
    for run in range(200):
        kind = "norm" if run % 2 else "ignorer"
        pool = small.pool(np.random.default_rng(1000 + run), kind)
        found = slope(pool)
        inside += max(abs(found.low90), abs(found.high90)) < 0.1
        alarms["slope"] += found.p < 0.05
        alarms["change"] += change_p(pool.shifts) < 0.05
        alarms["persona"] += bool((each_persona(pool).p_holm < 0.05).any())
        alarms["identified"] += identify(pool, permutations=99).p <= 0.05
        alarms["value"] += bool((each_value(pool)[1] < 0.05).any())
    for run in range(50):
        found = slope(small.pool(np.random.default_rng(run), "half"))
        covered += found.low <= 0.5 <= found.high
    assert max(alarms.values()) <= 18, alarms
    assert inside >= 190 and covered >= 43


def test_shares_of_signal_add_up_and_find_the_descriptions_part():
    rng = np.random.default_rng(11)
    pool = CAST.pool(rng, "fully")
    shares = signal_shares(pool).shares
    assert sum(share.value for share in shares.values()) == pytest.approx(1.0)
    assert shares["target"].value > 0.6 and shares["description"].value < 0.1
    described = Pool(_with_delta(pool, pool.shifts.delta + rng.normal(0, 0.1, pool.tau.shape)), pool.targets,
                     pool.groups)  # fmt: skip
    assert signal_shares(described).shares["description"].value > 0.25
    alone = signal_shares(Pool(pool.shifts, pool.targets, np.arange(66)))
    assert np.isnan(alone.shares["description"].value) and alone.notes["target"] == ONE_DESCRIPTION
    assert signal_shares(pool).notes == {}


def test_of_four_wordings_the_wordings_part_is_not_known_rather_than_nothing():
    few = signal_shares(Cast(wordings=4).pool(np.random.default_rng(11), "fully"))
    assert np.isnan(few.shares["wording"].value) and few.notes == {"wording": FEW_WORDINGS}
    assert sum(share.value for name, share in few.shares.items() if name != "wording") == pytest.approx(1.0)


def test_a_strategy_that_moves_further_is_told_from_one_that_moves_half_as_far():
    one, tau = CAST.shifts(np.random.default_rng(12), "fully")
    other, _ = CAST.shifts(np.random.default_rng(13), "half")
    found = adherence.rms_difference(one, other, CAST.groups)
    assert found.low > 0
    whole, half = (adherence.rms_distinct(Pool(shifts, tau, CAST.groups)).value for shifts in (one, other))
    assert found.value == pytest.approx(whole - half)
    turned = adherence.rms_difference(other, one, CAST.groups)
    assert (turned.value, turned.se) == pytest.approx((-found.value, found.se))
