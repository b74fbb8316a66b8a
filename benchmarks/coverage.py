"""Coverage, width and honesty of the profile's intervals, and false positives, beyond the cells of the gates.

    python -m benchmarks.coverage --runs 1000

Each line is one cell: share of 95% intervals that hold the truth (values pooled; the level apart), mean
half-width in points, root mean square error over mean reported standard error, coverage had the wordings been
ignored (it must fail at 200 clips), and the share of runs of an indifferent respondent in which Holm finds a
value, or the tied groups separate two. With fewer than five wordings intervals are conditional on them, and
those two columns say nothing: given its wordings, such a respondent does prefer some values. The gates
themselves are `spectrum calibrate`; this shows what a design costs and gives, small and odd ones too.
"""

import argparse
from dataclasses import dataclass, replace

import numpy as np

from spectrum.calibration import false_positives
from spectrum.calibration.coverage import Cell, Held, clip_only_coverage, rmse_to_se, simulate
from spectrum.calibration.worlds import Spread


@dataclass(frozen=True)
class Line:
    """One row of the table."""

    theta: float
    level: float
    half_width: float
    rmse_to_se: float
    clip_only: float
    holm: float
    separated: float


def run_cell(cell: Cell, runs: int, seed: int, *, null: bool = True) -> Line:
    """Simulate `runs` respondents with a profile, and as many that are indifferent."""
    held = list(simulate(cell, runs, np.random.default_rng(seed)))
    holm = separated = float("nan")
    if null:
        indifferent = false_positives.Cell(
            cell.name, cell.clips_a_value, cell.wordings, cell.yes_bias, cell.spread, a_clip=cell.a_clip
        )
        found = list(false_positives.simulate(indifferent, runs, np.random.default_rng(seed + 1)))
        holm, separated = (float(np.concatenate(column).mean()) for column in zip(*found, strict=True))
    return Line(
        theta=float(
            np.concatenate([(one.found.low <= one.truth) & (one.truth <= one.found.high) for one in held]).mean()
        ),
        level=_level(held),
        half_width=float(np.concatenate([one.found.high - one.found.low for one in held]).mean() / 2),
        rmse_to_se=rmse_to_se(held),
        clip_only=clip_only_coverage(held),
        holm=holm,
        separated=separated,
    )


def _level(held: list[Held]) -> float:
    inside = [
        (one.level.low <= one.level_truth) & (one.level_truth <= one.level.high)
        for one in held
        if one.level is not None and one.level_truth is not None
    ]
    return float(np.concatenate(inside).mean()) if inside else float("nan")


DEFAULT = Cell("default (100 clips x 12 wordings, 4 a clip)")
CELLS = (
    DEFAULT,
    replace(DEFAULT, name="quick: 40 clips a value", clips_a_value=40),
    replace(DEFAULT, name="200 clips a value", clips_a_value=200),
    replace(DEFAULT, name="yes-bias 2.5", yes_bias=2.5),
    replace(DEFAULT, name="no value x wording", spread=Spread(value_wording=0.0)),
    replace(DEFAULT, name="value x wording .6", spread=Spread(value_wording=0.6)),
    replace(DEFAULT, name="24 wordings", wordings=24),
    replace(DEFAULT, name="8 wordings", wordings=8),
    replace(DEFAULT, name="5 wordings", wordings=5),
    replace(DEFAULT, name="3 wordings (conditional)", wordings=3, a_clip=3),
    replace(DEFAULT, name="10 clips a value", clips_a_value=10),
    replace(DEFAULT, name="4 clips a value", clips_a_value=4),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cell", help="only cells whose name contains this")
    arguments = parser.parse_args()
    head = f"{'cell':46}{'theta':>7}{'level':>7}{'+-pts':>7}{'rmse/se':>9}{'clip-only':>11}{'Holm':>7}{'pairs':>7}"
    print(head)
    for cell in CELLS:
        if arguments.cell and arguments.cell not in cell.name:
            continue
        line = run_cell(cell, arguments.runs, arguments.seed)
        print(
            f"{cell.name:46}{line.theta:7.3f}{line.level:7.3f}{100 * line.half_width:7.1f}{line.rmse_to_se:9.2f}"
            f"{line.clip_only:11.3f}{line.holm:7.3f}{line.separated:7.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
