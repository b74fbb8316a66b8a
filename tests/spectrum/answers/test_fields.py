"""Named fields and free words in written replies."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.answers import Answer, ChoiceSpec, FieldsSpec, Outcome, ScaleSpec, TextSpec, parse

SIMPLE = FieldsSpec(
    (("decision", ChoiceSpec(("yes", "no"), (1.0, 0.0))), ("reason", TextSpec()), ("trait_num", ScaleSpec(1, 5))),
    decision="decision",
)
SCORES = FieldsSpec((("visual_appeal", ScaleSpec(1, 10)), ("curiosity", ScaleSpec(1, 10)), ("note", TextSpec())))

READABLE = [
    "{'decision': 'no', 'reason': 'too loud', 'trait_num': 2}",
    '{"decision": "No.", "reason": "too loud", "trait_num": "2"}',
    '```json\n{"decision": "no", "reason": "too loud", "trait_num": 2,}\n```',
    'Here it is:\n{"Decision": "NO", "Reason": "too loud", "Trait Num": 2}\nI hope that helps.',
    '{"decision": false, "reason": "too loud", "trait_num": 2.0}',
    "<think>yes?</think>{'decision': 'no', 'reason': 'too loud', 'trait_num': '2'}",
    "decision: no\nreason: too loud\ntrait_num: 2",
    "**Decision:** No\n**Reason:** too loud\n**Trait num:** 2",
    '{"response": {"decision": "no", "reason": "too loud", "trait_num": 2}}',
    "{“decision”: “no”, “reason”: “too loud”, “trait_num”: 2}",
]


@pytest.mark.parametrize("text", READABLE)
def test_an_object_is_read_however_it_is_dressed(text: str) -> None:
    answer = parse(text, SIMPLE)
    assert (answer.outcome, answer.choice) == (Outcome.CHOICE, "no")
    assert dict(answer.fields) == {"decision": "no", "reason": "too loud", "trait_num": "2"}


def test_quotes_that_do_not_match_lose_no_field() -> None:
    answer = parse("{'decision': 'yes', 'reason': 'it's a dog, isn't it', 'trait_num': 1}", SIMPLE)
    assert dict(answer.fields) == {"decision": "yes", "reason": "it's a dog, isn't it", "trait_num": "1"}


def test_a_field_off_its_spec_is_left_out_and_the_decision_stands() -> None:
    answer = parse('{"decision": "yes", "reason": "fun", "trait_num": 9}', SIMPLE)
    assert answer.choice == "yes" and dict(answer.fields) == {"decision": "yes", "reason": "fun"}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("{'decision': 'yes or no', 'reason': 'reason', 'trait_num': '1-5'}", Outcome.UNPARSED),
        ('{"decision": "maybe"}', Outcome.UNPARSED),
        ('{"reason": "no people"}', Outcome.UNPARSED),
        ("decision: yes\ndecision: no", Outcome.UNPARSED),
        ("I'm sorry, but I can't pretend to be a person.", Outcome.REFUSED),
        ("I'm sorry, but I can't assist with that.", Outcome.REFUSED),
        ('{"decision": "I cannot answer that."}', Outcome.REFUSED),
        ("", Outcome.UNPARSED),
        ("<think>{'decision': 'yes'}", Outcome.TRUNCATED),
    ],
)
def test_without_a_decision_there_is_no_choice(text: str, outcome: Outcome) -> None:
    answer = parse(text, SIMPLE)
    assert answer.outcome is outcome
    assert answer.choice is None


def test_a_plain_reply_is_the_decision_where_an_object_was_asked_for() -> None:
    assert parse("Yes.", SIMPLE) == Answer(Outcome.CHOICE, "yes", (("decision", "yes"),))


def test_a_cut_object_keeps_what_was_written() -> None:
    cut = '{"decision": "no", "reason": "The pict'
    assert parse(cut, SIMPLE, finish_reason="length").choice == "no"
    assert parse('{"reason": "The pict', SIMPLE, finish_reason="length").outcome is Outcome.TRUNCATED


def test_without_a_decision_field_all_numbers_are_needed_and_the_choice_is_the_object() -> None:
    answer = parse("{'visual_appeal': 7, 'curiosity': '8/10'}", SCORES)
    assert answer.outcome is Outcome.CHOICE and answer.choice is not None
    assert json.loads(answer.choice) == {"visual_appeal": "7", "curiosity": "8"}
    assert parse("{'visual_appeal': 7}", SCORES) == Answer(Outcome.UNPARSED, None, (("visual_appeal", "7"),))


def test_free_words_are_kept_and_refusals_and_silence_are_not_words() -> None:
    assert parse("  A dog jumps. ", TextSpec()).choice == "A dog jumps."
    assert parse("<think>hm</think>A dog.", TextSpec()).choice == "A dog."
    assert parse(" \n", TextSpec()).outcome is Outcome.UNPARSED
    assert parse("", TextSpec(), finish_reason="length").outcome is Outcome.TRUNCATED
    assert parse("I'm sorry, I can't describe people.", TextSpec()).outcome is Outcome.REFUSED
    long = "I can't give opinions. " + "The clip shows a market with many stalls. " * 10
    assert parse(long, TextSpec()).choice == long.strip()


def test_a_choice_spec_reads_as_parse_choice() -> None:
    assert parse("I'd skip it", ChoiceSpec(("watch", "skip"), (1.0, 0.0))).choice == "skip"


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(max_size=200) | st.text("{}[]'\":, \n\\decisonyatr_um127/`", max_size=120),
    spec=st.sampled_from([SIMPLE, SCORES, TextSpec(), ScaleSpec(0, 5)]),
)
def test_no_text_raises_and_only_a_choice_carries_one(text: str, spec: FieldsSpec | TextSpec | ScaleSpec) -> None:
    answer = parse(text, spec)
    assert (answer.choice is not None) == (answer.outcome is Outcome.CHOICE)
    assert answer.outcome is not Outcome.ERROR


@settings(max_examples=100, deadline=None)
@given(
    decision=st.sampled_from(["yes", "no"]),
    reason=st.text(min_size=1, max_size=60).filter(
        lambda text: text.strip() and text.isprintable() and "<" not in text
    ),
    trait=st.integers(1, 5),
)
def test_whatever_the_reason_says_json_gives_its_decision(decision: str, reason: str, trait: int) -> None:
    text = json.dumps({"reason": reason, "decision": decision, "trait_num": trait})
    assert parse(text, SIMPLE).choice == decision
