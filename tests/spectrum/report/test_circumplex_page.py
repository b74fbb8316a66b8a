from pathlib import Path

import pytest

from spectrum.report.blocks import Page
from spectrum.report.pages import page_of
from tests.support.result_folders import circled


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(circled(tmp_path_factory.mktemp("circled")))


def test_a_planted_circle_is_found_where_theory_has_it(page: Page) -> None:
    assert "is found" in page.headline[0] and page.problems == ()
    for name in ("map", "angles"):
        rows = next(one for one in page.figures() if one.name == name).numbers
        assert [row["theory_degrees"] for row in rows] == [36.0 * place for place in range(10)]
        assert all(abs(row["off_by_degrees"]) < 25 for row in rows)


def test_indices_are_told_with_what_they_mean(page: Page) -> None:
    rows = {row[0]: row for row in page.tables()[0].rows}
    assert float(rows["Correspondence index"][1]) > 0.9 and rows["p of the order"][1] == "<.0001"
    assert "Browne: RMSEA" in rows


def test_correlations_fall_with_the_distance(page: Page) -> None:
    rows = next(one for one in page.figures() if one.name == "distance").numbers
    assert len(rows) == 45
    near, far = ([row["r"] for row in rows if row["steps"] == steps] for steps in (1, 5))
    assert min(near) > max(far)


def test_without_levels_the_refused_model_says_why(tmp_path: Path) -> None:
    page = page_of(circled(tmp_path, level=False))
    assert [one.name for one in page.figures()][:1] == ["map"] and not any(f.name == "angles" for f in page.figures())
    assert "was not fitted, because" in str(page.sections[0].blocks)


def test_profiles_that_are_not_drawn_are_counted(tmp_path: Path) -> None:
    page = page_of(circled(tmp_path, profiles=75))
    drawn = next(one for one in page.figures() if one.name == "profiles")
    assert len(drawn.numbers) == 600 and "15 further profiles are not drawn" in drawn.caption
