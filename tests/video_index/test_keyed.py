import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_index.keyed import digest, integer, permutation, pick, shuffled, uniform, uniforms

parts = st.lists(st.one_of(st.text(max_size=8), st.integers()), min_size=1, max_size=5)


@given(parts, parts)
def test_two_keys_agree_exactly_when_their_parts_do(first: list, second: list) -> None:
    assert (digest(*first) == digest(*second)) == (
        first == second and list(map(type, first)) == list(map(type, second))
    )


def test_the_digest_of_a_key_never_changes_between_versions() -> None:
    assert digest("seed", 0, "feed", "abc").hex() == "15a621b338da5492bb4c2ac994e42cf0"
    assert uniform("a", 1) == 0.056321866958940925


def test_uniform_numbers_are_uniform() -> None:
    draws = [uniform("test", index) for index in range(4000)]
    assert all(0 <= draw < 1 for draw in draws)
    assert abs(sum(draws) / 4000 - 0.5) < 4 * math.sqrt(1 / 12 / 4000)
    counts = Counter(int(draw * 10) for draw in draws)
    assert sum((counts[bin_] - 400) ** 2 / 400 for bin_ in range(10)) < 27.9  # chi-square, 9 df, p = .001


def test_many_uniform_numbers_of_one_key_are_uniform_and_begin_alike() -> None:
    draws = uniforms(4003, "test")
    assert draws.shape == (4003,) and ((draws >= 0) & (draws < 1)).all()
    counts = Counter((draws * 10).astype(int).tolist())
    assert sum((counts[bin_] - 400.3) ** 2 / 400.3 for bin_ in range(10)) < 27.9
    assert (uniforms(5, "test") == draws[:5]).all()
    assert (uniforms(5, "other") != draws[:5]).all()


def test_a_permutation_holds_every_number_once_and_puts_each_anywhere() -> None:
    draws = [permutation(4, "key", draw) for draw in range(600)]
    assert all(sorted(draw.tolist()) == [0, 1, 2, 3] for draw in draws)
    firsts = Counter(int(draw[0]) for draw in draws)
    assert all(abs(firsts[place] - 150) < 4 * math.sqrt(600 * 0.25 * 0.75) for place in range(4))


@given(st.sets(st.text(min_size=1, max_size=4), min_size=2, max_size=12), st.integers())
def test_leaving_an_item_out_keeps_the_order_of_the_others(items: set[str], seed: int) -> None:
    order = shuffled(items, seed)
    assert shuffled(items - {order[0]}, seed) == order[1:]


def test_pick_follows_its_weights_and_never_takes_a_zero() -> None:
    counts = Counter(pick([1.0, 0.0, 3.0], "pick", index) for index in range(4000))
    assert counts[1] == 0
    assert abs(counts[2] / 4000 - 0.75) < 4 * math.sqrt(0.75 * 0.25 / 4000)


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [1.0, -0.5]])
def test_pick_refuses_weights_that_are_no_distribution(weights: list[float]) -> None:
    with pytest.raises(ValueError):
        pick(weights, "key")


def test_integer_stays_below_its_bound() -> None:
    assert {integer(3, "key", index) for index in range(100)} == {0, 1, 2}
    with pytest.raises(ValueError):
        integer(0, "key")
