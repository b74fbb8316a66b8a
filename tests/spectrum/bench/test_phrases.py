import pytest

from spectrum.bench.phrases import between, ends, listed, many, number, points
from spectrum.report import words


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.09, "9 points"), (0.01, "1 point"), (0.0096, "1 point"), (0.004, "0.4 points"), (0.0, "0.0 points")],
)
def test_shares_are_told_in_whole_points_and_small_ones_with_a_decimal(share: float, said: str) -> None:
    assert points(share) == said


def test_an_interval_has_decimals_where_both_ends_are_small_and_no_minus_zero() -> None:
    assert ends(0.04, 0.14) == "[4, 14]"
    assert ends(-0.012, 0.02) == "[-1.2, 2.0]"
    assert ends(-0.001, 0.05) == "[0, 5]"


def test_an_interval_that_is_clear_of_zero_does_not_read_as_though_it_touched_it() -> None:
    assert ends(0.0012, 0.73) == "[0.1, 73]"
    assert ends(-0.63, -0.0004) == "[-63, -0.04]"
    assert ends(0.0, 0.73) == "[0, 73]"
    assert words.ends({"low": 0.004, "high": 0.73}) == "[0.4, 73]"
    assert words.ends({"low": -0.004, "high": 0.73}) == "[0, 73]"


def test_bounds_have_signs_and_no_minus_zero() -> None:
    assert between(-0.112, 0.168) == "-11 to +17 points"
    assert between(-0.001, 0.05) == "0 to +5 points"


def test_counts_and_lists_read_as_a_person_writes_them() -> None:
    assert (many(1, "clip"), many(1200, "clip")) == ("1 clip", "1,200 clips")
    assert (number(0), number(10), number(1200)) == ("no", "ten", "1,200")
    assert (listed(["a"]), listed(["a", "b", "c"])) == ("a", "a, b and c")
