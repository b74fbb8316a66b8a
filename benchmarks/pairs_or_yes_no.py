"""Pairs against yes/no at equal budget, on planted respondents whose profile is known.

    python -m benchmarks.pairs_or_yes_no --runs 100

A respondent likes each clip by its value (theta, logits) and by the clip itself (SD 1), with a wording effect by value
(SD .3) and by clip (SD .5), and a bias: towards yes, or towards the first place. It is asked in yes/no (two stems and
two option orders a wording, four wordings a clip as spectrum bench does, or one wording each of four times the clips)
or in pairs (both orders, ten wordings), with the same number of asks, or of pictures if every ask goes out alone: a
pair shows two clips, so the same pictures buy half as many asks.

Printed are, a line a cell: correlation of the estimated with the planted profile; root mean square error in units of
the planted profile's SD, once the scale is fitted; mean half-width of the 95% intervals in the same units; reliability
(Spearman and Brown, halves of the clips or triads, which share their wordings); values named (Holm, 5%) a run; and the
share of runs in which an indifferent respondent had one named.
"""

import argparse
from dataclasses import dataclass, replace

import numpy as np

from spectrum.stats.bradley_terry import Comparisons, estimate_pairs
from spectrum.stats.observations import FloatArray, NotEstimableError
from spectrum.stats.profile import estimate_profile
from spectrum.stats.reliability import spearman_brown
from spectrum.stats.split_half import split_half
from tests.support.simulated import Planted, sigmoid

WORDINGS = 10
WITHIN = 0.2


@dataclass(frozen=True)
class Cell:
    """Means over runs."""

    correlation: float
    error: float
    half_width: float
    reliability: float
    named: float
    false_names: float


def draw_pairs(planted: Planted, asks: int, place_bias: float, rng: np.random.Generator) -> Comparisons:
    """Triads' pairs in both orders: `asks` / 2 pairs over the respondent's clips."""
    values, per_value = planted.theta.size, planted.clips_a_value
    clips = values * per_value
    value = np.repeat(np.arange(values), per_value)
    worth = planted.theta[value] + rng.normal(0, planted.clip_sd, clips)
    triads = asks // 6
    within = rng.random(triads) < WITHIN
    chosen = np.argsort(rng.random((triads, values)), axis=1)[:, :3]
    chosen[within] = chosen[within][:, :1]
    place = np.argsort(rng.random((triads, per_value)), axis=1)[:, :3]
    clip = chosen * per_value + place
    one, other = clip.ravel(), np.roll(clip, -1, axis=1).ravel()
    wording = rng.integers(WORDINGS, size=one.size)
    taste = rng.normal(0, planted.value_wording_sd, (values, WORDINGS))
    noise = rng.normal(0, np.sqrt(2) * planted.clip_wording_sd, one.size)
    gap = worth[one] - worth[other] + taste[value[one], wording] - taste[value[other], wording] + noise
    first, second = np.concatenate([one, other]), np.concatenate([other, one])
    logit = np.concatenate([gap, -gap]) + place_bias
    labels = (value[:, None] == np.arange(values)).astype(np.float64)
    naming = np.tile(np.where(rng.random(one.size) < 0.5, 0.5, -0.5), 2)
    decided = (rng.random(logit.size) < sigmoid(logit)).astype(np.float64)
    return Comparisons(decided, first, second, naming, np.tile(wording, 2), labels, np.arange(clips))


def halves_of_pairs(comparisons: Comparisons, rng: np.random.Generator) -> float:
    """Agreement of the profiles of two halves of the triads; few clips are in two of them."""
    triad = np.tile(np.repeat(np.arange(comparisons.first.size // 6), 3), 2)
    side = rng.random(int(triad.max()) + 1) < 0.5
    found = []
    for half in (False, True):
        found.append(estimate_pairs(comparisons.keep(side[triad] == half)).theta.estimate)
    return float(np.corrcoef(found[0], found[1])[0, 1])


def asked_yes_no(kind: str, planted: Planted, asks: int, bias: float) -> Planted:
    """The respondent with as many clips a value as the asks are enough for."""
    wordings = 1 if kind == "yes/no wide" else 4
    clips = max(asks // (4 * wordings) // planted.theta.size, 3)
    return replace(planted, clips_a_value=clips, wordings_a_clip=wordings, yes_bias=bias)


def one_run(kind: str, planted: Planted, asks: int, bias: float, rng: np.random.Generator) -> tuple[FloatArray, ...]:
    """Estimate, half-widths, Holm p and the agreement of halves of one simulated run."""
    if kind == "pairs":
        comparisons = draw_pairs(planted, asks, bias, rng)
        theta = estimate_pairs(comparisons).theta
        agreement = halves_of_pairs(comparisons, rng)
    else:
        observations, _ = asked_yes_no(kind, planted, asks, bias).draw(rng)
        theta = estimate_profile(observations).theta
        agreement = split_half(observations, "clips", splits=4).correlation
    return theta.estimate, (theta.high - theta.low) / 2, theta.p_holm, np.array([agreement])


def run_cell(kind: str, asks: int, bias: float, runs: int, profile_sd: float, seed: int = 0) -> Cell:
    """`runs` respondents with random profiles, and as many that are indifferent."""
    rng = np.random.default_rng(seed)
    correlations, errors, widths, agreements, named, false = [], [], [], [], [], 0
    for _ in range(runs):
        theta = rng.normal(0, profile_sd, 10)
        theta -= theta.mean()
        planted = Planted(theta=theta, wordings=12)
        try:
            estimate, width, p, agreement = one_run(kind, planted, asks, bias, rng)
        except NotEstimableError:
            continue
        slope = float(estimate @ theta) / float(theta @ theta)
        correlations.append(float(np.corrcoef(estimate, theta)[0, 1]))
        errors.append(float(np.sqrt(np.mean((estimate / slope - theta) ** 2))) / profile_sd if slope > 0.02 else np.nan)
        widths.append(float(width.mean()) / slope / profile_sd if slope > 0.02 else np.nan)
        agreements.append(float(agreement[0]))
        named.append(int((p < 0.05).sum()))
        flat = one_run(kind, replace(planted, theta=np.zeros(10)), asks, bias, rng)
        false += bool((flat[2] < 0.05).any())
    return Cell(
        float(np.mean(correlations)),
        float(np.nanmedian(errors)),
        float(np.nanmedian(widths)),
        spearman_brown(float(np.nanmean(agreements))),
        float(np.mean(named)),
        false / runs,
    )


def main() -> None:
    """Print one line a cell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--sd", type=float, default=0.4, help="SD of the planted profiles, logits.")
    options = parser.parse_args()
    print(f"{'framing':26}{'asks':>6}{'bias':>6}{'r':>7}{'error':>7}{'half':>7}{'reliab':>8}{'named':>7}{'false':>7}")
    for asks in (1600, 4800):
        for bias in (0.0, 2.5):
            for name, kind, number in (
                ("yes/no, 4 wordings a clip", "yes/no", asks),
                ("yes/no, 1 wording a clip", "yes/no wide", asks),
                ("pairs, same asks", "pairs", asks),
                ("pairs, same pictures", "pairs", asks // 2),
            ):
                cell = run_cell(kind, number, bias, options.runs, options.sd)
                print(
                    f"{name:26}{number:>6}{bias:>6.1f}{cell.correlation:>7.2f}{cell.error:>7.2f}{cell.half_width:>7.2f}"
                    f"{cell.reliability:>8.2f}{cell.named:>7.1f}{cell.false_names:>7.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
