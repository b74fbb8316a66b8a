"""What a written reply chose, and that it is never guessed."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.answers import Answer, Outcome, parse_choice
from spectrum.questions import load_bank
from tests.spectrum.answers.replies import LIKE, REFUSED, ROWS, TRUNCATED, UNPARSED, WATCH, YES_NO

RECORDINGS = Path(__file__).parents[4] / "shared" / "recordings" / "answers.jsonl"
SPECIAL = {REFUSED: Outcome.REFUSED, UNPARSED: Outcome.UNPARSED, TRUNCATED: Outcome.TRUNCATED}
CASES = [
    pytest.param(options, finish, expected, text, id=f"{expected} {text[:40]!r}")
    for options, finish, expected, texts in ROWS
    for text in texts
]
OPTION_SETS = [YES_NO, LIKE, WATCH, ("interested", "not interested"), ("ja", "nein"), ("keep watching", "scroll past")]


def read(text: str, options: tuple[str, ...] = YES_NO, finish: str | None = None) -> str:
    answer = parse_choice(text, options, finish_reason=finish)
    return answer.choice if answer.choice is not None else f"<{answer.outcome.value}>"


@pytest.mark.parametrize(("options", "finish", "expected", "text"), CASES)
def test_a_reply_is_read_as_a_careful_reader_would(
    options: tuple[str, ...], finish: str | None, expected: str, text: str
) -> None:
    answer = parse_choice(text, options, finish_reason=finish)
    if expected in SPECIAL:
        assert answer == Answer(SPECIAL[expected])
    else:
        assert answer == Answer(Outcome.CHOICE, expected)


def test_there_are_many_cases_of_every_outcome() -> None:
    counts = {expected: sum(len(row[3]) for row in ROWS if row[2] == expected) for expected in SPECIAL}
    assert sum(len(row[3]) for row in ROWS) >= 150
    assert counts[REFUSED] >= 50 and counts[UNPARSED] >= 100 and counts[TRUNCATED] >= 5


BANK = load_bank()
NAMED = sorted(
    {
        (wording, BANK.forms(wording, "named")[0].question.answer_spec.options)  # type: ignore[union-attr]
        for construct in BANK.constructs
        for wording in BANK.wordings(construct)
    }
)
SAID = (
    "{}",
    "{}.",
    "**{}**",
    "I would say {}.",
    "Answer: {}",
    '"{}"',
    "I'd choose {}",
    "My answer is {}",
    '{{"answer": "{}"}}',
    "- {}",
    "{} - the colours are fresh",
    "The word is {}.",
    "{}, because there is a dog",
    "<think>{} or not?</think>{}",
)


@pytest.mark.parametrize(("wording", "options"), NAMED)
def test_the_shipped_options_are_read_in_the_ways_they_are_given(wording: str, options: tuple[str, str]) -> None:
    for shown in (options, options[::-1]):
        for option in shown:
            for said in SAID:
                for spelled in (option, option.upper(), option.capitalize()):
                    assert read(said.format(spelled, spelled), shown) == option, said
        for both in ("{}/{}", "{} or {}", "{}, {}", "{}\n{}", "{} {}", "{} and {}"):
            assert read(both.format(*shown), shown) == UNPARSED, both


def test_the_two_stems_answers_are_read_alike_whatever_the_order_of_the_options() -> None:
    for options, finish, expected, texts in ROWS:
        if len(options) == 2:
            for text in texts:
                assert read(text, options[::-1], finish) == expected, text


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(max_size=300), options=st.sampled_from(OPTION_SETS), finish=st.sampled_from([None, "stop", "length"])
)
def test_no_text_raises_and_a_choice_is_an_option(text: str, options: tuple[str, ...], finish: str | None) -> None:
    answer = parse_choice(text, options, finish_reason=finish)
    assert (answer.choice is not None) == (answer.outcome is Outcome.CHOICE)
    assert answer.choice is None or answer.choice in options
    assert answer.outcome is not Outcome.ERROR
    if finish == "length":
        assert answer.outcome in (Outcome.CHOICE, Outcome.TRUNCATED)


LIKELY = """yes no not i would like dislike it is the a but and or if say answer : . , ? ! { } " ' <think> </think> * /
- as an ai sorry can help maybe video interesting final"""
VOCABULARY = st.sampled_from([*LIKELY.split(), "\n"])


@settings(max_examples=500, deadline=None)
@given(words=st.lists(VOCABULARY, max_size=25), options=st.sampled_from([YES_NO, LIKE]))
def test_no_row_of_likely_words_raises(words: list[str], options: tuple[str, ...]) -> None:
    answer = parse_choice(" ".join(words), options)
    assert answer.choice is None or any(word in words for word in ("yes", "no", "like", "dislike"))


@settings(max_examples=200, deadline=None)
@given(
    option=st.sampled_from([(options, option) for options in OPTION_SETS for option in options]),
    before=st.text("*_`\"' \n\t#>“”", max_size=6),
    after=st.text("*_`\"' \n\t.!”", max_size=6),
    case=st.sampled_from([str, str.upper, str.lower, str.title]),
)
def test_blanks_marks_and_case_never_change_a_bare_option(
    option: tuple[tuple[str, ...], str], before: str, after: str, case: object
) -> None:
    options, word = option
    assert callable(case)
    assert read(before + case(word) + after, options) == word


@settings(max_examples=200, deadline=None)
@given(
    options=st.sampled_from(OPTION_SETS),
    joint=st.sampled_from([", ", "/", " / ", "\n", " or ", " and ", "; ", " | ", " - ", " ", ". ", "\n- ", " & "]),
    data=st.data(),
)
def test_a_list_of_both_options_is_never_a_choice(options: tuple[str, str], joint: str, data: st.DataObject) -> None:
    order = data.draw(st.permutations(options))
    assert parse_choice(joint.join(order), options).outcome is Outcome.UNPARSED


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=100), options=st.sampled_from(OPTION_SETS))
def test_nothing_in_an_open_thought_counts(text: str, options: tuple[str, ...]) -> None:
    assert parse_choice(f"<think>{text.replace('>', '')}", options).outcome is Outcome.TRUNCATED


@settings(max_examples=100, deadline=None)
@given(thought=st.text(st.characters(exclude_characters="<>[]|▷◁"), max_size=100), options=st.sampled_from(OPTION_SETS))
def test_nothing_in_a_closed_thought_counts(thought: str, options: tuple[str, ...]) -> None:
    assert parse_choice(f"<think>{thought}</think>\n{options[0]}", options).choice == options[0]


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
def test_a_cut_reply_is_truncated_unless_it_chose_first(reason: str) -> None:
    assert read("The clip shows", finish=reason) == TRUNCATED
    assert read("I'm sorry, but I can't", finish=reason) == TRUNCATED
    assert read("Yes, the clip shows", finish=reason) == "yes"


@pytest.mark.parametrize("reason", ["content_filter", "refusal", "SAFETY"])
def test_a_filtered_reply_is_refused(reason: str) -> None:
    assert read("yes", finish=reason) == REFUSED
    assert read("", finish=reason) == REFUSED


def test_the_choice_is_spelled_as_the_option_is() -> None:
    assert read("yes", ("Yes", "No")) == "Yes"
    assert read("JA!", ("Ja", "Nein")) == "Ja"


HOSTILE = [
    *(
        "yes ",
        "yes, ",
        "yes/",
        "yes or ",
        "yes no ",
        "{",
        '{"a":',
        "[",
        "(",
        "<think>",
        "</think>",
        "<",
        "<|",
        "a'",
        "-",
    ),
    *(
        "i can not ",
        "as an ai ",
        "\\boxed{",
        "~~",
        "&amp;",
        "是",
        "我不能",
        "no. 1 ",
        "{'a':1}",
        '"',
        "lo siento ",
        ".",
    ),
    *("\u0301", "a\u0301\u0316", "\u200b", " ", "\n"),
]


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_a_hundred_thousand_hostile_characters_take_no_longer_than_their_length(unit: str) -> None:
    # CPU time, and a bound far above what a linear reading takes (.1 to .8 s): quadratic time would be minutes.
    text = (unit * 100_000)[:100_000]
    begun = time.process_time()
    parse_choice(text, YES_NO)
    assert time.process_time() - begun < 30.0


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recorded answers are not beside this checkout")
def test_recorded_answers_are_read_as_they_were_written() -> None:
    recorded = [json.loads(line) for line in RECORDINGS.read_text(encoding="utf-8").splitlines()]
    counts: dict[str, int] = {}
    for row in recorded:
        expected = {"yes": "yes", "no": "no"}.get(row["answer"].strip(". ").lower(), UNPARSED)
        assert read(row["answer"]) == expected
        counts[expected] = counts.get(expected, 0) + 1
    assert counts == {"yes": 65, "no": 8, UNPARSED: 3}


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recorded answers are not beside this checkout")
def test_recorded_reasons_that_open_with_the_answer_give_that_answer_and_refusals_none() -> None:
    recorded = [json.loads(line) for line in RECORDINGS.read_text(encoding="utf-8").splitlines()]
    opened = [row for row in recorded if row["reason"].lower().startswith(("yes", "no"))]
    assert len(opened) == 46
    for row in opened:
        assert read(row["reason"]) == row["answer"].strip(". ").lower()
    others = [read(row["reason"]) for row in recorded if row not in opened]
    assert others.count(REFUSED) == 6 and others.count(UNPARSED) == len(others) - 6
