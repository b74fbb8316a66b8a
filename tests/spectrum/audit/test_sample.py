import numpy as np
import pytest

from spectrum.audit.sample import audit_weights, draw_sample

IDS = [f"{place:04d}" for place in range(400)]


def sets(a_value: int = 30, values: int = 10) -> np.ndarray:
    found = np.zeros((len(IDS), values), dtype=np.bool_)
    for value in range(values):
        found[value * a_value : (value + 1) * a_value, value] = True
    return found


def test_every_set_and_the_rest_get_what_was_asked() -> None:
    sample = draw_sample(IDS, sets(), per_value=12, outside=20)
    assert sets()[sample.clip].sum(axis=0).tolist() == [12] * 10
    assert (~sets()[sample.clip].any(axis=1)).sum() == 20


def test_judged_clips_stand_for_those_of_their_sets_that_were_not() -> None:
    sample = draw_sample(IDS, sets(), per_value=12, outside=20)
    weight = audit_weights(sets(), sample.clip)
    inside = sets().any(axis=1)
    assert weight[sample.clip][inside[sample.clip]] == pytest.approx(30 / 12)
    assert weight[~inside].sum() == pytest.approx(100)
    assert weight.sum() == pytest.approx(len(IDS))


def test_a_larger_audit_shows_the_smaller_one_s_clips_too() -> None:
    small, large = draw_sample(IDS, sets(), per_value=5), draw_sample(IDS, sets(), per_value=9)
    assert set(small.clip.tolist()) < set(large.clip.tolist())


def test_the_order_does_not_give_the_set_away() -> None:
    sample = draw_sample(IDS, sets(), per_value=10, outside=0)
    value = sets()[sample.clip].argmax(axis=1)
    assert (value[1:] == value[:-1]).mean() < 0.3


def test_a_clip_of_two_sets_is_shown_once_and_stands_for_its_like() -> None:
    in_set = np.zeros((10, 2), dtype=np.bool_)
    in_set[:5] = True
    in_set[5:, 0] = True
    sample = draw_sample(IDS[:10], in_set, per_value=5, outside=0)
    assert sample.clip.size == len(set(sample.clip.tolist()))
    assert audit_weights(in_set, np.array([0, 1, 5])).tolist() == [2.5, 2.5, 0, 0, 0, 5.0, 0, 0, 0, 0]
