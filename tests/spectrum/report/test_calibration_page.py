from pathlib import Path

import pytest

from spectrum.calibration.calibrate import calibrate, write_calibration
from spectrum.calibration.gate import Effort, Figure, GateResult, Tell
from spectrum.report.blocks import Lights, Page
from spectrum.report.page import page_html
from spectrum.report.pages import page_of
from tests.support.result_folders import calibrated


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(calibrated(tmp_path_factory.mktemp("calibrated")))


class Coin:
    """A gate of somebody else's."""

    name, about = "coin", "a coin falls on either side"

    def __init__(self, *shares: float) -> None:
        self.shares = shares

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        return GateResult(
            tuple(
                Figure(self.name, f"coin {number}", "share of heads", share, 0.45, 0.55, 4000, 0.01)
                for number, share in enumerate(self.shares)
            )
        )


def of_coins(place: Path, *shares: float) -> Page:
    write_calibration(place, calibrate([Coin(*shares)], Effort(), lambda cell: None))
    return page_of(place)


def lights(page: Page) -> Lights:
    return next(block for block in page.sections[0].blocks if isinstance(block, Lights))


def test_each_gate_has_a_light_a_meaning_and_its_figures(page: Page) -> None:
    assert lights(page).lights[0].name == "Recovery"
    assert {section.name for section in page.sections} >= {"gate-recovery", "gate-mutants", "gate-coverage"}
    assert "A slope of 1 means" in page_html(page)


def test_slopes_are_drawn_with_their_limits_by_scale(page: Page) -> None:
    slopes = next(one for one in page.figures() if one.title.startswith("Slope") and one.name.startswith("recovery"))
    assert {row["series"] for row in slopes.numbers} == {"probability scale", "logit scale"}
    assert all(row["low"] < 0.9 < 1.1 < row["high"] for row in slopes.numbers)  # ten runs widen them


def test_false_positives_are_shares_of_runs_with_what_is_allowed(page: Page) -> None:
    found = next(one for one in page.figures() if one.name == "found-false-positives")
    assert all(
        row["value"] in [10.0 * count for count in range(11)] and row["high"] is not None for row in found.numbers
    )


def test_a_broken_instrument_that_is_caught_is_told_so(page: Page) -> None:
    rows = [row for table in page.tables() for row in table.rows if row[-1] in ("caught", "NOT CAUGHT")]
    assert len(rows) >= 10 and {row[-1] for row in rows} == {"caught"}
    drawn = next(one for one in page.figures() if one.name == "mutants-0")
    assert "must lie outside the band" in drawn.caption


def test_a_missed_limit_is_red_in_words_and_beside_its_mark(tmp_path: Path) -> None:
    page = of_coins(tmp_path, 0.5, 0.7)
    assert lights(page).lights[0].state == "red" and "coin 1: share of heads 0.7" in lights(page).lights[0].text
    drawn = page.figures()[0]
    assert [row["state"] for row in drawn.numbers] == ["keeps", "misses"]
    assert "These miss: coin 1" in drawn.alt
    assert ("coin 1", "share of heads", "0.7", "0.45 to 0.55", "4,000", "0.01", "MISSES IT") in page.tables()[0].rows


def test_a_gate_nobody_foresaw_is_shown_with_its_own_words(tmp_path: Path) -> None:
    page = of_coins(tmp_path, 0.5)
    assert "a coin falls on either side" in page_html(page) and page.problems == ()
    assert [one.name for one in page.figures()] == ["planted-clips"]  # one number is no dot plot; the table has it


def test_a_figure_that_came_out_as_no_number_is_listed_as_missed(tmp_path: Path) -> None:
    page = of_coins(tmp_path, 0.5, 0.5, float("nan"))
    assert [row[2] for row in page.tables()[0].rows] == ["0.5", "0.5", "none"]
    assert page.tables()[0].rows[2][-1] == "MISSES IT" and lights(page).lights[0].state == "red"
    assert len(page.figures()[0].numbers) == 2
