"""What the product's own estimators make of simulated runs: half-widths, power, and how sure those figures are."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.bench.pooling import pool
from spectrum.calibration.asked import Asked, ask_about, one_value_each
from spectrum.errors import ConfigError
from spectrum.power.design import Design
from spectrum.power.simulate import draw, plant
from spectrum.stats.contrast import estimate_contrast
from spectrum.stats.intervals import Intervals
from spectrum.stats.observations import BoolArray, FloatArray, Framing, NotEstimableError, Observations
from spectrum.stats.profile import estimate_profile
from video_index.keyed import integer

ALPHA = 0.05
AT_ONCE = 1_000_000
"""Answers simulated at once: some 50 MB."""
CHECKED = 100
"""Runs whose framings are checked for coherence, as a bench checks them; where all of these pool the same ones, so do
the rest. The check is by far the dearest part of a simulated run."""
Tell = Callable[[int], None]
"""Called with the number of runs simulated since the last call."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of simulated runs."""

    share: float
    error: float
    """Monte Carlo standard error, at least that of one run in the other camp."""

    @classmethod
    def of(cls, count: int, runs: int) -> "Share":
        """`count` of `runs`."""
        p = min(max(count / runs, 1 / (runs + 2)), 1 - 1 / (runs + 2))
        return cls(count / runs, float(np.sqrt(p * (1 - p) / runs)))


@dataclass(frozen=True, slots=True)
class Detected:
    """Of one kind of claim at one number of clips."""

    half_width: float
    """Mean 95% half-width of a value, this value alone; probability scale."""
    half_width_error: float
    """Monte Carlo standard error of it."""
    se: float
    """Root mean square of the reported standard errors of the value with the effect."""
    df: float
    """Their median degrees of freedom."""
    power: Share
    """Runs in which Holm over ten values finds the value with the effect."""
    without: int
    """Runs that had no estimate."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a design detects with one number of clips a value."""

    clips: int
    profile: Detected | None
    """One respondent's value against its own average."""
    paired: Detected | None
    """Two respondents on identical items."""
    stems_pooled: float
    """Share of runs in which the stem pair may be pooled (clip-level coherence)."""


def detect(
    design: Design,
    clips: int,
    runs: int,
    seed: int,
    *,
    profile: bool = True,
    paired: bool = True,
    tell: Tell = lambda runs: None,
) -> Row:
    """Simulate `runs` runs with `clips` clips a value, one value each, and estimate them as a bench does.

    Framings are pooled by the bench's own rule. Raises ConfigError where clips are too few to
    estimate anything.
    """
    planted = plant(design)
    asked = ask_about(
        one_value_each(clips), _rng(seed, clips, "asked"), wordings=design.wordings, a_clip=design.per_clip
    )
    chunk = max(1, min(runs, AT_ONCE // max(asked.clip.size, 1)))
    found: dict[str, list[Intervals]] = {"profile": [], "paired": []}
    pooled: set[tuple[Framing, ...]] = set()
    stems = done = 0
    while done < runs:
        some = min(chunk, runs - done)
        ours, theirs = draw(design, planted, asked, some, _rng(seed, clips, done))
        if done < CHECKED or len(pooled) > 1:
            kept, kept_other = _pooled(asked, ours), _pooled(asked, theirs) if paired else []
            pooled.update(kept, kept_other)
        else:
            kept = kept_other = list(pooled) * some
        stems += sum(Framing.WOULD in framings for framings in kept)
        if profile:
            found["profile"] += _profiles(asked, ours, kept)
        if paired:
            both = [tuple(f for f in one if f in other) for one, other in zip(kept, kept_other, strict=True)]
            found["paired"] += _contrasts(asked, ours - theirs, both)
        done += some
        tell(some)
    return Row(
        clips=clips,
        profile=_summed(found["profile"], runs) if profile else None,
        paired=_summed(found["paired"], runs) if paired else None,
        stems_pooled=stems / runs,
    )


def _rng(*key: str | int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=integer(2**62, "power", *key)))


def _pooled(asked: Asked, responses: FloatArray) -> list[tuple[Framing, ...]]:
    """The framings that a bench would pool, a run; none where it would report no profile."""
    return [pool(asked.observations(response)).framings for response in responses.T]


def _profiles(asked: Asked, responses: FloatArray, kept: Sequence[tuple[Framing, ...]]) -> list[Intervals]:
    return _estimated(asked, responses, kept, lambda observations: estimate_profile(observations).theta)


def _contrasts(asked: Asked, differences: FloatArray, kept: Sequence[tuple[Framing, ...]]) -> list[Intervals]:
    return _estimated(asked, differences, kept, lambda observations: estimate_contrast(observations).theta)


def _estimated(
    asked: Asked,
    responses: FloatArray,
    kept: Sequence[tuple[Framing, ...]],
    estimate: Callable[[Observations], Intervals],
) -> list[Intervals]:
    """Runs that pool the same framings are estimated at once; those that pool none are left out."""
    alike: dict[tuple[Framing, ...], list[int]] = defaultdict(list)
    for run, framings in enumerate(kept):
        if framings:
            alike[framings].append(run)
    found = []
    for framings, those in alike.items():
        rows: BoolArray = np.isin(asked.framing, framings)
        try:
            found.append(estimate(asked.observations(responses[:, those]).keep(rows)))
        except NotEstimableError as error:
            raise ConfigError(
                f"with so few clips nothing can be estimated: {error.reason}; give more --clips"
            ) from None
    return found


def _summed(found: Sequence[Intervals], runs: int) -> Detected:
    if not found:
        raise ConfigError("in no simulated run could a profile be reported; give more --clips, or less --bias")
    half = np.concatenate([(part.high - part.low) / 2 for part in found])
    p = np.concatenate([part.p_holm[:, 0] for part in found])
    se = np.concatenate([part.se[:, 0] for part in found])
    df = np.concatenate([part.df[:, 0] for part in found])
    return Detected(
        half_width=float(half.mean()),
        half_width_error=float(half.mean(axis=1).std(ddof=1) / np.sqrt(len(half))) if len(half) > 1 else 0.0,
        se=float(np.sqrt(np.mean(se**2))),
        df=float(np.median(df)),
        power=Share.of(int((p < ALPHA).sum()), runs),
        without=runs - p.size,
    )
