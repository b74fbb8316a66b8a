import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from spectrum.bench.tally import tally
from spectrum.errors import RunFolderError
from spectrum.report.blocks import Page
from spectrum.report.terminal import show, show_headline
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import StoredAnswer
from spectrum.values import SCHWARTZ
from tests.support.run_folders import Likes, SimulatedAsk, SimulatedRun, always_yes, simulated_clips
from video_index.keyed import uniform


def shown(folder: Path, width: int = 80, full: bool = False, **settings: object) -> str:
    file = io.StringIO()
    show(folder, Console(file=file, width=width, **settings), full=full)  # type: ignore[arg-type]
    return file.getvalue()


def fits(text: str) -> bool:
    return max(len(line.rstrip()) for line in text.splitlines()) <= 80 and "\x1b" not in text and text.isascii()


def test_the_first_screen_has_what_it_may_have_and_nothing_else(finished: RunFolder) -> None:
    text = shown(finished.root)
    assert fits(text)
    flat = " ".join(text.split())
    summary = json.loads(finished.summary.read_text())
    assert summary["headline"] in flat
    assert summary["personas"][0]["sentence"] in flat
    assert summary["estimates"][0]["groups_sentence"] in flat
    for part in (
        "Level, neutral: accepted",
        "asks got no choice (",
        "): had those been no, or yes",
        "adventurer: ",
        "if all chose: worst and best case of the change",
        "shared items lack a choice",
        "The change is over the",
        "ADVENTURER beside neutral",
    ):
        assert part in flat, part
    for light in ("Picture matters", "Labels", "Polarity", "Written answers"):
        assert flat.split("Lights, neutral")[1].count(f"{light}: ") == 1
    for part in ("paper", "Null ladder", "Logit", "Outcomes", "Reliability", "wording ", "Lights, adventurer"):
        assert part not in flat, part
    assert flat.endswith("--full")


def test_all_else_stands_behind_full(finished: RunFolder) -> None:
    text = shown(finished.root, full=True)
    assert fits(text)
    flat = " ".join(text.split())
    for part in (
        "Null ladder, neutral", "labels shuffled", "always yes", "What the question did, neutral",
        "Value sets minus their matched controls", "Option probabilities, neutral", "Reliability, neutral",
        "Logit scale, neutral", "Level, adventurer: accepted", "Outcomes, neutral", "refused", "sample SD",
        "Lights, adventurer",
    ):  # fmt: skip
        assert part in flat, part
    assert shown(finished.root).splitlines()[:-1][:10] == text.splitlines()[:10]


def test_bounds_are_a_column_only_where_refusals_can_move_a_value(tmp_path: Path) -> None:
    likes = Likes({"neutral": tuple(3.0 if place == 2 else 0.0 for place in range(10))})

    def shy(ask: SimulatedAsk) -> StoredAnswer:
        refuses = ask.clip.value == 4 and uniform("shy", ask.ask_id) < 0.3
        return StoredAnswer(ask.ask_id, "refused", text="I'd rather not.") if refuses else likes(ask)

    for name, answering, bounded in (("open", likes, False), ("shy", shy, True)):
        run = SimulatedRun(simulated_clips(26), wordings=8).write(tmp_path / name, answering)
        tally(run.root)
        text = shown(run.root)
        assert ("if all chose" in text) == bounded
        assert ("All 3,120 asks got a choice." in " ".join(text.split())) == (not bounded)
        assert fits(text)


def test_ten_values_with_bars_intervals_and_letters(finished: RunFolder) -> None:
    lines = shown(finished.root).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("By value, neutral"))
    table = lines[start + 2 : start + 12]
    assert [line[:16].strip() for line in table] == list(SCHWARTZ.names)
    for line in table:
        assert line.count("o", 16, 40) == 1
        assert "[" in line
    hedonism = next(line for line in table if line.startswith("Hedonism"))
    power = next(line for line in table if line.startswith("Power"))
    assert hedonism.index("o", 16) > power.index("o", 16)
    assert " +" in hedonism and " -" in power


def test_persona_stands_beside_neutral(finished: RunFolder) -> None:
    lines = shown(finished.root).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("ADVENTURER beside neutral"))
    stimulation = next(line for line in lines[start:] if line.startswith("Stimulation"))
    assert stimulation.count("[") == 3
    assert "<.001" in stimulation
    assert any(line.startswith("general level") for line in lines[start:])


def test_colour_is_added_where_there_is_a_colour_terminal(finished: RunFolder) -> None:
    plain = shown(finished.root)
    coloured = shown(finished.root, force_terminal=True, color_system="standard", no_color=False)
    assert "\x1b[" in coloured
    assert "caution" in plain


def test_narrow_consoles_cut_table_lines_and_never_fail(finished: RunFolder) -> None:
    text = shown(finished.root, width=40)
    assert max(len(line) for line in text.splitlines()) <= 40


def test_half_finished_run_says_so_before_any_number(half: RunFolder) -> None:
    flat = " ".join(shown(half.root).split())
    assert "asks are not put yet" in flat
    assert "No profile yet: 600 of 1,200 asks are answered." in flat
    assert "they will change and are no result" in flat


def test_without_a_profile_the_reason_and_the_papers_numbers_are_shown(tmp_path: Path) -> None:
    run = SimulatedRun(simulated_clips(6)).write(tmp_path, always_yes)
    tally(run.root)
    text = " ".join(shown(run.root, full=True).split())
    assert "No profile can be reported, because it gave the same answer whatever the clip." in text
    assert "tied" not in text
    assert "sample SD 0.00" in text


def test_names_that_look_like_markup_are_shown_as_they_are(tmp_path: Path) -> None:
    run = SimulatedRun(simulated_clips(3), respondent="[bold red]evil[/] [link=x]").write(tmp_path, always_yes)
    tally(run.root)
    assert "[bold red]evil[/] [link=x]" in shown(run.root)


def test_an_empty_or_absent_folder_is_said_in_a_line(tmp_path: Path) -> None:
    text = shown(tmp_path)
    assert "Nothing can be shown of this run yet." in text
    with pytest.raises(RunFolderError, match="is not a folder"):
        show(tmp_path / "nowhere", Console(file=io.StringIO()))


def test_names_do_nothing_to_the_terminal(tmp_path: Path) -> None:
    run = SimulatedRun(simulated_clips(3), respondent="a\x1b]0;title\x07b\x1b[31m\x9bc").write(tmp_path, always_yes)
    tally(run.root)
    text = shown(run.root, full=True)
    assert "a ]0;title b [31m c" in text
    assert not any(sign in text for sign in "\x1b\x07\x9b")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_old_code_pages_get_question_marks_and_no_traceback(tmp_path: Path, encoding: str) -> None:
    run = SimulatedRun(simulated_clips(3), respondent="\u6a21\u578b \U0001f600").write(tmp_path, always_yes)
    tally(run.root)
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    for width in (80, 40):
        show(run.root, Console(file=file, width=width), full=True)
    file.flush()
    assert ("\u6a21\u578b" in raw.getvalue().decode(encoding)) == (encoding == "utf-8")


def test_no_color_takes_colours_away_and_leaves_the_words(finished: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(finished.root, force_terminal=True, color_system="truecolor")
    assert not re.search(r"\x1b\[[0-9;]*(3[0-9]|4[0-9]|9[0-7])[;m]", text)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "caution" in plain and plain.splitlines() == shown(finished.root).splitlines()


def test_the_headline_of_any_kind_is_wrapped_and_its_gaps_are_said_first() -> None:
    page = Page(
        "compare", "t", "", ("It says a lot. " * 12, "And more \x1b[2J."), ("tables/x.parquet is missing.",), ()
    )
    file = io.StringIO()
    show_headline(page, Console(file=file, width=80))
    lines = file.getvalue().splitlines()
    assert lines[0] == "tables/x.parquet is missing." and lines[-1] == "And more  [2J."
    assert max(map(len, lines)) <= 80
