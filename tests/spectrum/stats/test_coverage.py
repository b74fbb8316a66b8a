"""Do intervals hold what they promise? A smoke in every run, a bootstrap as oracle; larger cells under `slow`."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.coverage import DEFAULT, run_cell
from spectrum.calibration.worlds import Spread
from spectrum.stats.clustered import Keys
from spectrum.stats.design import profile_design
from spectrum.stats.profile import estimate_profile
from tests.support.simulated import Planted


def test_intervals_cover_and_an_indifferent_respondent_is_left_alone_smoke() -> None:
    line = run_cell(replace(DEFAULT, clips_a_value=20, wordings=10), runs=48, seed=3)
    assert 0.92 <= line.theta <= 0.995
    assert 0.8 <= line.rmse_to_se <= 1.25
    assert line.holm <= 0.12
    assert line.separated <= 0.12


def bootstrap(planted: Planted, seed: int, draws: int) -> tuple[np.ndarray, ...]:
    """Standard errors by resampling clips, wordings and both (Owen 2007, Ann. Appl. Stat. 1: the pigeonhole)."""
    rng = np.random.default_rng(seed)
    observations, _ = planted.draw(rng)
    design = profile_design(observations)
    keys = Keys(observations.clip, observations.wording)
    clips, wordings = keys.clip.max() + 1, keys.wording.max() + 1
    found: dict[str, list[np.ndarray]] = {"clips": [], "wordings": [], "both": []}
    for _ in range(draws):
        clip = rng.multinomial(clips, np.full(clips, 1 / clips))[keys.clip]
        wording = rng.multinomial(wordings, np.full(wordings, 1 / wordings))[keys.wording]
        for name, times in (("clips", clip), ("wordings", wording), ("both", clip * wording)):
            weighed = design.matrix * times[:, None]
            coefficients = np.linalg.pinv(weighed.T @ design.matrix) @ (weighed.T @ observations.response)
            found[name].append(design.wanted @ coefficients)
    clustered = estimate_profile(observations).clustered
    assert clustered.wording_part is not None
    parts = (np.diag(clustered.clip_part), np.diag(clustered.wording_part), clustered.all().se ** 2)
    return (*(np.array(rows).var(axis=0) for rows in found.values()), *parts)


def test_the_analytic_interval_is_what_a_bootstrap_over_clips_and_wordings_gives() -> None:
    """Each part against its own resampling, and the whole against the pigeonhole, which is wider by design."""
    rows = [bootstrap(Planted(clips_a_value=20, wordings=24), seed, draws=60) for seed in range(4)]
    by_clip, by_wording, by_both, clip_part, wording_part, whole = (
        np.array(column).mean() for column in zip(*rows, strict=True)
    )
    assert clip_part == pytest.approx(by_clip, rel=0.12)
    assert wording_part == pytest.approx(by_wording, rel=0.15)
    assert 0.9 < np.sqrt(by_both / whole) < 1.4


def test_contrasts_that_wordings_add_nothing_to_are_not_held_for_wider_than_they_are() -> None:
    """Before what wordings add was pooled over values, these intervals covered 98.2% and were an eighth wider."""
    line = run_cell(replace(DEFAULT, clips_a_value=40, own_value_wording=0.0), runs=160, seed=5, null=False)
    assert 0.935 <= line.theta <= 0.977


@pytest.mark.slow
def test_default_bank_covers_between_94_and_98_and_finds_nothing_where_nothing_is() -> None:
    line = run_cell(DEFAULT, runs=1000, seed=1)
    assert 0.94 <= line.theta <= 0.98
    assert line.rmse_to_se <= 1.25
    assert line.holm <= 67 / 1000


@pytest.mark.slow
def test_values_that_mind_wordings_strongly_keep_their_intervals() -> None:
    line = run_cell(replace(DEFAULT, spread=Spread(value_wording=0.6)), runs=500, seed=1)
    assert line.theta >= 0.94
    assert line.holm <= 37 / 500


@pytest.mark.slow
def test_ignoring_wordings_fails_at_200_clips() -> None:
    """The mutant: were this interval good enough, the two-way covariance would not be needed."""
    assert run_cell(replace(DEFAULT, clips_a_value=200), runs=200, seed=1, null=False).clip_only < 0.90


@pytest.mark.slow
@pytest.mark.parametrize(("wordings", "a_clip"), [(5, 4), (8, 4), (3, 3)])
def test_few_wordings_still_cover(wordings: int, a_clip: int) -> None:
    assert run_cell(replace(DEFAULT, wordings=wordings, a_clip=a_clip), runs=400, seed=1, null=False).theta >= 0.93
