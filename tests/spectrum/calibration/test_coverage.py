"""What a short simulation of coverage may and may not say."""

from spectrum.calibration.coverage import CELLS, cover
from spectrum.calibration.gate import Effort


def test_limits_of_a_short_run_stay_wide_where_every_interval_happens_to_hold() -> None:
    cell = next(cell for cell in CELLS if cell.fast and cell.low is not None)
    for seed in range(3):
        for figure in cover(cell, Effort(fast=True, runs=4, seed=seed), lambda text: None).figures:
            assert cell.low is not None and figure.low is not None
            assert figure.low <= cell.low - 2.5 * (0.95 * 0.05 / (figure.runs * 10)) ** 0.5
