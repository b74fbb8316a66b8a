"""The six errors that scoring code in public makes (reference note on psychometrics, 2.4), each as a test."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.errors import ConfigError
from spectrum.instruments import agreement_with_people, load_instrument
from spectrum.stats.circumplex import gaps
from spectrum.stats.scoring import ScoringKey, direction_looks_right, reverse, score
from spectrum.values import SCHWARTZ
from tests.support.reference import golden, people

KEYS = ("pvq21", "pvq40", "svs")
CODES = SCHWARTZ.codes


@given(st.integers(1, 6))
def test_error_1_reversal_takes_each_of_six_answers_to_its_own_opposite(answer: int) -> None:
    """One package recodes 5 as 3 and not as 2, so that two answers become one."""
    once = reverse(np.array([float(answer)]), 1, 6)
    assert once[0] == 7 - answer
    assert reverse(once, 1, 6)[0] == answer
    assert sorted(reverse(np.arange(1.0, 7.0), 1, 6).tolist()) == [1, 2, 3, 4, 5, 6]


def test_error_2_the_direction_of_a_scale_has_to_be_said_and_a_wrong_one_shows() -> None:
    """A package's help page states the scale of its PVQ-40 data the wrong way round."""
    answers = np.full((3, 40), 2.0)
    with pytest.raises(ConfigError, match="coded both ways"):
        load_instrument("pvq40").score(answers)
    high = load_instrument("pvq40").score(answers, "high is like me").raw
    low = load_instrument("pvq40").score(answers, "low is like me").raw
    assert (high == 2).all() and (low == 5).all()
    benevolence_high = np.zeros((20, 10))
    benevolence_high[:, CODES.index("BE")], benevolence_high[:, CODES.index("PO")] = 0.7, -1.2
    places = [CODES.index("BE")], [CODES.index("PO")]
    assert direction_looks_right(benevolence_high, *places)
    assert not direction_looks_right(-benevolence_high, *places)


def test_error_2_on_samples_of_people_the_check_tells_the_direction() -> None:
    reference = golden("PVQ40_sample")["value_means_raw_low_is_important"]
    important = np.array([[7 - reference[code] for code in CODES]])
    places = [CODES.index("BE"), CODES.index("UN")], [CODES.index("PO")]
    assert direction_looks_right(important - important.mean(), *places)
    assert not direction_looks_right(-(important - important.mean()), *places)
    assert direction_looks_right(people(), *places)


@pytest.mark.parametrize(
    ("column", "code"),
    [("ipshabt", "AC"), ("iprspot", "PO"), ("iplylfr", "BE"), ("ipshabta", "AC"), ("iprspotb", "PO")],
)
def test_error_3_admiration_is_achievement_respect_is_power_loyalty_is_benevolence(column: str, code: str) -> None:
    """One project counts them with power, tradition and security."""
    assert load_instrument("pvq21").value_of(column) == code


def test_error_4_power_and_achievement_have_both_their_items_modesty_is_tradition_and_the_scale_is_reversed() -> None:
    """One dashboard has power from ipshabt, achievement from ipsuces alone, ipmodst in conformity, no reversal."""
    pvq = load_instrument("pvq21")
    of = {code: {name for name in pvq.names if pvq.value_of(name) == code} for code in CODES}
    assert of["PO"] == {"imprich", "iprspot"} and of["AC"] == {"ipshabt", "ipsuces"}
    assert of["CO"] == {"ipfrule", "ipbhprp"} and "ipmodst" in of["TR"]
    assert sum(map(len, of.values())) == 21 and pvq.direction == "low is like me"
    answers = np.full((1, 21), 4.0)
    answers[0, [1, 16]] = 1.0  # "very much like me" on both items of power
    scores = pvq.score(answers)
    assert scores.raw[0, CODES.index("PO")] == 6.0 and scores.centred[0, CODES.index("PO")] > 2.5


def test_error_5_of_the_two_keys_in_circulation_ours_leaves_item_23_out_of_power() -> None:
    svs = load_instrument("svs")
    assert svs.key["PO"] == (3, 12, 27, 46)
    assert all(23 not in items for items in svs.key.values())
    assert sum(map(len, svs.key.values())) == 46


def test_error_6_gaps_round_a_circle_hold_the_one_that_closes_it() -> None:
    """A widely used test of circumplex structure forgets the gap from the last angle back to the first."""
    angles = np.array([10.0, 100.0, 190.0, 280.0])
    assert gaps(angles).tolist() == [90, 90, 90, 90]
    bunched = np.array([350.0, 0.0, 20.0, 40.0])
    assert sorted(gaps(bunched).tolist()) == [10, 20, 20, 310]
    assert gaps((bunched + 77) % 360).sum() == pytest.approx(360)
    assert sorted(gaps((bunched + 77) % 360).tolist()) == pytest.approx([10, 20, 20, 310])


@pytest.mark.parametrize("name", KEYS)
def test_every_item_is_in_one_value_at_most_and_every_value_has_items(name: str) -> None:
    key = load_instrument(name).scoring(CODES)
    used = [item for items in key.items for item in items]
    assert len(set(used)) == len(used) and len(key.items) == 10
    with pytest.raises(ValueError, match="one value only"):
        ScoringKey(((1, 2), (2,)), 3, 1, 6)
    with pytest.raises(ValueError, match="numbered 1 to 3"):
        ScoringKey(((1, 4),), 3, 1, 6)


def test_centring_takes_the_mean_of_all_items_and_not_of_the_values_scores() -> None:
    """Universalism has three items of 21, the others two: the two means differ."""
    pvq = load_instrument("pvq21")
    answers = np.full((1, 21), 3.0)
    answers[0, [2, 7, 18]] = 1.0
    scores = pvq.score(answers)
    assert scores.mean_rating[0] == pytest.approx(np.mean(7 - answers))
    assert scores.mean_rating[0] != pytest.approx(scores.raw.mean())
    weights = np.array([len(pvq.key[code]) for code in CODES])
    assert (scores.centred @ weights)[0] == pytest.approx(0)


@given(st.integers(0, 50), st.floats(-0.9, 0.9))
def test_what_a_respondent_adds_to_every_answer_moves_the_mean_rating_and_no_centred_score(
    seed: int, shift: float
) -> None:
    answers = np.random.default_rng(seed).uniform(2, 5, (4, 40))
    pvq = load_instrument("pvq40")
    before, after = (pvq.score(given_, "high is like me") for given_ in (answers, answers + shift))
    assert after.centred == pytest.approx(before.centred)
    assert after.mean_rating == pytest.approx(before.mean_rating + shift)


def test_renumbering_items_with_the_key_changes_no_score() -> None:
    pvq = load_instrument("pvq21")
    rng = np.random.default_rng(0)
    answers = rng.integers(1, 7, (5, 21)).astype(float)
    order = rng.permutation(21)
    place = {int(old) + 1: new + 1 for new, old in enumerate(order)}
    moved = ScoringKey(tuple(tuple(place[item] for item in pvq.key[code]) for code in CODES), 21, 1, 6)
    assert score(answers[:, order], moved, "low is like me").centred == pytest.approx(pvq.score(answers).centred)


def test_a_missing_answer_is_left_out_of_its_value_and_of_the_mean() -> None:
    answers = np.full((2, 21), 2.0)
    answers[0, 0], answers[0, 10] = np.nan, 6.0
    answers[1, [11, 17]] = np.nan
    scores = load_instrument("pvq21").score(answers)
    assert scores.raw[0, CODES.index("SD")] == 1.0
    assert np.isnan(scores.raw[1, CODES.index("BE")]) and scores.mean_rating[1] == 5.0


def test_answers_off_the_scale_and_missing_columns_are_one_line() -> None:
    with pytest.raises(ConfigError, match="1 to 6"):
        load_instrument("pvq21").score(np.full((1, 21), 7.0))
    with pytest.raises(ConfigError, match="21 items, the file 20"):
        load_instrument("pvq21").score(np.ones((1, 20)))


def test_people_agree_with_people_s_order_by_three_quarters_and_not_by_one() -> None:
    """Spearman .75 and .74 in two samples (reference note, 1.6)."""
    for sample, column, expected in (
        ("PVQ40_sample", "value_means_raw_low_is_important", 0.76),
        ("SVS_sample_indvalues", "value_means_low_is_important", 0.745),
    ):
        means = golden(sample)[column]
        assert agreement_with_people(-np.array([means[code] for code in CODES])) == pytest.approx(expected, abs=0.01)


def test_the_order_of_people_agrees_with_itself_ties_share_a_rank_and_a_flat_profile_has_none() -> None:
    order = np.zeros(10)
    for place, code in enumerate(("BE", "SD", "UN", "SE", "CO", "AC", "HE", "ST", "TR", "PO")):
        order[CODES.index(code)] = -place
    assert agreement_with_people(order) == pytest.approx(1)
    assert agreement_with_people(-order) == pytest.approx(-1)
    assert 0.5 < agreement_with_people((order > -5).astype(float)) < 1
    assert np.isnan(agreement_with_people(np.ones(10)))
