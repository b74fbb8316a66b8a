"""What the rungs of the null ladder say of a profile: does it vanish where the picture is taken away?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from spectrum.bench.arm_answers import ArmAnswers
from spectrum.bench.arms import Arm
from spectrum.bench.asked_rungs import asked_rung
from spectrum.bench.estimates import Estimated, asked, response_of
from spectrum.bench.rungs import Rung, intact_sd
from spectrum.bench.sheet import Sheet
from spectrum.stats.design import profile_design
from spectrum.stats.null_profile import SHARE, Gate
from spectrum.stats.observations import Framing, IntArray, NotEstimableError, Observations
from spectrum.stats.relabelled import ClipSums, ShuffledLabels, shuffle_labels
from video_index.keyed import digest

PERMUTATIONS = 200
ALPHA = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """All rungs of one condition and construct."""

    condition: str
    construct: str
    rungs: tuple[Rung, ...] = field(default=())

    def rung(self, name: str) -> Rung | None:
        """A rung by name."""
        return next((rung for rung in self.rungs if rung.rung == name), None)

    @property
    def asked(self) -> tuple[Rung, ...]:
        """Rungs that questions were spent on."""
        return tuple(rung for rung in self.rungs if rung.how == "asked")

    @property
    def failure(self) -> str | None:
        """Why no profile can be reported, as the end of "because ..."; None where no gate failed."""
        failed = [rung for rung in self.rungs if rung.gate == "failed"]
        return failed[0].text if failed else None


def climb(sheets: Mapping[Arm, Sheet], main: Estimated, seed: int, names: Sequence[str]) -> Climb:
    """Evaluate the ladder of a condition: `main` is its reported estimate, `names` those of the values."""
    sheet = sheets[Arm.INTACT]
    empty = Climb(main.condition, main.construct)
    rows = asked(sheet, main.condition, main.construct, main.measure) & main.pooling.rows(sheet.framing)
    response = response_of(sheet, main.measure)
    intact = sheet.observations(rows, response)
    shuffled = _shuffled(intact, seed)
    bottom = [_intact(main, intact), *_computed(main, intact)]
    if shuffled is not None:
        bottom.append(_shuffled_rung(shuffled, intact))
    above = [
        asked_rung(ArmAnswers(sheet, sheets[arm], main), arm, names)
        for arm in (Arm.BLANK, Arm.PERMUTED, Arm.CAPTION, Arm.MASKED)
        if arm in sheets and sheets[arm].rows(main.condition, main.construct).any()
    ]
    return replace(empty, rungs=(*bottom, *above))


def _intact(main: Estimated, intact: Observations) -> Rung:
    base = Rung("intact", "computed", clips=intact.clips, choices=int(intact.response.size), text="clips as they are")
    if main.level is not None:
        level = main.level.level
        base = replace(
            base, level=float(level.estimate[0]), level_low=float(level.low[0]), level_high=float(level.high[0])
        )
    if main.profile is None:
        return base
    theta = main.profile.estimate.theta
    found = intact_sd(main)
    return replace(
        base,
        sd=float(theta.estimate.std(ddof=1)),
        sd_beyond_noise=found,
        noise_sd=float(np.sqrt((theta.se**2).sum() / (theta.se.size - 1))),
        share=1.0,
        correlation=1.0,
    )


def _computed(main: Estimated, intact: Observations) -> list[Rung]:
    """A coin, and a respondent that says yes where it can and takes the first-named option elsewhere."""
    try:
        design = profile_design(intact)
    except NotEstimableError:
        return []
    spread = 0.25 * np.einsum("qi,ij,qj->q", design.wanted, design.inverse_gram, design.wanted)
    coin = float(np.sqrt(spread.sum() / (spread.size - 1)))
    yes = np.isin(intact.framing, (Framing.WOULD, Framing.FIRST, Framing.OTHER)).astype(np.float64)
    parts = [yes[intact.framing == code].mean() for code in np.unique(intact.framing)]
    level = float(np.mean(parts))
    return [
        Rung("chance", "computed", level=0.5, sd=0.0, sd_beyond_noise=0.0, noise_sd=coin, share=0.0,
             clips=intact.clips, choices=int(intact.response.size), text="options drawn alike"),
        Rung("always_yes", "computed", level=level, sd=0.0, sd_beyond_noise=0.0, noise_sd=0.0, share=0.0,
             clips=intact.clips, choices=int(intact.response.size), text="yes, or the first-named option"),
    ]  # fmt: skip


def _shuffled(intact: Observations, seed: int) -> ShuffledLabels | None:
    try:
        sums = ClipSums.of(intact)
    except NotEstimableError:
        return None
    count = sums.clips.size
    return shuffle_labels(sums, (_order(count, seed, number) for number in range(PERMUTATIONS)))


def _order(count: int, seed: int, number: int) -> IntArray:
    """A keyed order of 0 to count - 1: by the raw bits of a counter-based generator, which are the same everywhere."""
    bits = np.random.Philox(key=int.from_bytes(digest(seed, number, "shuffled labels"), "big")).random_raw(count)
    return np.asarray(np.argsort(bits, kind="stable"), dtype=np.int64)


def _shuffled_rung(found: ShuffledLabels, intact: Observations) -> Rung:
    share = found.mean_profile_sd / found.sd if found.sd else np.nan
    gate: Gate = "undecided"
    if found.p < ALPHA:
        gate = "passed" if share <= SHARE else "failed"
    left = f"{100 * share:.0f}% of its SD is left of the mean over {PERMUTATIONS} dealings"
    text = f"p {_p(found.p)}; {left}"
    if gate == "undecided":
        text = f"p {_p(found.p)}: labels dealt at random give profiles of this size"
    if gate == "failed":
        text = f"labels dealt at random leave a profile ({left}), which is the estimator's doing"
    return Rung(
        "shuffled_labels",
        "relabelled",
        sd=found.mean_profile_sd,
        noise_sd=float(np.sqrt(np.mean(found.shuffled**2))),
        share=share,
        p=found.p,
        clips=intact.clips,
        choices=int(intact.response.size),
        gate=gate,
        text=text,
    )


def _p(p: float) -> str:
    return f"{p:.3f}".removeprefix("0")
