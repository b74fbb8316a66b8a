"""Real answers: ten language models, 520 items, three wordings x two option orders (Value Portrait, ACL 2025)."""

import pytest

from benchmarks.value_portrait import item_values, portrait, read_answers
from tests.support.reference import shared_file


@pytest.fixture(scope="module")
def found() -> dict[str, object]:
    folder = shared_file("data", "value_portrait", "answers.csv").parent
    answers, items = read_answers(folder)
    values = item_values(folder, items)
    assert len(items) == 520 and len(answers) == 10
    names = ("claude-3-5-haiku-20241022", "deepseek-r1", "mistral-medium")
    return {name: portrait(name, answers[name], values, splits=30) for name in names}


def test_a_model_that_says_the_same_of_everything_has_no_reliability(found: dict) -> None:
    """Nearly every answer is 4: raw agreement is high, and none of it is about the items."""
    flat = found["claude-3-5-haiku-20241022"]
    assert flat.spread < 0.2 and flat.turned < 0.1
    assert flat.icc_wording < 0.15 and flat.icc_order < 0.15
    assert flat.shares["item"] < 0.02 and flat.shares["residual"] > 0.7
    assert not flat.halves_wordings > 0.6  # NaN where a half got one answer throughout


def test_a_model_that_answers_the_items_keeps_its_profile_over_items_and_wordings(found: dict) -> None:
    steady = found["deepseek-r1"]
    assert steady.icc_wording == pytest.approx(0.76, abs=0.01)
    assert steady.icc_order == pytest.approx(0.64, abs=0.01)
    assert steady.shares["item"] == pytest.approx(0.61, abs=0.01)
    assert steady.halves > 0.9 and steady.halves_wordings > 0.9


def test_the_order_of_options_moves_answers_by_more_than_their_content_in_one_model(found: dict) -> None:
    swayed = found["mistral-medium"]
    assert swayed.order_shift == pytest.approx(-5.15, abs=0.05) and swayed.order_se < 0.4
    assert swayed.icc_order == pytest.approx(0.30, abs=0.01) and swayed.icc_wording > 0.65
    assert swayed.shares["order"] + swayed.shares["item x order"] > swayed.shares["item"]
    assert abs(found["deepseek-r1"].order_shift) < 1
