"""What holds for the pages of comparisons, calibrations, pairs and circumplexes: in a real browser, and damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from spectrum.report.html import write_report
from spectrum.report.page import page_html
from spectrum.report.pages import page_of
from tests.support.browser import DESKTOP, PHONE, Chromium
from tests.support.result_folders import (
    calibrated,
    circled,
    compared,
    damaged_copies,
    followed,
    paired,
    poisoned,
    published,
)

KINDS: dict[str, Callable[[Path], Path]] = {
    "compare": compared,
    "followed": followed,
    "published": published,
    "calibration": calibrated,
    "pairs": paired,
    "circumplex": circled,
}
NAMES = {
    "compare": ("planted:hedonist1", "w1"),
    "followed": ("planted:run01",),
    "published": ("GPT-4o",),
    "calibration": ("SD 0.10", "likes", "slope"),
    "pairs": ("planted:", "neutral", "Which"),
    "circumplex": ("run: persona 7", "Browne"),
}
"""Texts of a folder that a model, a user or a hostile folder could have written."""


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return request.param, KINDS[request.param](tmp_path_factory.mktemp(request.param))


@pytest.mark.slow
def test_page_is_silent_fits_the_screen_and_has_no_serious_fault(chromium: Chromium, folder: tuple[str, Path]) -> None:
    report = write_report(folder[1])
    for size, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        opened = chromium.open(report, size, scheme)
        opened.unfold()
        assert opened.errors == [] and opened.requests == []
        assert opened.overflow() <= 0
        assert opened.serious_faults() == []


def test_hostile_names_are_shown_and_do_nothing(chromium: Chromium, folder: tuple[str, Path], tmp_path: Path) -> None:
    kind, place = folder
    report = write_report(poisoned(place, tmp_path, *NAMES[kind]))
    opened = chromium.open(report, PHONE)
    opened.unfold()
    assert opened.errors == [] and opened.requests == []
    assert opened.tab.title() != "taken"
    assert opened.tab.locator("main img[onerror]").count() == 0
    assert opened.overflow() <= 0
    assert report.stat().st_size < 10_000_000


def test_a_damaged_folder_still_has_a_page_that_says_what_is_missing(folder: tuple[str, Path], tmp_path: Path) -> None:
    for copy, name in damaged_copies(folder[1], tmp_path):
        page = page_of(copy)
        assert page.headline and page_html(page)
        if page.kind == KIND_OF.get(folder[0], folder[0]):  # without its summary a folder may be of any kind
            assert any(Path(name).name in problem or "Answers" in problem for problem in page.problems), name


KIND_OF = {"followed": "compare", "published": "compare"}


def test_an_empty_folder_of_its_kind_has_a_page(folder: tuple[str, Path], tmp_path: Path) -> None:
    kind = KIND_OF.get(folder[0], folder[0])
    (tmp_path / "summary.json").write_text(f'{{"kind": "{kind}"}}', encoding="utf-8")
    page = page_of(tmp_path)
    assert page.kind == kind and page.problems and page_html(page)
