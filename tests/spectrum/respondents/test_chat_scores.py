import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.answers import ChoiceSpec, ScaleSpec
from spectrum.respondents.chat_scores import option_probabilities

YES_NO = ChoiceSpec(("yes", "no"), (1.0, 0.0))
LIKES = ChoiceSpec(("like", "dislike"), (1.0, 0.0))


def token(text: str, top: Mapping[str, float] | None = None) -> dict[str, object]:
    listed = top or {text: 1.0}
    return {
        "token": text,
        "logprob": math.log(listed.get(text, 1e-4)),
        "top_logprobs": [{"token": word, "logprob": math.log(mass)} for word, mass in listed.items()],
    }


def test_surface_forms_are_summed() -> None:
    top = {"Yes": 0.4, " yes": 0.1, "YES": 0.05, "No": 0.2, "▁no": 0.05, "Well": 0.19}
    assert option_probabilities([token("Yes", top)], YES_NO) == pytest.approx((0.55, 0.25))


def test_words_that_hold_an_option_do_not_count_for_it() -> None:
    top = {"Yesterday": 0.3, "nothing": 0.3, "yes": 0.3, "no": 0.1}
    assert option_probabilities([token("yes", top)], YES_NO) == pytest.approx((0.3, 0.1))


def test_an_option_of_several_tokens_counts_by_its_first() -> None:
    top = {"like": 0.6, "dis": 0.3, "meh": 0.1}
    assert option_probabilities([token("like", top)], LIKES) == pytest.approx((0.6, 0.3))
    assert option_probabilities([token("dis", top), token("like")], LIKES) == pytest.approx((0.6, 0.3))


def test_a_first_token_that_goes_on_as_another_word_gives_nothing() -> None:
    top = {"like": 0.6, "dis": 0.4}
    assert option_probabilities([token("dis", top), token("gusting")], LIKES) is None
    assert option_probabilities([token("like", top), token("ly")], LIKES) is None
    assert option_probabilities([token("like", top), token(" it")], LIKES) is not None


def test_a_shared_first_token_gives_nothing() -> None:
    spec = ChoiceSpec(("would watch", "would skip"), (1.0, 0.0))
    assert option_probabilities([token("would", {"would": 0.99, "skip": 0.01}), token(" watch")], spec) is None
    nested = ChoiceSpec(("like", "like a lot"), (0.5, 1.0))
    assert option_probabilities([token("like", {"like": 1.0})], nested) is None


def test_a_list_too_short_to_hold_every_option_gives_nothing() -> None:
    assert option_probabilities([token("Yes", {"Yes": 0.9})], YES_NO) is None
    assert option_probabilities([token("Yes", {"Yes": 0.995})], YES_NO) == pytest.approx((0.995, 0.0))


def test_thinking_and_white_space_come_before_the_answer_s_place() -> None:
    tokens = [token(word) for word in ("<think>", "no", " no", "</think>", "\n\n")]
    answered = [*tokens, token("Yes", {"Yes": 0.8, "No": 0.2})]
    assert option_probabilities(answered, YES_NO) == pytest.approx((0.8, 0.2))
    assert option_probabilities(tokens[:3], YES_NO) is None
    assert option_probabilities(tokens, YES_NO) is None


@pytest.mark.parametrize("logprob", [0.5, 1e6, float("nan")])
def test_masses_that_cannot_be_give_nothing(logprob: float) -> None:
    odd = {"token": "Yes", "logprob": logprob, "top_logprobs": [{"token": "No", "logprob": -2.0}]}
    assert option_probabilities([odd], YES_NO) is None


def test_nothing_in_nothing_out() -> None:
    assert option_probabilities(None, YES_NO) is None
    assert option_probabilities([], YES_NO) is None
    assert option_probabilities([token("4")], ScaleSpec(1, 7)) is None


@given(st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4), st.permutations(["Yes", "no", " NO", "Hm"]))
def test_masses_add_up_to_what_was_listed_in_any_order(weights: list[float], words: list[str]) -> None:
    top = {word: weight / sum(weights) for word, weight in zip(words, weights, strict=True)}
    found = option_probabilities([token(words[0], top)], YES_NO)
    assert found == pytest.approx((top["Yes"], top["no"] + top[" NO"]))
    assert sum(found or ()) + top["Hm"] == pytest.approx(1.0)
