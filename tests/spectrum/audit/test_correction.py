import numpy as np

from spectrum.audit.correction import audit_labels, resampled
from spectrum.audit.judgements import Judged, Judgement, judged
from spectrum.values import SCHWARTZ

CODES = SCHWARTZ.codes


def world(clips: int, a_value: int) -> tuple[np.ndarray, np.ndarray, Judged]:
    rng = np.random.default_rng(0)
    truth = np.eye(10, dtype=np.bool_)[np.arange(clips) % 10]
    labels = np.clip(np.where(truth, 0.8, 0.1) + rng.normal(0, 0.05, truth.shape), 0, 1)
    in_set = truth.copy()
    ids = [str(place) for place in range(clips)]
    told = [
        Judgement(ids[place], "ann", tuple(code for code, shown in zip(CODES, truth[place], strict=True) if shown))
        for place in range(10 * a_value)
    ]
    return labels, in_set, judged(told, ids, CODES)


def test_thirty_judged_clips_a_value_correct_the_labels() -> None:
    labels, in_set, seen = world(1_000, 30)
    found = audit_labels(labels, in_set, seen)
    assert found.calibration is not None and found.uncorrected_because is None
    assert found.calibration.apply(labels).argmax(axis=1).tolist() == (np.arange(1_000) % 10).tolist()
    assert found.precision == 1.0


def test_fewer_leave_the_regression_uncorrected_and_say_so() -> None:
    labels, in_set, seen = world(1_000, 29)
    found = audit_labels(labels, in_set, seen)
    assert found.calibration is None
    assert found.uncorrected_because == "for 10 values neither 30 clips nor the whole set was audited"


def test_a_set_smaller_than_thirty_is_enough_where_all_of_it_was_judged() -> None:
    labels, in_set, seen = world(200, 20)
    assert audit_labels(labels, in_set, seen).calibration is not None


def test_labels_that_cannot_be_told_apart_are_not_corrected() -> None:
    labels, in_set, seen = world(1_000, 30)
    labels[:, 0] = labels[:, 1] = (labels[:, 0] + labels[:, 1]) / 2
    found = audit_labels(labels, in_set, seen)
    assert found.calibration is None and "condition number" in str(found.uncorrected_because)


def test_resampling_is_keyed_and_varies_between_draws() -> None:
    labels, in_set, seen = world(1_000, 30)
    one, two = resampled(labels, in_set, seen, draws=2), resampled(labels, in_set, seen, draws=2)
    assert np.array_equal(one[0].slope, two[0].slope)
    assert not np.array_equal(one[0].slope, one[1].slope)
