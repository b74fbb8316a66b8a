"""The page of a bench run in a real browser: silent, readable on a phone, reachable by keyboard and screen reader."""

from dataclasses import replace
from pathlib import Path

import pytest

from spectrum.bench.tally import tally
from spectrum.report.blocks import Column, Page, Section, Table
from spectrum.report.html import write_report
from spectrum.report.page import page_html
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import StoredAnswer
from tests.spectrum.report.conftest import ADVENTURER, HEDONIST
from tests.support.browser import DESKTOP, PHONE, Chromium
from tests.support.run_folders import Likes, SimulatedAsk, SimulatedRun, simulated_clips

HOSTILE = (
    "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    "{{7*7}} ‮right to left‬ مرحبا 🎬 " + "long " * 20_000
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run with few clips: what axe-core reads, it reads element by element."""
    likes = Likes({"neutral": HEDONIST, "adventurer": ADVENTURER})
    plan = SimulatedRun(simulated_clips(4, controls=2), ("neutral", "adventurer"), wordings=8)
    run = plan.write(tmp_path_factory.mktemp("small"), likes)
    tally(run.root)
    return write_report(run.root)


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desktop"])
def test_page_is_silent_fits_the_screen_and_has_no_serious_fault(
    chromium: Chromium, small: Path, size: tuple[int, int], scheme: str
) -> None:
    opened = chromium.open(small, size, scheme)
    opened.unfold()
    assert opened.errors == []
    assert opened.requests == []
    assert opened.overflow() <= 0
    assert opened.serious_faults() == []


def test_one_comes_from_a_value_to_a_clips_answers(chromium: Chromium, finished: RunFolder) -> None:
    tab = chromium.open(write_report(finished.root)).tab
    tab.get_by_role("link", name="The clips").click()
    tab.get_by_text("Hedonism (26)", exact=True).click()
    shelf = tab.locator("#clips > details > details", has=tab.get_by_text("Hedonism (26)", exact=True))
    answers = shelf.locator(".clips li").nth(3)
    assert not answers.get_by_role("table").is_visible()
    answers.locator("summary").click()
    assert answers.get_by_role("table").is_visible()
    assert "Would you" in answers.inner_text() or "Do you" in answers.inner_text()


def test_theme_is_switched_for_page_and_charts(chromium: Chromium, small: Path) -> None:
    opened = chromium.open(small)
    tab = opened.tab
    colours = (
        "() => [getComputedStyle(document.body).backgroundColor, "
        "document.querySelector('.chart svg text').getAttribute('fill')]"
    )
    before = tab.evaluate(colours)
    tab.get_by_role("button", name="Dark").click()
    tab.wait_for_function(f"(was) => JSON.stringify(({colours})()) !== JSON.stringify(was)", arg=before)
    opened.settle()
    after = tab.evaluate(colours)
    assert before[0] != after[0] and before[1] != after[1]
    assert tab.get_by_role("button", name="Light").is_visible()


def test_rows_are_filtered_by_what_they_say(chromium: Chromium, tmp_path: Path) -> None:
    rows = tuple((f"keyword {number}", "Power" if number % 3 == 0 else "Security") for number in range(30))
    table = Table((Column("Keyword", "left"), Column("Value", "left")), rows, "Keywords", filtered=True)
    path = tmp_path / "page.html"
    section = Section("keywords", "Keywords", (table,))
    path.write_text(page_html(Page("bench", "a page", "", ("headline",), (), (section,))), encoding="utf-8")
    opened = chromium.open(path)
    shown = opened.tab.locator("tbody tr:visible")
    field = opened.tab.get_by_role("searchbox", name="Filter")
    assert shown.count() == 30
    field.fill("POWER 2")
    assert shown.all_inner_texts() == [
        "keyword 12\tPower",
        "keyword 21\tPower",
        "keyword 24\tPower",
        "keyword 27\tPower",
    ]
    assert opened.tab.locator("output").inner_text() == "4 of 30"
    field.fill("")
    assert shown.count() == 30
    assert opened.errors == []


def test_hostile_texts_are_shown_and_do_nothing(chromium: Chromium, tmp_path: Path) -> None:
    clips = tuple(replace(clip, title=HOSTILE) for clip in simulated_clips(3))

    def answer(ask: SimulatedAsk) -> StoredAnswer:
        return StoredAnswer(ask.ask_id, "unparsed", text=HOSTILE)

    run = SimulatedRun(clips, ("neutral", HOSTILE[:200]), respondent=HOSTILE[:200]).write(tmp_path, answer)
    tally(run.root)
    opened = chromium.open(write_report(run.root))
    opened.unfold()
    assert opened.errors == [] and opened.requests == []
    assert "taken" not in opened.tab.title() or opened.tab.title().startswith("</script>")
    assert opened.tab.locator("script").count() == opened.tab.locator("main ~ script, main script").count()
    assert opened.overflow() <= 0
    assert run.report.stat().st_size < 10_000_000
