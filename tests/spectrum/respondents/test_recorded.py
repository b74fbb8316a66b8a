import json
from pathlib import Path

import pytest

from spectrum.answers import ChoiceSpec
from spectrum.errors import ConfigError
from spectrum.respondents.base import Group, Reply, Respondent
from spectrum.respondents.recorded import NO_ANSWER, RecordedRespondent, write_recording
from tests.spectrum.respondents.groups import make_ask, make_group, view


def recorded(tmp_path: Path, *lines: dict[str, object] | str) -> RecordedRespondent:
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return RecordedRespondent(path)


QUESTION = "Would you watch it? (0)"


def test_an_answer_is_found_by_clip_question_and_condition(tmp_path: Path) -> None:
    respondent = recorded(
        tmp_path,
        {"clip_id": "a", "after_media": QUESTION, "text": "Yes", "probabilities": [0.7, 0.2], "finish_reason": "stop"},
        "",
        {"clip_id": "a", "after_media": QUESTION, "condition": "adventurer", "text": "はい", "item_id": "unread"},
    )
    assert isinstance(respondent, Respondent)
    ask = make_group("a").asks[0]
    assert respondent.answer(make_group("a")) == [
        Reply(ask.ask_id, "Yes", finish_reason="stop", probabilities=(0.7, 0.2))
    ]
    assert respondent.answer(make_group("a", condition="adventurer"))[0].text == "はい"
    for unknown in (make_group("b"), make_group("a", ("Another?",)), make_group("a", condition="hedonist")):
        (reply,) = respondent.answer(unknown)
        assert (reply.error, reply.text) == (NO_ANSWER, "")


def test_ask_id_comes_first(tmp_path: Path) -> None:
    ask = make_group("a").asks[0]
    respondent = recorded(
        tmp_path, {"ask_id": ask.ask_id, "text": "No"}, {"clip_id": "a", "after_media": QUESTION, "text": "Yes"}
    )
    assert respondent.answer(make_group("a"))[0].text == "No"


def test_system_and_text_before_the_media_must_agree(tmp_path: Path) -> None:
    line = {"clip_id": "a", "after_media": QUESTION, "before_media": "Look:", "system": "You are old.", "text": "Yes"}
    respondent = recorded(tmp_path, line)
    ask = make_ask(QUESTION, before="Look:")
    assert respondent.answer(Group((view("a"),), "You are old.", (ask,)))[0].text == "Yes"
    assert respondent.answer(Group((view("a"),), "You are young.", (ask,)))[0].error == NO_ANSWER
    assert respondent.answer(Group((view("a"),), "You are old.", (make_ask(QUESTION),)))[0].error == NO_ANSWER


def test_repeats_are_drawn_by_ask(tmp_path: Path) -> None:
    respondent = recorded(
        tmp_path, *({"clip_id": "a", "after_media": QUESTION, "text": text} for text in ("Yes", "No", "Maybe"))
    )
    asks = tuple(make_ask(QUESTION, salt=str(number)) for number in range(60))
    texts = [reply.text for reply in respondent.answer(Group((view("a"),), "", asks))]
    assert set(texts) == {"Yes", "No", "Maybe"}
    assert texts[::-1] == [reply.text for reply in respondent.answer(Group((view("a"),), "", asks[::-1]))]


def test_a_recorded_error_stays_one_and_foreign_probabilities_are_told(tmp_path: Path) -> None:
    respondent = recorded(
        tmp_path,
        {"clip_id": "a", "after_media": QUESTION, "text": "half an ans", "error": "timed out"},
        {"clip_id": "b", "after_media": QUESTION, "text": "Yes", "probabilities": [0.2, 0.3, 0.5]},
    )
    (failed,) = respondent.answer(make_group("a"))
    assert (failed.error, failed.text) == ("timed out", "")
    assert "3 probabilities" in str(respondent.answer(make_group("b"))[0].error)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{not json", "not a JSON object"),
        ("[1, 2]", "dictionary"),
        ('{"text": "Yes"}', "needs ask_id"),
        ('{"clip_id": "a", "text": "Yes"}', "after_media"),
        ('{"ask_id": "x", "text": 4}', "text: "),
        ('{"ask_id": "x", "probabilities": [1.4, 0]}', "probabilities.0: "),
        ("\\u0000\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "not a JSON object"),
    ],
)
def test_a_bad_line_is_named_with_file_and_number(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        recorded(tmp_path, {"ask_id": "fine", "text": "Yes"}, "", line)
    assert "answers.jsonl:3: " in str(caught.value) and words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.jsonl cannot be read: No such file"):
        RecordedRespondent(tmp_path / "nowhere.jsonl")


def test_what_is_written_answers_the_same_questions_again(tmp_path: Path) -> None:
    groups = [make_group("a", 3), make_group("b", 2, system="You are old.", condition="old")]
    three = ChoiceSpec(("a", "b", "c"), (1.0, 0.5, 0.0))
    groups.append(Group((view("a"), view("b")), "", (make_ask("Which?\nSay so.", three),)))
    answered = [
        (group, [Reply(ask.ask_id, f"answer {n}", "stop", (0.5,) * 3 if n > 4 else None) for n, ask in asks])
        for group, asks in ((g, list(enumerate(g.asks, start=5 * (len(g.media) - 1)))) for g in groups)
    ]
    answered[0][1][1] = Reply(groups[0].asks[1].ask_id, error="HTTP 500")
    path = tmp_path / "run.jsonl"
    assert write_recording(path, answered) == 6
    respondent = RecordedRespondent(path)
    for group, replies in answered:
        assert respondent.answer(group) == replies
    renamed = Group(groups[0].media, "", tuple(make_ask(a.after_media, salt="x") for a in groups[0].asks))
    assert [reply.text for reply in respondent.answer(renamed)] == ["answer 0", "", "answer 2"]


def test_an_unfinished_recording_leaves_nothing(tmp_path: Path) -> None:
    group = make_group("a", 2)
    with pytest.raises(ValueError, match="is not the answer"):
        write_recording(tmp_path / "run.jsonl", [(group, [Reply("x"), Reply("y")])])
    assert list(tmp_path.iterdir()) == []


def test_the_fingerprint_is_that_of_the_bytes(tmp_path: Path) -> None:
    one = recorded(tmp_path, {"ask_id": "x", "text": "Yes"}).fingerprint
    assert recorded(tmp_path, {"ask_id": "x", "text": "Yes"}).fingerprint == one
    assert recorded(tmp_path, {"ask_id": "x", "text": "No"}).fingerprint != one
