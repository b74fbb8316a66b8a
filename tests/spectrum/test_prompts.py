"""Conditions and the turns they make."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.answers import TextSpec
from spectrum.errors import ConfigError
from spectrum.prompts import NEUTRAL, Condition, Rendered, render
from spectrum.questions import Question, load_bank

LIKE = load_bank().forms("like-01")[0].question
QUESTION = Question("Here it is.", "Is it good? One word.", TextSpec())


def test_neutral_adds_nothing() -> None:
    assert render(QUESTION) == render(QUESTION, NEUTRAL) == Rendered("", "Here it is.", "Is it good? One word.")


def test_a_condition_stands_in_the_system_turn_or_between_pictures_and_question() -> None:
    persona = "You keep bees."
    assert render(QUESTION, Condition("bees", persona)) == Rendered(persona, "Here it is.", "Is it good? One word.")
    after = render(QUESTION, Condition("bees", persona, "after_media"))
    assert after == Rendered("", "Here it is.", "You keep bees.\n\nIs it good? One word.")


@given(text=st.text(max_size=80), placement=st.sampled_from(["system", "after_media"]))
@settings(deadline=None, max_examples=50)
def test_the_question_is_the_last_thing_said_and_the_condition_is_said_once_unchanged(
    text: str, placement: str
) -> None:
    question = LIKE
    turns = render(question, Condition("any", text, placement))  # type: ignore[arg-type]
    assert turns.after_media.endswith(question.after_media) and turns.before_media == question.before_media
    assert turns.system + turns.after_media.removesuffix(question.after_media).removesuffix("\n\n") == text


def test_an_unknown_placement_is_told() -> None:
    with pytest.raises(ConfigError, match=r"'bees'.*'top'.*system or after_media"):
        Condition("bees", "text", "top")  # type: ignore[arg-type]
