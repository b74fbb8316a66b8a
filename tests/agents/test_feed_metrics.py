"""Known answers of every feed metric."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agents.catalogue import Catalogue
from agents.diversity import coverage, entropy, intra_list_distance
from agents.drift import drift, jsd
from agents.effect_tables import feed_metric_table
from agents.episode import EpisodeSpec
from agents.episodes import ArmName, Episode
from agents.escape import escape
from agents.exposure import amplification, exposure_share, half_life, window_shares
from agents.feed_tables import yes_change_table
from agents.stock import plane
from agents.time_tables import drift_table, exposure_time_table

EYE = np.eye(10)


def episode(arm: str, labels: np.ndarray, accepted: np.ndarray | None = None) -> Episode:
    acted = np.ones(len(labels)) if accepted is None else accepted
    nowhere = np.zeros(len(labels), dtype=np.int64)
    words = ("",) * len(labels)
    return Episode(ArmName.of(arm), 0, 0, nowhere, labels, acted, acted, words, words, acted)


shares = arrays(float, 10, elements=st.floats(0.01, 1)).map(lambda row: row / row.sum())


def test_exposure_shares_equal_the_formula_by_hand_and_unlabelled_clips_count_nowhere() -> None:
    labels = np.array([[1.0, 0.0], [0.5, 0.5], [np.nan, np.nan]])
    assert exposure_share(labels) == pytest.approx([0.75, 0.25])


def test_clips_that_evoke_nothing_give_no_share_rather_than_zero() -> None:
    assert np.isnan(exposure_share(np.zeros((3, 2)))).all()
    assert np.isnan(exposure_share(np.full((1, 2), np.nan))).all()


def test_amplification_is_one_bit_for_twice_the_catalogue_and_minus_infinity_for_never() -> None:
    found = amplification(np.array([0.4, 0.1, 0.0, 0.5]), np.array([0.2, 0.2, 0.6, 0.0]))
    assert found[:3].tolist() == [1.0, -1.0, -np.inf] and np.isnan(found[3])


def test_windows_are_consecutive_and_a_rest_is_left_out() -> None:
    labels = np.vstack([EYE[0], EYE[0], EYE[1], EYE[2], EYE[3]])
    found = window_shares(labels, 2)
    assert found.shape == (2, 10) and found[0, 0] == 1 and found[1, 1] == found[1, 2] == 0.5
    assert window_shares(labels, 6).shape == (0, 10)


@given(shares, shares)
def test_jsd_is_a_symmetric_number_of_bits_between_nothing_and_one(one: np.ndarray, other: np.ndarray) -> None:
    assert jsd(one, other) == pytest.approx(jsd(other, one), abs=1e-12)
    assert -1e-12 <= jsd(one, other) <= 1 and jsd(one, one) == pytest.approx(0, abs=1e-12)


def test_jsd_of_disjoint_feeds_is_one_bit_and_half_overlap_is_known() -> None:
    assert jsd(EYE[0], EYE[1]) == 1.0
    assert jsd(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(0.311278, abs=1e-6)


def test_drift_of_a_feed_that_turns_over_is_found_and_lies_above_its_floor() -> None:
    found = drift([(EYE[[0, 0, 1, 1, 0, 1]], EYE[[2, 3, 3, 2, 2, 3]])] * 3, seed=0)
    assert found is not None and found.raw == 1.0 and found.p == pytest.approx(1 / 200)
    assert found.floor_mean < found.floor_95 < found.raw and found.corrected == pytest.approx(1 - found.floor_mean)


def test_without_drift_the_corrected_divergence_is_zero_on_average_while_the_raw_one_is_not() -> None:
    draw = np.random.default_rng(0)
    runs = [
        drift([(EYE[draw.integers(0, 10, 20)], EYE[draw.integers(0, 10, 20)])], seed=run, permutations=99)
        for run in range(200)
    ]
    raw = np.array([found.raw for found in runs if found])
    corrected = np.array([found.corrected for found in runs if found])
    assert raw.mean() == pytest.approx(0.19, abs=0.02)  # the floor of 20 clips and ten values
    assert abs(corrected.mean()) < 3 * corrected.std() / 200**0.5
    assert sum(found.p <= 0.05 for found in runs if found) <= 18


def test_drift_needs_two_labelled_clips_a_window() -> None:
    assert drift([(EYE[:1], EYE[:5])], seed=0) is None
    assert drift([(np.zeros((5, 10)), EYE[:5])], seed=0) is None
    assert drift([], seed=0) is None


def test_intra_list_distance_is_zero_for_equal_one_for_orthogonal_two_for_opposite_clips() -> None:
    assert intra_list_distance(np.repeat(EYE[:1], 4, axis=0)) == pytest.approx(0)
    assert intra_list_distance(EYE[:4]) == pytest.approx(1)
    assert intra_list_distance(np.array([[1.0, 0.0], [-1.0, 0.0]])) == pytest.approx(2)
    assert np.isnan(intra_list_distance(EYE[:1]))


@given(st.integers(2, 12), st.integers(0, 99))
def test_intra_list_distance_is_the_mean_over_pairs(count: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(count, 5))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    pairs = [1 - rows[i] @ rows[j] for i in range(count) for j in range(i)]
    assert intra_list_distance(rows) == pytest.approx(np.mean(pairs))


def test_entropy_is_one_for_equal_shares_and_zero_for_one_value() -> None:
    assert entropy(np.full(10, 0.1)) == pytest.approx(1) and entropy(EYE[3]) == 0
    assert entropy(np.array([0.5, 0.5, 0.0, 0.0])) == pytest.approx(0.5)
    assert np.isnan(entropy(np.full(10, np.nan)))


def test_coverage_is_the_share_that_was_shown() -> None:
    assert coverage(3, 12) == 0.25 and np.isnan(coverage(0, 0))


@pytest.mark.parametrize("tau", [2.0, 5.0])
def test_half_life_of_a_known_decay(tau: float) -> None:
    t = np.arange(25)
    assert half_life((0.4 - 0.3 * np.exp(-t / tau)).tolist()) == pytest.approx(tau * np.log(2), rel=0.01)


def test_a_series_that_does_not_move_or_is_short_has_no_half_life() -> None:
    assert half_life([0.2] * 10) is None and half_life([0.1, 0.2, 0.3]) is None


def test_a_half_way_that_was_not_seen_has_no_half_life() -> None:
    assert half_life((0.1 + 0.01 * np.arange(8)).tolist()) is None  # a straight line goes on for ever
    assert half_life([0.1, *[0.4] * 9]) is None  # over within the first step


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_half_lives_of_an_arm_come_with_intervals_that_hold_what_was_planted(noise: float) -> None:
    rng = np.random.default_rng(0)
    share = np.repeat(0.5 - 0.4 * np.exp(-np.arange(12) / 3), 20)  # a tau of three windows of 20 slots
    arms = {"a@adaptive": {}}
    for number in range(6):
        ours = np.clip(share + np.repeat(rng.normal(0, noise, 12), 20), 0.01, 0.99)[:, None]
        arms["a@adaptive"][number] = episode("a@adaptive", np.hstack([ours, 1 - ours]))
    shelf = Catalogue(("a",), np.ones((1, 2), np.float32), np.array([[1.0, 0.0]]), codes=("one", "other"))
    table = feed_metric_table(arms, shelf, {}, EpisodeSpec(slots=240, probe_every=0, seed=0)).to_pylist()
    found = [row for row in table if row["metric"] == "half_life"]
    assert [row["value"] for row in found] == ["one", "other"]
    for row in found:
        assert row["low"] <= row["estimate"] <= row["high"] and row["episodes"] == 6
        assert row["estimate"] == pytest.approx(60 * np.log(2), rel=1e-3 if not noise else 0.15)
        assert row["low"] - 0.1 <= 60 * np.log(2) <= row["high"] + 0.1


def test_escape_of_a_feed_that_turns_over_at_once() -> None:
    labels = np.vstack([EYE[[0] * 30], EYE[[5] * 30]])
    found = escape(labels, 30, EYE[0], window=10)
    assert found.similarity == 0.0 and found.forget_slots == 5  # half of a window of ten
    stays = escape(EYE[[0] * 60], 30, EYE[0], window=10)
    assert stays.similarity == 1.0 and stays.forget_slots is None


def test_escape_counts_the_slots_until_the_feed_lets_go() -> None:
    labels = np.vstack([EYE[[0] * 30], EYE[[0] * 12], EYE[[5] * 30]])
    assert escape(labels, 30, EYE[0], window=10).forget_slots == 17
    assert escape(labels[:35], 30, EYE[0], window=10).forget_slots is None


def test_escape_passes_over_clips_without_labels() -> None:
    labels = np.vstack([EYE[[0] * 30], EYE[[0] * 12], EYE[[5] * 30]])
    gaps = labels.copy()
    gaps[1::2] = np.nan
    assert escape(gaps, 30, EYE[0], window=10).forget_slots == 17
    gaps[30:] = np.nan
    found = escape(gaps, 30, EYE[0], window=10)
    assert np.isnan(found.similarity) and found.forget_slots is None


def test_escape_is_told_from_half_time_on_of_an_episode_that_ended_early_too() -> None:
    spec = EpisodeSpec(slots=60, probe_every=0, seed=0)
    whole = np.vstack([EYE[[0] * 30], EYE[[5] * 30]])
    shelf = Catalogue(("a",), np.ones((1, 2), np.float32), EYE[:1], codes=tuple("abcdefghij"))
    arms = {
        "bold-reversed@adaptive": {0: episode("bold-reversed@adaptive", whole[:45])},
        "bold@adaptive": {0: episode("bold@adaptive", whole[:45])},
    }
    table = feed_metric_table(arms, shelf, {"bold": EYE[0]}, spec).to_pylist()
    found = {row["metric"]: row["estimate"] for row in table if row["arm"] == "bold-reversed@adaptive"}
    assert found["escape_similarity"] == found["similarity_unswitched"] == 0 and found["escape_forget"] == 5


def test_one_agent_that_leaves_early_does_not_narrow_the_windows_of_its_arm() -> None:
    labels = EYE[np.arange(80) % 10]
    arms = {"a@random": {n: episode("a@random", labels[: 80 if n else 2]) for n in range(4)}}
    table = exposure_time_table(arms, tuple("abcdefghij")).to_pylist()
    assert {(row["start"], row["stop"], row["episodes"]) for row in table} == {(n, n + 20, 3) for n in (0, 20, 40, 60)}
    assert [row["window"] for row in drift_table(arms, 0).to_pylist()] == [20] * 3


def test_an_episode_that_refuses_a_whole_window_leaves_the_others_their_change_of_yes() -> None:
    asked = np.concatenate([np.ones(5), np.zeros(5)])
    silent = np.concatenate([np.full(5, np.nan), np.ones(5)])
    arms = {"a@random": {n: episode("a@random", EYE, accepted) for n, accepted in enumerate((asked, silent))}}
    mean, first, second = yes_change_table(arms).to_pylist()
    assert (mean["pair"], mean["first"], mean["last"], mean["points"]) == (-1, 1.0, 0.0, -1.0)
    assert first["points"] == -1.0 and second["first"] is None and second["points"] is None


def test_the_map_keeps_the_two_widest_directions_and_can_be_drawn_again() -> None:
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(200, 6)) * np.array([0.1, 5, 0.1, 2, 0.1, 0.1])
    found = plane(rows.astype(np.float32))
    assert abs(np.corrcoef(found[:, 0], rows[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(found[:, 1], rows[:, 3])[0, 1]) > 0.99
    assert (plane(rows.astype(np.float32)) == found).all() and plane(rows[:3, :1].astype(np.float32)).shape == (3, 2)
