"""The bank that is shipped: stems that differ by one word, options in both orders, plain words; and users' banks."""

import re
from collections import Counter
from pathlib import Path

import pytest

from spectrum.answers import ChoiceSpec, TextSpec
from spectrum.errors import ConfigError
from spectrum.questions import Form, QuestionBank, load_bank, paper_questions
from spectrum.values import SCHWARTZ

BANK = load_bank()
WORDINGS = [wording for construct in BANK.constructs for wording in BANK.wordings(construct)]
SURVEY = {
    "survey",
    "questionnaire",
    "respondent",
    "scale",
    "rate",
    "rating",
    "agree",
    "value",
    "values",
    "item",
    "study",
}


def texts(wording: str) -> dict[str, str]:
    return {form.form: form.question.after_media for form in BANK.forms(wording)}


def options(form: Form) -> tuple[str, ...]:
    assert isinstance(form.question.answer_spec, ChoiceSpec)
    return form.question.answer_spec.options


def test_there_are_three_constructs_with_twelve_wordings_or_more() -> None:
    assert BANK.constructs == ("like", "watch", "interest")
    assert all(len(BANK.wordings(construct)) >= 12 for construct in BANK.constructs)


@pytest.mark.parametrize("wording", WORDINGS)
def test_a_wording_has_its_four_forms_in_order(wording: str) -> None:
    assert [(form.block, form.form) for form in BANK.forms(wording)] == [
        ("stem", "would"),
        ("stem", "would_not"),
        ("named", "first"),
        ("named", "second"),
    ]


@pytest.mark.parametrize("wording", WORDINGS)
def test_the_stems_differ_by_not_after_would_and_by_nothing_else(wording: str) -> None:
    would, would_not = texts(wording)["would"], texts(wording)["would_not"]
    assert would_not.replace("would not", "would", 1) == would
    assert would_not.count("would not") == 1 and not re.search(r"\bnot\b", would)
    assert not re.search(r"Would you not|would you not", would_not)  # heard as "surely you would"


@pytest.mark.parametrize("wording", WORDINGS)
def test_yes_to_would_accepts_and_yes_to_would_not_rejects(wording: str) -> None:
    would, would_not, *_ = BANK.forms(wording)
    assert would.question.answer_spec == ChoiceSpec(("yes", "no"), (1.0, 0.0))
    assert would_not.question.answer_spec == ChoiceSpec(("yes", "no"), (0.0, 1.0))


@pytest.mark.parametrize("wording", WORDINGS)
def test_the_named_orders_swap_the_two_words_and_keep_their_acceptance(wording: str) -> None:
    first, second = BANK.forms(wording, "named")
    assert options(first) == options(second)[::-1]
    assert first.question.answer_spec.acceptance == (1.0, 0.0)  # type: ignore[union-attr]
    assert second.question.answer_spec.acceptance == (0.0, 1.0)  # type: ignore[union-attr]
    for form in (first, second):
        places = [re.search(rf"\b{re.escape(option)}\b", form.question.after_media) for option in options(form)]
        assert all(places) and places[0].start() < places[1].start()  # type: ignore[union-attr]
        assert not {"yes", "no"} & set(re.findall(r"[a-z]+", form.question.after_media.lower()))
        for option in options(form):
            assert len(option) > 2 and " " not in option
            assert len(re.findall(rf"\b{re.escape(option)}\b", form.question.after_media)) == 1


@pytest.mark.parametrize("wording", WORDINGS)
def test_texts_are_plain_short_and_ask_for_one_word_about_a_short_video(wording: str) -> None:
    names = {part for name in SCHWARTZ.names for part in re.findall(r"[a-z]+", name.lower())}
    for text in texts(wording).values():
        words = re.findall(r"[a-z]+", text.lower())
        assert text.isascii() and '"' not in text
        assert "short video" in text and len(words) <= 45
        assert not (names | SURVEY) & set(words)
        tail = text[-60:]
        assert re.search(r"\b(one|single) word\b", tail.lower()), tail
        assert not re.search(r"\b[A-D][).]", text)


def test_no_two_forms_put_the_same_text_and_ids_name_their_construct() -> None:
    every = [form.question.after_media for wording in WORDINGS for form in BANK.forms(wording)]
    assert len(set(every)) == len(every) == 4 * len(WORDINGS)
    assert len(set(WORDINGS)) == len(WORDINGS)
    for construct in BANK.constructs:
        assert all(wording.startswith(f"{construct}-") for wording in BANK.wordings(construct))


def test_what_precedes_the_pictures_is_the_same_for_all_and_names_no_number_of_frames() -> None:
    before = {form.question.before_media for wording in WORDINGS for form in BANK.forms(wording)}
    assert len(before) == 1 and not re.search(r"\d|four|frame", before.pop())


def test_the_fingerprint_follows_the_texts() -> None:
    changed = QuestionBank(BANK.name, BANK.version, BANK.all_forms[1:])
    assert BANK.fingerprint == load_bank("balanced").fingerprint != changed.fingerprint


def test_an_unknown_construct_or_wording_is_told() -> None:
    with pytest.raises(ConfigError, match="like, watch, interest"):
        BANK.wordings("love")
    with pytest.raises(ConfigError, match="like-99"):
        BANK.forms("like-99")


def test_the_papers_questions_are_word_for_word_and_in_its_order() -> None:
    like, reason, description = paper_questions()
    assert [form.question.after_media for form in (like, reason, description)] == [
        "Do you like the content of this image? (Yes or No)",
        "Why do you like or dislike this picture?",
        "Describe this image briefly in English.",
    ]
    assert like.question.answer_spec == ChoiceSpec(("Yes", "No"), (1.0, 0.0))
    assert isinstance(reason.question.answer_spec, TextSpec)
    assert Counter(form.block for form in (like, reason, description)) == {"paper": 3}


GERMAN = """
name: deutsch
answers: [ja, nein]
constructs:
  like:
    - id: g-1
      stem: {would: "Magst du das? Ja oder nein.", would_not: "Magst du das nicht? Ja oder nein."}
      named: "Ist das {first} oder {second}?"
      options: [gut, schlecht]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "bank.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_bank_in_another_language_gives_its_stems_in_full(tmp_path: Path) -> None:
    bank = load_bank(write(tmp_path, GERMAN))
    would, would_not, first, second = bank.forms("g-1")
    assert would_not.question.after_media == "Magst du das nicht? Ja oder nein."
    assert options(would) == ("ja", "nein") and options(second) == ("schlecht", "gut")
    assert first.question.after_media == "Ist das gut oder schlecht?"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("{first} oder ", ""), "constructs.like.0: g-1: named must hold"),
        (("[gut, schlecht]", "[gut, Gut]"), "must differ"),
        (("[gut, schlecht]", "[gut]"), "constructs.like.0.options"),
        (("[ja, nein]", "[yes, no]"), "quotes around"),
        (("{would: ", "{should: "), r"constructs.like.0.stem"),
        ((GERMAN[GERMAN.index("{would") : GERMAN.index("named:")].rstrip(), '"Hm?"'), "stem must hold {not}"),
        (("das nicht?", "das?"), r"g-1 \(would_not\) puts the same text as g-1 \(would\)"),
        (("like:", "like: []\n  more:"), "'like' has no wordings"),
        (("name: deutsch", "title: deutsch"), "name"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_bank_names_the_file_and_the_place(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        load_bank(write(tmp_path, GERMAN.replace(*change, 1)))
    assert "bank.yaml" in str(caught.value) and "\n" not in str(caught.value)
