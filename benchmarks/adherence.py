"""Does the measure of adherence hold? Planted respondents over the library's 66 personas with targets, many runs each.

    python -m benchmarks.adherence --runs 2000 --kinds ignorer,norm
    python -m benchmarks.adherence --runs 400 --kinds fully,half,reverse

A respondent goes a share of the way to each target: fully (1), half (.5), not at all (ignorer), to the mean of all
targets whoever it plays (norm), or the other way (reverse). Columns: mean and SD of the slope; the share of runs within
.1 of the truth; the share of 95% intervals that hold the truth; the share of 90% intervals inside +-.1; then runs in
which something was found at 5%: a slope, a change of profiles (without it distinctive r is "undefined"), any persona
(Holm), any value (Holm), identification; and the mean share of personas identified, with chance beside it.
"""

import argparse
from dataclasses import dataclass

import numpy as np

from personas.adherence import change_p, each_persona, each_value, slope
from personas.identification import identify
from personas.planted_pools import FOLLOWED, Cast
from spectrum.calibration.gate import most_significant


@dataclass(frozen=True)
class Row:
    """One respondent over all runs."""

    slope: float
    sd: float
    near: float
    covered: float
    inside: float
    found: tuple[int, int, int, int, int]
    identified: float
    chance: float


def run_kind(kind: str, runs: int, cast: Cast, seed: int) -> Row:
    """Simulate a respondent `runs` times."""
    truth = FOLLOWED[kind]
    slopes, near, covered, inside, identified = [], 0, 0, 0, []
    found = np.zeros(5, dtype=np.int64)
    chance = 0.0
    for run in range(runs):
        pool = cast.pool(np.random.default_rng([seed, run]), kind)
        one, known = slope(pool), identify(pool, permutations=199, seed=run)
        slopes.append(one.value)
        near += abs(one.value - truth) < 0.1
        covered += one.low <= truth <= one.high
        inside += max(abs(one.low90), abs(one.high90)) < 0.1
        identified.append(known.share.value)
        chance = known.chance
        found += [
            one.p < 0.05,
            change_p(pool.shifts) < 0.05,
            bool((each_persona(pool).p_holm < 0.05).any()),
            bool((each_value(pool)[1] < 0.05).any()),
            known.p <= 0.05,
        ]
    return Row(
        float(np.mean(slopes)), float(np.std(slopes)), near / runs, covered / runs, inside / runs,
        tuple(found.tolist()), float(np.mean(identified)), chance,
    )  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(FOLLOWED))
    parser.add_argument("--clips", type=int, default=12, help="clips a value")
    arguments = parser.parse_args()
    print(f"{'respondent':11}{'slope':>7}{'sd':>6}{'near':>6}{'cover':>7}{'inside':>8}  "
          f"slope change persona value ident.{'identified':>12}")  # fmt: skip
    for kind in arguments.kinds.split(","):
        row = run_kind(kind, arguments.runs, Cast(clips_a_value=arguments.clips), arguments.seed)
        counts = "".join(f"{count:>7}" for count in row.found)
        verdict = ""
        if FOLLOWED[kind] == 0:
            most = most_significant(arguments.runs)
            verdict = f"  within {most}" if max(row.found) <= most else f"  MORE THAN {most}"
        print(
            f"{kind:11}{row.slope:7.3f}{row.sd:6.3f}{row.near:6.2f}{row.covered:7.3f}{row.inside:8.3f}{counts}"
            f"{row.identified:8.3f} ({row.chance:.3f}){verdict}",
            flush=True,
        )


if __name__ == "__main__":
    main()
