from pathlib import Path

import numpy as np
import pytest

from spectrum.report.blocks import ClipPairs, Fold, Page
from spectrum.report.html import write_report
from spectrum.report.pages import page_of
from spectrum.report.read_pairs import read_pairs
from spectrum.values import SCHWARTZ
from tests.support.browser import Chromium
from tests.support.result_folders import paired


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return paired(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return page_of(folder)


def test_the_planted_value_wins_on_both_scales(page: Page) -> None:
    for name in ("choices", "choices-logit"):
        drawn = next(one for one in page.figures() if one.name == name)
        neutral = [row for row in drawn.numbers if row["series"] == "neutral"]
        assert max(neutral, key=lambda row: row["estimate"])["label"] == "Hedonism"
    assert page.problems == ()


def test_wins_are_counted_on_both_sides_and_a_clip_of_both_values_on_neither(folder: Path) -> None:
    run = read_pairs(folder)
    assert run.comparisons is not None
    wins = run.comparisons.wins(SCHWARTZ.codes, "neutral")
    chosen = (run.comparisons.condition == "neutral") & ~np.isnan(run.comparisons.chose_first)
    across = [
        row
        for row in np.flatnonzero(chosen)
        if set(run.comparisons.clips[run.comparisons.first[row]]["value_sets"])
        != set(run.comparisons.clips[run.comparisons.second[row]]["value_sets"])
    ]
    assert wins.sum() == len(across) and np.diag(wins).sum() == 0
    hedonism = SCHWARTZ.index("Hedonism")
    assert wins[hedonism].sum() > 2 * wins[:, hedonism].sum()


def test_pairs_behind_a_value_name_its_clips_as_chosen(page: Page) -> None:
    clips = next(section for section in page.sections if section.name == "clips")
    fold = next(block for block in clips.blocks if isinstance(block, Fold) and block.title.startswith("Hedonism"))
    shelves = [block for block in fold.blocks if isinstance(block, ClipPairs)]
    for pair in shelves[0].pairs:
        winner = pair.left if pair.left.won else pair.right
        assert "Hedonism" in winner.facts[0] and winner.facts[1] == "chosen 2 of 2"
        assert {answer.condition for answer in pair.answers} == {"neutral", "bold"}
        assert "shown first:" in pair.answers[0].question


def test_a_pair_opens_to_what_was_asked_and_said(chromium: Chromium, folder: Path) -> None:
    tab = chromium.open(write_report(folder)).tab
    tab.get_by_role("link", name="The pairs behind it").click()
    tab.locator("#clips > details > details > summary", has_text="Hedonism").click()
    pair = tab.locator(".pairs li", has=tab.locator(":visible")).first
    table = pair.get_by_role("table")
    assert not table.is_visible()
    pair.locator("summary").click()
    assert table.is_visible() and "shown first" in table.inner_text()
