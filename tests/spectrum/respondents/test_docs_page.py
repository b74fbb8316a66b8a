"""docs/respondents.md is run: its code, its specs, its recording."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from spectrum.respondents.base import Group, Respondent
from spectrum.respondents.recorded import RecordedRespondent
from spectrum.respondents.registry import open_respondent, parse_spec, respondent_kinds
from spectrum.views import ClipView
from tests.spectrum.respondents.groups import WOULD, WOULD_NOT, make_ask
from video_index.clips import Frame, ViewSpec

PAGE = (Path(__file__).parents[3] / "docs" / "respondents.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def group(shade: int) -> Group:
    frame = Frame(np.full((8, 8, 3), shade, np.uint8), 0.0)
    asks = (make_ask("Would you keep watching?", WOULD), make_ask("Would you not keep watching?", WOULD_NOT))
    return Group((ClipView("grey", ViewSpec(), lambda: (frame,)),), "", asks)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "brightness.py").write_text(blocks("python")[0], "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "brightness", raising=False)
    return tmp_path


def test_the_page_s_respondent_is_thirty_lines_and_answers(folder: Path) -> None:
    assert len(blocks("python")[0].splitlines()) <= 30
    respondent = open_respondent("py:brightness:Brightness?contrast=6")
    assert isinstance(respondent, Respondent)
    bright, dark = respondent.answer(group(230)), respondent.answer(group(20))
    assert [reply.text for reply in bright] == ["Yes", "No"]
    assert [reply.text for reply in dark] == ["No", "Yes"]
    assert bright[0].probabilities == pytest.approx((0.917, 0.083), abs=0.001)


def test_the_page_s_last_lines_record_and_replay(folder: Path) -> None:
    respondent = open_respondent("py:brightness:Brightness")
    names: dict[str, object] = {"group": group(200), "respondent": respondent}
    exec(compile(blocks("python")[1], "docs/respondents.md", "exec"), names)
    assert names["again"] == respondent.answer(group(200))


def test_the_page_s_recording_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(blocks("json")[0], "utf-8")
    question = "Would you keep watching? Answer yes or no."
    view = ClipView("3f2a", ViewSpec(), tuple)
    (reply,) = RecordedRespondent(path).answer(Group((view,), "", (make_ask(question),)))
    assert (reply.text, reply.probabilities) == ("Yes", (0.81, 0.17))
    dared = Group((view,), "You love a dare.", (make_ask(question),), "adventurer")
    assert RecordedRespondent(path).answer(dared)[0].text == "yes!"


def test_every_spec_in_the_page_s_table_parses() -> None:
    table = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    specs = [spec for row in table for spec in re.findall(r"`([^`]+:[^`]+)`", row)]
    assert len(specs) >= 10
    assert {parse_spec(spec).kind for spec in specs} >= {"hf", "openai", "anthropic", "planted", "recorded", "py"}
    assert {spec.partition(":")[0] for spec in specs} <= set(respondent_kinds())
