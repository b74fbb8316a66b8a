"""Whole numbers in written replies."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.answers import Outcome, ScaleSpec, parse

TEN = ScaleSpec(1, 10)
SEVEN = [
    *(
        "7",
        "7.",
        "**7**",
        "7/10",
        "7 / 10",
        "7 out of 10",
        "7.0",
        "seven",
        "Seven.",
        "７",
        "٧",
        "7分",
        "7 points",
        "sieben",
    ),
    *(
        "Score: 7",
        "Rating = 7",
        "Final score: 7",
        '{"score": 7}',
        '{"score": "7/10", "reason": "2 dogs"}',
        "{'rating': 7,}",
    ),
    *(
        "On a scale from 1 to 10, I'd give it a 7.",
        "On a scale of 1 to 10 I would rate it 7",
        "I'd rate this one 7 out of 10.",
    ),
    *(
        "7. The video shows 2 dogs.",
        "7, because there are 2 dogs",
        "1-10: 7",
        "<think>5</think>7",
        "I'd give it seven stars",
    ),
]
NO_NUMBER = [
    *("", "7.5", "11", "0", "-3", "70%", "6-7", "between 6 and 7", "7 or 8", "7/100", "4/5", "6, 7", "true", "2024"),
    *(
        "Score: 11. Confidence: 9",
        "this one is nice",
        "The video shows 3 people",
        '{"score": true}',
        '{"score": 7.5}',
        "9" * 50,
    ),
    *("1. It is nice\n2. It is long", "{}", "It depends", "seven or eight"),
]


@pytest.mark.parametrize("text", SEVEN)
def test_a_number_is_read(text: str) -> None:
    answer = parse(text, TEN)
    assert (answer.outcome, answer.choice) == (Outcome.CHOICE, "7")


@pytest.mark.parametrize("text", NO_NUMBER)
def test_no_number_or_two_or_one_off_the_scale_is_unparsed(text: str) -> None:
    assert parse(text, TEN).outcome is Outcome.UNPARSED


def test_other_outcomes_are_those_of_a_choice() -> None:
    assert parse("I'm sorry, I can't rate people.", TEN).outcome is Outcome.REFUSED
    assert parse("The score", TEN, finish_reason="length").outcome is Outcome.TRUNCATED
    assert parse("<think>7", TEN).outcome is Outcome.TRUNCATED
    assert parse("7", TEN, finish_reason="content_filter").outcome is Outcome.REFUSED


@given(low=st.integers(-50, 0), width=st.integers(1, 200), data=st.data())
def test_every_number_of_a_scale_is_read_as_itself_and_its_neighbours_outside_are_not(
    low: int, width: int, data: st.DataObject
) -> None:
    spec = ScaleSpec(low, low + width)
    number = data.draw(st.integers(spec.low, spec.high))
    for said in ("{}", "Score: {}", "**{}**", '{{"score": {}}}', "I would give it {}."):
        assert parse(said.format(number), spec).choice == str(number)
    for outside in (spec.low - 1, spec.high + 1):
        assert parse(str(outside), spec).outcome is Outcome.UNPARSED


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789/-.,% to\n:{}\"seven'score", max_size=60))
def test_a_number_that_is_read_is_on_the_scale(text: str) -> None:
    answer = parse(text, TEN)
    assert answer.choice is None or 1 <= int(answer.choice) <= 10
