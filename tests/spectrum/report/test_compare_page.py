from pathlib import Path

import pytest

from spectrum.report.blocks import Figure, Page, Table
from spectrum.report.pages import page_of
from tests.support.result_folders import compared, followed, published


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(compared(tmp_path_factory.mktemp("three")))


def figure(page: Page, name: str) -> Figure:
    return next(one for one in page.figures() if one.name == name)


def table(page: Page, caption: str) -> Table:
    return next(one for one in page.tables() if caption in one.caption)


def test_the_planted_difference_is_real_and_what_is_equal_is_not(three: Page) -> None:
    real = {(row["label"], row["series"]) for row in figure(three, "differences").numbers if row["mark"] == "*"}
    assert ("Hedonism", "planted:hedonist1") in real and ("Power", "planted:hedonist1") in real
    assert not any(series == "planted:plain2" for _, series in real)
    hedonism = next(
        row for row in figure(three, "differences").numbers if row["mark"] == "*" and row["label"] == "Hedonism"
    )
    assert hedonism["low"] > 20 and hedonism["low"] < hedonism["estimate"] < hedonism["high"]


def test_how_many_identical_items_is_said(three: Page) -> None:
    assert "4,800 identical items answered by all" in three.facts
    assert "4,800 identical items, 300 clips, 8 wordings" in table(three, "hedonist1").caption


def test_every_value_has_a_verdict_and_the_level_has_none(three: Page) -> None:
    rows = {row[0]: row for row in table(three, "hedonist1").rows}
    assert rows["Hedonism"][-1] == "differs" and rows["Hedonism"][2] == "<.001"
    assert rows["General level"][-1] == "" and len(rows) == 11


def test_who_is_alike_shares_a_letter(three: Page) -> None:
    rows = {row[0]: row[1:] for row in table(three, "share a letter").rows}
    plain, hedonist, other = rows["All values together"]
    assert plain == other != hedonist


def test_many_comparisons_become_a_map_with_marks(tmp_path: Path) -> None:
    page = page_of(compared(tmp_path, contenders=6))
    assert page.title == "6 contenders compared"
    cells = figure(page, "differences").numbers
    assert len(cells) == 5 * 10
    marked = {row["series"] for row in cells if row["mark"] == "*" and row["label"] == "Hedonism"}
    assert marked == {"planted:hedonist1", "planted:hedonist3", "planted:hedonist5"}


def test_a_followed_difference_shows_its_band_and_when_it_was_decided(tmp_path: Path) -> None:
    page = page_of(followed(tmp_path))
    rows = figure(page, "sequence").numbers
    assert len(rows) == 30 and rows[-1]["low"] > 0
    assert "It was decided at round" in str(page.sections[0].blocks[1]) and not page.problems


def test_the_published_table_stands_alone_and_says_what_survives(tmp_path: Path) -> None:
    page = page_of(published(tmp_path))
    assert "survive Holm on binomial noise alone" in page.headline[0] and not page.problems
    assert len(figure(page, "published-map").numbers) == 80
    assert not page.sections[0].folded
