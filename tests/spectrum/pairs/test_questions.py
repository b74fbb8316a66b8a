from pathlib import Path

import pytest

from spectrum.answers import ChoiceSpec, Outcome, parse_choice
from spectrum.errors import ConfigError
from spectrum.pairs.questions import PLACES, load_pair_bank

BANK = load_pair_bank()


def test_the_bank_holds_enough_wordings_to_be_a_sample_of_them() -> None:
    assert len(BANK.wordings) >= 5 and BANK.construct == "watch"


@pytest.mark.parametrize("wording", BANK.wordings)
def test_a_wording_names_both_places_once_in_the_order_asked_for(wording: str) -> None:
    for place in PLACES:
        question = BANK.question(wording, place, (4, 1))
        other = PLACES[1 - PLACES.index(place)]
        text = question.after_media
        assert "{" not in text + question.before_media
        assert text.count("first") == text.count("second") == 1
        assert text.index(place) < text.index(other)
        assert question.answer_spec == ChoiceSpec((place, other), (1.0, 0.0) if place == "first" else (0.0, 1.0))


def test_the_pictures_of_each_clip_are_counted_in_words() -> None:
    before = BANK.question("pair-01", "first", (4, 1)).before_media
    assert "first come 4 pictures of the first video, then 1 picture of the second video" in before
    assert "picture" not in BANK.question("pair-01", "first", None).before_media


@pytest.mark.parametrize(
    "text", ["first", "First.", "The first video.", "**first**", "I would pick the first one.", "Answer: first"]
)
def test_replies_are_read(text: str) -> None:
    found = parse_choice(text, ("second", "first"))
    assert (found.outcome, found.choice) == (Outcome.CHOICE, "first")


def test_neither_is_no_choice() -> None:
    assert parse_choice("Neither of them.", PLACES).outcome is not Outcome.CHOICE


def test_a_user_s_own_bank_is_read_and_its_mistakes_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = (
        "name: mine\nasks_for: watch\nbefore_pictures: 'A: {first}. B: {second}.'\nbefore_videos: Two.\n"
        "wordings:\n  - {id: a, text: 'The {one} or the {other}?'}\n"
    )
    path.write_text(text)
    bank = load_pair_bank(path)
    assert bank.question("a", "second", (1, 2)).after_media == "The second or the first?"
    assert bank.fingerprint != BANK.fingerprint
    for wrong, told in (
        (text.replace("{one}", "one"), "exactly once each"),
        (text.replace("{first}", "some"), "before_pictures"),
        (text + "  - {id: b, text: 'The {one} or the {other}?'}\n", "the same text"),
    ):
        path.write_text(wrong)
        with pytest.raises(ConfigError, match=told) as caught:
            load_pair_bank(path)
        assert "\n" not in str(caught.value)
