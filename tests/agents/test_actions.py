import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.acting import act_of
from agents.actions import ACTIONS, KNOWN, action_question, keyed_action, parse_actions
from agents.errors import DesignError
from agents.watch import WATCH_MODELS, watch_model
from spectrum.answers import ChoiceSpec
from tests.support.browsing import record

ASKED = record(0).asks[0]


def test_the_default_question_keeps_its_words() -> None:
    question = action_question(0, 0, 0)
    assert isinstance(question.answer_spec, ChoiceSpec)
    first, second, third = question.answer_spec.options
    assert question.after_media == f"What do you do now? Answer with one word: {first}, {second} or {third}."


def test_a_declared_set_is_asked_for_with_its_acceptance() -> None:
    actions = parse_actions("like, Skip, follow,leave,watch")
    spec = action_question(1, 2, 3, actions=actions).answer_spec
    assert isinstance(spec, ChoiceSpec) and set(spec.options) == set(KNOWN)
    assert dict(zip(spec.options, spec.acceptance, strict=True))["follow"] == 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("like,dance", "unknown action 'dance'"),
        ("like,like,skip", "one twice"),
        ("like,watch", "skip"),
        ("", "must hold"),
    ],
)
def test_a_set_that_cannot_be_walked_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(DesignError, match=said):
        parse_actions(text)


def test_actions_are_drawn_as_often_as_they_are_likely() -> None:
    options = ("skip", "like", "watch")
    drawn = [keyed_action(options, (0.2, 0.7, 0.1), 5, replicate, 0, "clip") for replicate in range(4000)]
    assert abs(drawn.count("like") / 4000 - 0.7) < 0.03
    assert abs(drawn.count("watch") / 4000 - 0.1) < 0.02


@given(st.permutations(["like", "watch", "skip"]))
def test_the_draw_does_not_depend_on_the_order_in_which_options_were_named(order: list[str]) -> None:
    mass = {"like": 0.5, "watch": 0.3, "skip": 0.2}
    assert keyed_action(order, [mass[word] for word in order], 1, 2, 3, "c") == keyed_action(
        sorted(mass), [mass[word] for word in sorted(mass)], 1, 2, 3, "c"
    )


@pytest.mark.parametrize("outcome", ["refused", "unparsed", "truncated", "error"])
def test_a_reply_without_a_choice_is_no_action_whatever_its_mass(outcome: str) -> None:
    taken = act_of(ASKED.model_copy(update={"outcome": outcome, "choice": None}), "sample", 1)
    assert (taken.action, taken.drawn) == (None, "none")


def test_without_probabilities_the_written_word_counts_and_argmax_takes_the_likeliest() -> None:
    written = act_of(ASKED.model_copy(update={"probabilities": None, "choice": "watch"}), "sample", 1)
    assert written.action is not None and (written.action.word, written.drawn) == ("watch", "written")
    likeliest = act_of(ASKED.model_copy(update={"choice": "skip"}), "argmax", 1)
    assert likeliest.action is not None and (likeliest.action.word, likeliest.drawn) == ("like", "argmax")


def test_watch_time_is_a_share_that_grows_with_interest_and_says_that_it_is_a_model() -> None:
    for model in WATCH_MODELS.values():
        shares = [model.share(action, interest) for action in ACTIONS for interest in (0.0, 0.5, 1.0)]
        assert all(0 <= share <= 1 for share in shares) and "watched" in model.text
    by_interest = watch_model("by-interest").share
    assert by_interest(ACTIONS[0], 0.2) < by_interest(ACTIONS[0], 0.5) == 0.5 < by_interest(ACTIONS[0], 0.8)
    with pytest.raises(DesignError, match="by-action, by-interest"):
        watch_model("stopwatch")
