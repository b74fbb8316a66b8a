import json
from copy import deepcopy
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from spectrum.answers import AnswerSpec, ChoiceSpec, FieldsSpec, ScaleSpec, TextSpec
from spectrum.runs.identity import ask_id, context_key, item_id, options_of, question_key
from spectrum.runs.specs import dump_spec


@dataclass(frozen=True)
class Condition:
    name: str = "neutral"
    text: str = ""
    placement: str = "system"


ITEM = item_id(["v1"], question_key("", "Do you like it?", ["yes", "no"]))


def test_these_identities_never_change() -> None:
    """Stored runs and caches are keyed by them: a change here orphans every answer ever stored."""
    assert ITEM == "2809c412917974eeacd52aac814591a0"
    assert (
        ask_id(ITEM, context_key(Condition(), "f" * 32, {"dtype": "float32"}, 0, 8))
        == "e632e9696f7137be54681448f6a7c5d9"
    )


def test_an_item_is_its_media_and_its_exact_words() -> None:
    questions = [
        question_key("", "Do you like it?", ["yes", "no"]),
        question_key("", "Do you like it?", ["no", "yes"]),
        question_key("", "Do you like it? ", ["yes", "no"]),
        question_key("Do you like it?", "", ["yes", "no"]),
        question_key("", "Do you like it?", ["yesno"]),
    ]
    items = {item_id(views, key) for key in questions for views in (["v1"], ["v2"], ["v1", "v2"], ["v2", "v1"])}
    assert len(items) == 20


def test_an_ask_is_an_item_in_its_whole_context() -> None:
    base = Condition()
    contexts = [
        context_key(base, "f", {"a": "1"}, 0, 8),
        context_key(replace(base, name="other"), "f", {"a": "1"}, 0, 8),
        context_key(replace(base, text="You are bold."), "f", {"a": "1"}, 0, 8),
        context_key(replace(base, placement="after_media"), "f", {"a": "1"}, 0, 8),
        context_key(base, "g", {"a": "1"}, 0, 8),
        context_key(base, "f", {"a": "2"}, 0, 8),
        context_key(base, "f", {"b": "1"}, 0, 8),
        context_key(base, "f", {}, 0, 8),
        context_key(base, "f", {"a": "1"}, 1, 8),
        context_key(base, "f", {"a": "1"}, 0, 9),
    ]
    assert len({ask_id(ITEM, context) for context in contexts}) == len(contexts)


def test_the_order_in_which_settings_were_given_does_not_matter() -> None:
    assert context_key(Condition(), "f", {"a": "1", "b": "2"}, 0, 8) == context_key(
        Condition(), "f", {"b": "2", "a": "1"}, 0, 8
    )


def test_acceptance_is_scoring_and_not_identity() -> None:
    assert options_of(ChoiceSpec(("a", "b"), (1.0, 0.0))) == options_of(ChoiceSpec(("a", "b"), (0.0, 1.0)))


words = st.text(max_size=6)
choices = st.lists(words, min_size=2, max_size=4, unique=True).flatmap(
    lambda options: st.tuples(*[st.floats(0, 1)] * len(options)).map(
        lambda acceptance: ChoiceSpec(tuple(options), acceptance)
    )
)
simple = choices | st.builds(ScaleSpec, st.integers(), st.integers()) | st.just(TextSpec())
specs = simple | st.builds(FieldsSpec, st.lists(st.tuples(words, simple), max_size=3).map(tuple), st.none() | words)


@given(specs, specs)
def test_specs_share_their_json_where_they_are_equal_and_only_there(one: AnswerSpec, other: AnswerSpec) -> None:
    assert dump_spec(one) == dump_spec(deepcopy(one))
    assert (dump_spec(one) == dump_spec(other)) == (one == other)


def test_the_json_of_a_spec_says_all_of_it() -> None:
    spec = FieldsSpec((("rating", ScaleSpec(1, 5)), ("why", TextSpec())), "rating")
    assert json.loads(dump_spec(spec)) == {
        "kind": "fields",
        "fields": [["rating", {"kind": "scale", "low": 1, "high": 5}], ["why", {"kind": "text"}]],
        "decision": "rating",
    }
    choice = ChoiceSpec(("yes", "no"), (1.0, 0.0))
    assert json.loads(dump_spec(choice)) == {"kind": "choice", "options": ["yes", "no"], "acceptance": [1.0, 0.0]}


@given(specs, specs)
def test_different_options_give_different_keys(one: AnswerSpec, other: AnswerSpec) -> None:
    same = options_of(one) == options_of(other)
    assert same == (question_key("", "q", options_of(one)) == question_key("", "q", options_of(other)))
