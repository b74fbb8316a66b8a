"""Rungs of the null ladder that questions were spent on: what is left of the profile, and whether that is enough."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spectrum.bench.arm_answers import ArmAnswers
from spectrum.bench.arms import Arm
from spectrum.bench.estimates import response_of, told
from spectrum.bench.rungs import Rung, intact_sd
from spectrum.stats.null_profile import CLEAR, EQUIVALENCE, MARGIN, SHARE, NullProfile, estimate_null_profile
from spectrum.stats.observations import NotEstimableError
from spectrum.stats.profile import estimate_level

FEW = 0.1
"""Where fewer than this share of a rung's asks get a choice, there is nothing that a profile could hide in."""
FOLLOWS = 0.1
"""Correlation with the clip asked about, though another's pictures are shown, from which on answers give it away."""
_Z_CLEAR = 2.326
"""Normal quantile of CLEAR, one-sided."""
_WHAT = {Arm.BLANK: "with blank frames", Arm.PERMUTED: "with other clips' pictures"}


def asked_rung(arms: ArmAnswers, arm: Arm, names: Sequence[str]) -> Rung:
    """Evaluate a rung that questions were spent on; `names` of the values are used in reasons only."""
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
    return _judged(found, arm, profile, arms)


def _judged(found: Rung, arm: Arm, profile: NullProfile, arms: ArmAnswers) -> Rung:
    base, usual = intact_sd(arms.main), None
    if arms.main.profile is not None:
        usual = arms.main.profile.estimate.theta.estimate
    gate = profile.gate(base) if arm in _WHAT else ""
    if arm not in _WHAT:
        # No gate hangs on these: they are told beside the same clips as they are, by the same estimator.
        beside = _beside(arms)
        base = 0.0 if beside is None else beside.sd_beyond_noise
        usual = None if beside is None else beside.inference.estimate
    if arm is Arm.PERMUTED and _goes_with_the_planned(found):
        gate = "failed"
    share = profile.sd_beyond_noise / base if base else np.nan
    correlation = np.nan
    if usual is not None and profile.sd > 0 and np.ptp(usual) > 0:
        correlation = float(np.corrcoef(profile.inference.estimate, usual)[0, 1])
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


def _beside(arms: ArmAnswers) -> NullProfile | None:
    """The same clips as they are; None where they are too few."""
    try:
        return estimate_null_profile(arms.same_clips())
    except NotEstimableError:
        return None


def _goes_with_the_planned(found: Rung) -> bool:
    """Whether answers surely go with the clip asked about, whose pictures were not shown (Fisher's z, one-sided)."""
    if not np.isfinite(found.follows_planned) or found.clips < 10:
        return False
    low = np.arctanh(min(found.follows_planned, 0.999999)) - _Z_CLEAR / np.sqrt(found.clips - 3)
    return bool(np.tanh(low) > FOLLOWS)


def _text(found: Rung, arm: Arm, share: float) -> str:
    of_intact = f"{100 * share:.0f}% of the intact SD" if np.isfinite(share) else f"SD {100 * found.sd:.1f} points"
    within = f"simultaneous {100 * EQUIVALENCE:.0f}% intervals within {100 * found.widest:.1f} points"
    if found.gate == "passed":
        return f"vanishes: {of_intact} (at most {100 * SHARE:.0f}%), {within} (at most {100 * MARGIN:.0f})"
    if arm is Arm.PERMUTED and _goes_with_the_planned(found):
        return (
            f"with other clips' pictures answers still go with the clip asked about (r {found.follows_planned:.2f} "
            "over clips), so that they do not come from the pictures"
        )
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
