"""Do intervals hold what they promise? A smoke in every run; the gates' own cells under `slow`."""

import pytest

from benchmarks.coverage import run_cell
from tests.support.simulated import Planted


def test_intervals_cover_and_an_indifferent_respondent_is_left_alone_smoke() -> None:
    planted = Planted(clips_a_value=20, wordings=10)
    cell = run_cell(planted, runs=50, seed=3)
    assert 0.92 <= cell.theta <= 0.995
    assert 0.8 <= cell.rmse_to_se <= 1.25
    null = run_cell(planted, runs=50, seed=4, profile_sd=0.0)
    assert null.holm <= 0.12
    assert null.separated <= 0.12


@pytest.mark.slow
def test_default_bank_covers_between_94_and_98_and_finds_nothing_where_nothing_is() -> None:
    cell = run_cell(Planted(), runs=500, seed=1)
    assert 0.94 <= cell.theta <= 0.98
    assert cell.rmse_to_se <= 1.25
    assert run_cell(Planted(), runs=200, seed=2, profile_sd=0.0).holm <= 18 / 200


@pytest.mark.slow
def test_ignoring_wordings_fails_at_200_clips() -> None:
    """The mutant: were this interval good enough, the two-way covariance would not be needed."""
    assert run_cell(Planted(clips_a_value=200), runs=100, seed=1).clip_only < 0.90


@pytest.mark.slow
@pytest.mark.parametrize(("wordings", "a_clip"), [(5, 4), (8, 4), (3, 3)])
def test_few_wordings_still_cover(wordings: int, a_clip: int) -> None:
    planted = Planted(wordings=wordings, wordings_a_clip=a_clip)
    assert run_cell(planted, runs=300, seed=1).theta >= 0.93
