"""`spectrum power` as a shell sees it."""

import json

import pytest

from tests.support.commands import Shell


def test_a_design_is_told_with_what_it_detects_and_takes(shell: Shell) -> None:
    told = shell.ok(
        "power", "--clips", "20,10", "--effect", 0.3, "--runs", 20, "--quiet", "--asks-per-second", 2,
        "--price-per-mtok", 0.5,
    )  # fmt: skip
    lines = [line.split() for line in told.splitlines()]
    assert ["10", "200", "3,200", "2.2M", "0.4", "1.12"] in lines
    assert told.count("80% takes about ") == 2
    assert "Monte Carlo standard error" in told.replace("\n", " ")


def test_json_holds_every_figure(shell: Shell) -> None:
    told = json.loads(
        shell.ok("power", "--clips", "10", "--effect", 0.3, "--runs", 20, "--paired", "--json", "--quiet")
    )
    assert told["kind"] == "power"
    (row,) = told["rows"]
    assert row["clips"] == 10 and row["profile"] is None
    assert 0 < row["paired"]["half_width"] < 0.3
    assert row["cost"] == {"clips": 200, "asks": 3200, "tokens": 2240000.0, "hours": None, "money": None}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--effect", 0), "give --effect between"),
        (("--effect", 0.9), "leaves no clips"),
        (("--per-clip", 20), "cannot be drawn from 12"),
        (("--clips", "2"), "give more --clips"),
    ],
)
def test_a_design_that_cannot_be_is_one_line(shell: Shell, arguments: tuple[object, ...], said: str) -> None:
    assert said in shell.fails("power", *arguments, "--runs", 20, "--quiet")


def test_a_list_of_clips_that_is_none_is_refused(shell: Shell) -> None:
    ran = shell("power", "--clips", "50;100")
    assert ran.status == 2 and "50,100,200" in ran.err


def test_an_effect_in_points_is_told_as_a_share(shell: Shell) -> None:
    ran = shell("power", "--effect", 5)
    assert ran.status == 2
    assert "5 is not a share between -1 and 1; for 5 points give 0.05" in ran.err
