import numpy as np
import pytest

from spectrum.stats.label_quality import calibrate, label_quality, rater_kappa

LIKED = np.array([0.30, -0.20, 0.10, 0.0, -0.10, 0.0, 0.15, -0.25, 0.05, -0.05])


def test_precision_and_recall_are_those_of_a_table_worked_by_hand() -> None:
    # Eight audited clips, one value: in the set 4 (3 of them show it), outside 4 (1 shows it).
    in_set = np.array([[1], [1], [1], [1], [0], [0], [0], [0]], dtype=np.bool_)
    truth = np.array([[1], [1], [1], [0], [1], [0], [0], [0]], dtype=np.float64)
    weight = np.array([1.0, 1, 1, 1, 5, 5, 5, 5])  # outside clips stand for five each
    found = label_quality(in_set, truth, weight)
    assert found.precision[0] == pytest.approx(3 / 4)
    assert found.recall[0] == pytest.approx(3 / (3 + 5))
    # Wilson (1927) for 3 of 4.
    assert (found.precision_low[0], found.precision_high[0]) == pytest.approx((0.3006, 0.9544), abs=1e-4)


def test_a_set_audited_where_it_overlaps_another_keeps_its_precision() -> None:
    # 100 clips in the set: 50 in no other, all of them right; 50 in a second one too, none of them right. The second
    # set's audit has shown all of the latter, and 10 of the former were judged, which stand for five each.
    in_set = np.ones((60, 1), dtype=np.bool_)
    truth = np.array([[1.0]] * 10 + [[0.0]] * 50)
    weight = np.array([5.0] * 10 + [1.0] * 50)
    found = label_quality(in_set, truth, weight)
    assert found.precision[0] == pytest.approx(0.5)
    # Wilson with the effective number of clips, 100^2 / (10 x 25 + 50) (Kish 1965, Survey Sampling).
    n, z = 100**2 / 300, 1.959964
    half = z * np.sqrt(0.25 / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert (found.precision_low[0], found.precision_high[0]) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-6)
    assert found.audited[0] == 60


def test_a_value_that_nobody_audited_has_no_precision() -> None:
    found = label_quality(np.zeros((3, 1), dtype=np.bool_), np.zeros((3, 1)), np.ones(3))
    assert np.isnan(found.precision[0]) and np.isnan(found.recall[0])


def test_kappa_of_two_raters_is_cohens() -> None:
    # Both yes 20, both no 15, only the first 5, only the second 10: the textbook table with kappa .4.
    first = np.array([1.0] * 20 + [0.0] * 15 + [1.0] * 5 + [0.0] * 10)
    second = np.array([1.0] * 20 + [0.0] * 15 + [0.0] * 5 + [1.0] * 10)
    assert rater_kappa(np.stack([first, second])[:, :, None])[0] == pytest.approx(0.4)


def test_kappa_is_undefined_for_one_rater_or_where_both_always_say_the_same() -> None:
    assert np.isnan(rater_kappa(np.ones((1, 5, 1)))[0])
    assert np.isnan(rater_kappa(np.ones((2, 5, 1)))[0])


def test_calibrated_labels_recover_a_profile_that_label_errors_shrink() -> None:
    rng = np.random.default_rng(3)
    clips = 20_000
    truth = (rng.random((clips, 10)) < 0.2).astype(np.float64)
    hit, false = np.linspace(0.6, 0.95, 10), np.linspace(0.02, 0.12, 10)
    labels = (rng.random((clips, 10)) < np.where(truth > 0, hit, false)).astype(np.float64)
    answers = 0.5 + truth @ LIKED + rng.normal(0, 0.1, clips)
    audited = np.arange(2_000)
    found = calibrate(labels[audited], truth[audited], np.ones(audited.size))

    def slopes(columns: np.ndarray) -> np.ndarray:
        return np.linalg.lstsq(np.hstack([np.ones((clips, 1)), columns]), answers, rcond=None)[0][1:]

    raw, corrected = slopes(labels), slopes(found.apply(labels))
    assert np.polyfit(LIKED, raw, 1)[0] < 0.85
    assert np.polyfit(LIKED, corrected, 1)[0] == pytest.approx(1.0, abs=0.05)
    assert found.condition_number < 3


def test_perfect_labels_need_no_calibration() -> None:
    labels = np.eye(10)[np.arange(200) % 10]
    found = calibrate(labels, labels, np.ones(200))
    assert found.apply(labels) == pytest.approx(labels)
