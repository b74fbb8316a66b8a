import numpy as np
import pytest

from spectrum.stats.circular_order import circular_order, circular_steps
from tests.support.reference import golden, golden_correlations


def circle(count: int, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    angle = 2 * np.pi * np.arange(count) / count
    matrix = np.cos(angle[:, None] - angle[None, :])
    rough = np.random.default_rng(seed).normal(0, noise, (count, count)) if noise else np.zeros((count, count))
    matrix = matrix + (rough + rough.T) / 2
    np.fill_diagonal(matrix, 1.0)
    return matrix


@pytest.mark.parametrize(("count", "predictions"), [(6, 72), (8, 288), (10, 800)])
def test_a_circle_gives_as_many_predictions_as_published(count: int, predictions: int) -> None:
    """72 for six types of interest (Rounds, Tracey and Hubert 1992), 288 for eight, 800 for ten."""
    found = circular_order(circle(count))
    assert (found.predictions, found.met, found.tied, found.index) == (predictions, predictions, 0, 1.0)


def test_the_smallest_exact_p_is_one_of_all_circular_orders() -> None:
    six, ten = circular_order(circle(6)), circular_order(circle(10))
    assert (six.orders, six.exact) == (60, True)
    assert six.p == pytest.approx(1 / 60)  # 12 of 720 relabellings: .016667, the least that is published
    assert ten.p == pytest.approx(5.5e-6, rel=0.01)


def test_the_index_counts_violations_and_not_only_what_is_met() -> None:
    assert circular_order(-circle(6)).index == -1.0
    flat = circular_order(np.ones((6, 6)))
    assert (flat.met, flat.tied) == (0, 72) and flat.index == 0.0 and flat.p == 1.0


def test_by_hand() -> None:
    matrix = np.array([[1, 0.5, 0.1, 0.4], [0.5, 1, 0.3, 0.2], [0.1, 0.3, 1, 0.15], [0.4, 0.2, 0.15, 1]])
    found = circular_order(matrix)
    # neighbours .5 .3 .15 .4 against opposites .1 and .2: only .15 against .2 is violated
    assert (found.predictions, found.met) == (8, 7)
    assert found.index == pytest.approx((7 - 1) / 8)
    assert (found.orders, found.p) == (3, pytest.approx(1 / 3))


def test_turning_or_mirroring_the_circle_changes_nothing() -> None:
    matrix = circle(8, noise=0.8)
    found = circular_order(matrix)
    for order in (np.roll(np.arange(8), 3), np.arange(8)[::-1]):
        assert circular_order(matrix[np.ix_(order, order)]) == found


def test_an_order_at_random_is_significant_as_often_as_it_should_be() -> None:
    rng = np.random.default_rng(4)
    p = [circular_order(np.corrcoef(rng.normal(size=(40, 6)), rowvar=False)).p for _ in range(400)]
    assert 6 <= sum(value <= 0.05 for value in p) <= 36


def test_beyond_ten_variables_relabellings_are_drawn_by_key() -> None:
    first, again = (circular_order(circle(12, 0.3), seed=1) for _ in range(2))
    assert first == again and not first.exact
    assert first.p <= 1e-3


def test_steps_go_the_shorter_way_round() -> None:
    assert circular_steps(5)[0].tolist() == [0, 1, 2, 2, 1]


def test_too_few_variables_have_no_order() -> None:
    with pytest.raises(ValueError, match="four"):
        circular_order(np.eye(3))


@pytest.mark.parametrize("sample", ["PVQ40_sample", "SVS_sample_indvalues"])
def test_two_samples_of_people_give_the_reference_index(sample: str) -> None:
    reference = golden(sample)["rthor"]
    found = circular_order(golden_correlations(sample))
    assert (found.predictions, found.met) == (reference["predictions"], reference["agreements"])
    assert found.index == pytest.approx(reference["CI"])
    assert found.p < 1e-5
