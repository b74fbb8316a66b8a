"""Coverage, width and honesty of the profile's intervals, and false positives, on simulated respondents.

    python -m benchmarks.coverage --runs 1000

Each line is one cell: share of 95% intervals that hold the truth (values pooled; the level apart), mean
half-width in points, root mean square error over mean reported standard error, coverage had the wordings been
ignored (it must fail at 200 clips), and the share of runs of an indifferent respondent in which Holm finds a
value, or the tied groups separate two. With fewer than five wordings intervals are conditional on them, and
those two columns say nothing: given its wordings, such a respondent does prefer some values.
"""

import argparse
from dataclasses import dataclass, replace

import numpy as np

from spectrum.stats.clustered import FEWEST_WORDINGS
from spectrum.stats.observations import FloatArray
from spectrum.stats.profile import estimate_level, estimate_profile
from spectrum.stats.tied_groups import tied_groups
from tests.support.simulated import Planted

PLANTED_SD = 0.4
"""Logit SD of the planted profiles: about .08 on the probability scale."""


@dataclass(frozen=True)
class Cell:
    """One row of the table."""

    theta: float
    level: float
    half_width: float
    rmse_to_se: float
    clip_only: float
    holm: float
    separated: float


def run_cell(planted: Planted, runs: int, seed: int, profile_sd: float = PLANTED_SD) -> Cell:
    """Simulate `runs` respondents; a profile SD of zero makes them indifferent."""
    rng = np.random.default_rng(seed)
    inside, level_inside, clip_inside, widths, errors, ses = [], [], [], [], [], []
    holm = separated = 0
    for _ in range(runs):
        theta = rng.normal(0, profile_sd, planted.theta.size) if profile_sd else np.zeros(planted.theta.size)
        respondent = replace(planted, theta=theta)
        observations, effects = respondent.draw(rng)
        conditional = planted.wordings < FEWEST_WORDINGS
        truth, level = respondent.truth(effects if conditional else None)
        profile, overall = estimate_profile(observations), estimate_level(observations)
        found = profile.theta
        inside.append((found.low <= truth) & (truth <= found.high))
        level_inside.append(overall.level.low[0] <= level <= overall.level.high[0])
        clip_se = np.sqrt(np.diag(profile.clustered.clip_part))
        clip_inside.append(np.abs(found.estimate - truth) <= 1.96 * clip_se)
        widths.append((found.high - found.low) / 2)
        errors.append(found.estimate - truth)
        ses.append(found.se)
        holm += bool((found.p_holm < 0.05).any())
        separated += bool(tied_groups(profile.clustered).separated.any())
    return Cell(
        theta=float(np.mean(inside)),
        level=float(np.mean(level_inside)),
        half_width=float(np.mean(widths)),
        rmse_to_se=_rms(np.array(errors)) / float(np.mean(ses)),
        clip_only=float(np.mean(clip_inside)),
        holm=holm / runs,
        separated=separated / runs,
    )


def _rms(errors: FloatArray) -> float:
    return float(np.sqrt(np.mean(errors**2)))


CELLS: dict[str, Planted] = {
    "default (100 clips x 12 wordings, 4 a clip)": Planted(),
    "quick: 40 clips a value": Planted(clips_a_value=40),
    "200 clips a value": Planted(clips_a_value=200),
    "yes-bias 2.5": Planted(yes_bias=2.5),
    "level 2.5": Planted(level=2.5),
    "no value x wording": Planted(value_wording_sd=0.0),
    "24 wordings": Planted(wordings=24),
    "8 wordings": Planted(wordings=8),
    "5 wordings": Planted(wordings=5),
    "3 wordings (conditional)": Planted(wordings=3, wordings_a_clip=3),
    "10 clips a value": Planted(clips_a_value=10),
    "4 clips a value": Planted(clips_a_value=4),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cell", help="only cells whose name contains this")
    arguments = parser.parse_args()
    head = f"{'cell':46}{'theta':>7}{'level':>7}{'+-pts':>7}{'rmse/se':>9}{'clip-only':>11}{'Holm':>7}{'pairs':>7}"
    print(head)
    for name, planted in CELLS.items():
        if arguments.cell and arguments.cell not in name:
            continue
        cell = run_cell(planted, arguments.runs, arguments.seed)
        null = run_cell(planted, arguments.runs, arguments.seed + 1, profile_sd=0.0)
        print(
            f"{name:46}{cell.theta:7.3f}{cell.level:7.3f}{100 * cell.half_width:7.1f}{cell.rmse_to_se:9.2f}"
            f"{cell.clip_only:11.3f}{null.holm:7.3f}{null.separated:7.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
