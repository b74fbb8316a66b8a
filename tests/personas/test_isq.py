"""The published score, by hand; and the published row that it does not give."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.isq import SCALES, YES_OR_NO, IsqStrategy, isq_percent
from spectrum.answers import Outcome, parse


@pytest.mark.parametrize(
    ("answers", "percent"),
    [
        ((10, 10, 10, 10, 1, 1), 100.0),  # (40 + 20) / 60
        ((1, 1, 1, 1, 0, 0), 4 / 60 * 100),
        ((7, 8, 6, 9, 0, 0), 50.0),  # 30 / 60
        ((7, 8, 6, 9, 1, 0), 40 / 60 * 100),
        ((7, 8, 6, 9, 0, 1), 40 / 60 * 100),
        ((5, 5, 5, 1, 1, 1), 60.0),  # 36 / 60
        ((5, 5, 5, 2, 1, 1), 37 / 60 * 100),
    ],
)
def test_the_score_is_the_published_formula(answers, percent):
    assert isq_percent(*answers) == pytest.approx(percent, abs=1e-12)


def test_the_published_row_visual_appeal_7_curiosity_8_emotional_6_value_9_does_not_fit_the_published_formula():
    printed = 49.583333333333336
    fitting = [isq_percent(7, 8, 6, 9, aligned, acts) for aligned in (0, 1) for acts in (0, 1)]
    assert all(abs(percent - printed) > 0.4 for percent in fitting)
    assert fitting == pytest.approx([50, 200 / 3, 200 / 3, 250 / 3])


def test_sixty_percent_is_not_above_the_threshold_and_the_next_point_is():
    strategy = IsqStrategy()
    exact = dict(zip((*SCALES, *YES_OR_NO), ("5", "5", "5", "1", "yes", "yes"), strict=True))
    assert not strategy.score("", exact) > strategy.threshold
    assert strategy.score("", {**exact, SCALES[3]: "2"}) > strategy.threshold


@pytest.mark.parametrize("answers", [(0, 5, 5, 5, 0, 0), (5, 5, 5, 11, 0, 0), (5, 5, 5, 5, 2, 0), (5, 5, 5, 5, 0, 0.5)])
def test_answers_off_the_scales_have_no_score(answers):
    with pytest.raises(ValueError, match=r"run from 1 to 10|are 0 or 1"):
        isq_percent(*answers)


points = st.integers(1, 10)


@given(st.tuples(points, points, points, points), st.booleans(), st.booleans())
def test_a_written_questionnaire_is_read_into_its_score(scales, aligned, acts):
    strategy = IsqStrategy()
    told = dict(zip(SCALES, scales, strict=True))
    told |= dict(zip(YES_OR_NO, ("yes" if aligned else "no", "yes" if acts else "no"), strict=True))
    answer = parse(json.dumps({**told, "trait_num": 2}), strategy.neutral_question().answer_spec)
    assert answer.outcome is Outcome.CHOICE
    score = strategy.score(answer.choice, dict(answer.fields))
    assert score == pytest.approx((sum(scales) + 10 * aligned + 10 * acts) / 60)
    assert 4 / 60 <= score <= 1


def test_half_a_questionnaire_has_no_score():
    strategy = IsqStrategy()
    assert strategy.score(None, {"visual_appeal": "7"}) is None
    assert parse('{"visual_appeal": 7}', strategy.neutral_question().answer_spec).outcome is Outcome.UNPARSED
