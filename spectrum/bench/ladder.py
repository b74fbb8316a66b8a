"""What the rungs of the null ladder say of a profile: does it vanish where the picture is taken away?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from spectrum.bench.arm_answers import ArmAnswers
from spectrum.bench.arms import Arm
from spectrum.bench.estimates import Estimated, asked, response_of, told
from spectrum.bench.sheet import Sheet
from spectrum.stats.design import profile_design
from spectrum.stats.null_profile import CLEAR, EQUIVALENCE, MARGIN, SHARE, Gate, NullProfile, estimate_null_profile
from spectrum.stats.observations import Framing, IntArray, NotEstimableError, Observations
from spectrum.stats.profile import estimate_level
from spectrum.stats.relabelled import ClipSums, ShuffledLabels, shuffle_labels
from video_index.keyed import digest

PERMUTATIONS = 200
FEW = 0.1
"""Where fewer than this share of a rung's asks get a choice, there is nothing that a profile could hide in."""
ALPHA = 0.05
How = Literal["asked", "computed", "relabelled"]
_WHAT = {Arm.BLANK: "with blank frames", Arm.PERMUTED: "with other clips' pictures"}


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """One rung, with whatever of it applies; NaN where it does not."""

    rung: str
    how: How
    level: float = np.nan
    level_low: float = np.nan
    level_high: float = np.nan
    sd: float = np.nan
    sd_beyond_noise: float = np.nan
    noise_sd: float = np.nan
    share: float = np.nan
    widest: float = np.nan
    correlation: float = np.nan
    changed: float = np.nan
    follows_shown: float = np.nan
    follows_planned: float = np.nan
    p: float = np.nan
    clips: int = 0
    asked: int = 0
    choices: int = 0
    gate: Gate | Literal[""] = ""
    text: str = ""
    profile: NullProfile | None = None


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
        _asked(ArmAnswers(sheet, sheets[arm], main), arm, names)
        for arm in (Arm.BLANK, Arm.PERMUTED, Arm.CAPTION, Arm.MASKED)
        if arm in sheets and sheets[arm].rows(main.condition, main.construct).any()
    ]
    return replace(empty, rungs=(*bottom, *above))


def intact_sd(main: Estimated) -> float:
    """SD of the reported profile with sampling noise taken out; 0 where there is none."""
    if main.profile is None:
        return 0.0
    theta = main.profile.estimate.theta
    noise = float((theta.se**2).sum() / (theta.se.size - 1))
    return float(np.sqrt(max(0.0, theta.estimate.var(ddof=1) - noise)))


def _intact(main: Estimated, intact: Observations) -> Rung:
    base = Rung("intact", "asked", clips=intact.clips, asked=0, choices=int(intact.response.size))
    base = replace(base, how="computed", text="clips as they are")
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


def _asked(arms: ArmAnswers, arm: Arm, names: Sequence[str]) -> Rung:
    response = response_of(arms.other, arms.measure)
    rows = arms.rows
    observations = arms.other.observations(rows, response, covariates=())
    gated = arm in _WHAT
    found = Rung(
        str(arm), "asked", clips=observations.clips, asked=int(rows.sum()), choices=int(observations.response.size)
    )
    found = replace(found, changed=arms.changed(response))
    if arm is Arm.PERMUTED:
        shown, planned = arms.follows(response)
        found = replace(found, follows_shown=shown, follows_planned=planned)
    if observations.response.size < FEW * rows.sum():
        share = observations.response.size / max(1, rows.sum())
        text = f"hardly judged: {100 * share:.0f}% of the asks got a choice"
        return replace(found, gate="passed" if gated else "", text=text)
    try:
        level = estimate_level(observations).level
        found = replace(
            found, level=float(level.estimate[0]), level_low=float(level.low[0]), level_high=float(level.high[0])
        )
        if arm is Arm.PERMUTED:
            # What the clips shown account for is taken out: else their differences drown what could be left.
            observations = arms.other.observations(rows, arms.beyond_shown(response), covariates=())
        profile = estimate_null_profile(observations)
    except NotEstimableError as error:
        return replace(found, gate="undecided" if gated else "", text=f"undecided: {told(error, names)}")
    return _judged(found, arm, profile, arms.main)


def _judged(found: Rung, arm: Arm, profile: NullProfile, main: Estimated) -> Rung:
    base = intact_sd(main)
    gate = profile.gate(base) if arm in _WHAT else ""
    share = profile.sd_beyond_noise / base if base else np.nan
    correlation = np.nan
    if main.profile is not None and profile.sd > 0:
        correlation = float(np.corrcoef(profile.inference.estimate, main.profile.estimate.theta.estimate)[0, 1])
    values = profile.inference.se.size
    found = replace(
        found,
        sd=profile.sd,
        sd_beyond_noise=profile.sd_beyond_noise,
        noise_sd=float(np.sqrt((profile.inference.se**2).sum() / (values - 1))),
        share=share,
        widest=profile.widest,
        correlation=correlation,
        gate=gate,
        profile=profile,
    )
    return replace(found, text=_text(found, arm, share))


def _text(found: Rung, arm: Arm, share: float) -> str:
    of_intact = f"{100 * share:.0f}% of the intact SD" if np.isfinite(share) else f"SD {100 * found.sd:.1f} points"
    within = f"simultaneous {100 * EQUIVALENCE:.0f}% intervals within {100 * found.widest:.1f} points"
    if found.gate == "passed":
        return f"vanishes: {of_intact} (at most {100 * SHARE:.0f}%), {within} (at most {100 * MARGIN:.0f})"
    if found.gate == "failed":
        return (
            f"{_WHAT[arm]} a profile stays ({of_intact}, needed: at most {100 * SHARE:.0f}%; some value differs "
            f"from none at {100 * CLEAR:.0f}% confidence), so that it cannot come from the pictures"
        )
    if found.gate == "undecided":
        return (
            f"undecided on {found.clips} clips: {of_intact}, {within} (needed: {100 * SHARE:.0f}%, {100 * MARGIN:.0f})"
        )
    return f"{of_intact}; {100 * found.changed:.0f}% of the answers change"


def _p(p: float) -> str:
    return f"{p:.3f}".removeprefix("0")
