"""Every estimate of one run: profiles, levels and contrasts, each with the reason where there is none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from spectrum.answers import Outcome
from spectrum.bench.audited_labels import widened
from spectrum.bench.pooling import Pooling, pool
from spectrum.bench.sheet import COVARIATES, MISSING, NameArray, Sheet
from spectrum.stats.agreement import USE_ABOVE, matched_kappa
from spectrum.stats.clustered import Keys
from spectrum.stats.contrast import Contrast, estimate_contrast, paired
from spectrum.stats.intervals import t_intervals
from spectrum.stats.observations import (
    NAMED,
    BoolArray,
    FloatArray,
    IntArray,
    NotEstimableError,
    Observations,
    occurring,
)
from spectrum.stats.profile import (
    SAME_ANSWER,
    LevelEstimate,
    ProfileEstimate,
    estimate_level,
    estimate_profile,
    yes_bias,
)
from spectrum.stats.profile_bounds import ContrastBounds, ProfileBounds
from spectrum.stats.tied_groups import TiedGroups, tied_groups

Found = TypeVar("Found", ProfileEstimate, Contrast)
WRITTEN, PROBABILITY, COMBINED = "written", "probability", "combined"
"""Measures, never mixed: the share of written answers, the mean option probability, and the latter corrected by
the former where only some answers were written (prediction-powered)."""
LEAST_CHOSEN = 0.5
"""With fewer choices than this share of the asks there is no profile: it would be that of the answerable asks."""
FEW_CLIPS = 10
"""With fewer clips of some value the tied groups take wider intervals."""
MOST_OUTSIDE = 0.5
"""Above this mean mass outside the options, option probabilities are not used."""


@dataclass(frozen=True, slots=True, eq=False)
class Tied:
    """A profile on one scale with its tied groups; further combinations of its values cannot be asked for."""

    estimate: ProfileEstimate
    groups: TiedGroups


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """What one condition's answers to one construct say, by one measure."""

    condition: str
    construct: str
    measure: str
    pooling: Pooling
    profile: Tied | None
    logit: Tied | None
    """None also where only the logit scale has no answer (some clips always or never accepted)."""
    level: LevelEstimate | None
    yes_bias: float | None
    order_effect: float | None
    covariates: tuple[str, ...]
    reason: str | None
    """Why there is no profile, as the end of "because ..."; None where there is one."""
    bounds: ProfileBounds | None = None
    """What the profile could have been, had every ask got a choice; None where that was not worked out."""

    def withheld(self, reason: str) -> "Estimated":
        """The same without a profile, because a gate failed."""
        return replace(self, profile=None, logit=None, reason=reason, bounds=None)


@dataclass(frozen=True, slots=True, eq=False)
class Contrasted:
    """One condition against the reference, on the items both answered."""

    condition: str
    reference: str
    construct: str
    measure: str
    contrast: Contrast | None
    groups: TiedGroups | None
    reason: str | None
    bounds: ContrastBounds | None = None
    """What it could have been, had every ask got a choice; None where nothing lacks one or that was not worked out."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether option probabilities may stand beside the written answers of a condition."""

    condition: str
    given: int
    """Asks with option probabilities."""
    written: int
    """Asks with a written choice."""
    kappa: float | None
    """Written choice against the likelier option, within framings (their level); None where undefined."""
    outside: float | None
    """Mean mass outside the options."""

    @property
    def usable(self) -> bool:
        """Kappa at least .6 and at most half of the mass outside the options."""
        if self.kappa is None or self.outside is None:
            return False
        return self.kappa >= USE_ABOVE and self.outside <= MOST_OUTSIDE


def agreement(sheet: Sheet, condition: str) -> Agreement:
    """Compare written answers with option probabilities where an ask has both."""
    ours = sheet.rows(condition)
    given, written = ours & ~np.isnan(sheet.probability), ours & ~np.isnan(sheet.written)
    both = given & written
    return Agreement(
        condition=condition,
        given=int(given.sum()),
        written=int(written.sum()),
        kappa=matched_kappa(sheet.written[both] > 0.5, sheet.probability[both] > 0.5, sheet.framing[both]),
        outside=float(sheet.outside[given].mean()) if given.any() else None,
    )


def estimate(sheet: Sheet, condition: str, construct: str, measure: str, names: Sequence[str]) -> Estimated:
    """Estimate profile, level and framing effects; `names` of the values are used in reasons only."""
    rows = asked(sheet, condition, construct, measure)
    response = response_of(sheet, measure)
    everything = sheet.observations(rows, response, labelled=False)
    pooling = pool(everything)
    usable = rows & pooling.rows(sheet.framing)
    observations = sheet.observations(usable, response)
    named = rows & np.isin(sheet.framing, NAMED) & ~np.isnan(sheet.first_chosen)
    empty = Estimated(
        condition=condition,
        construct=construct,
        measure=measure,
        pooling=pooling,
        profile=None,
        logit=None,
        level=_level(everything.keep(pooling.rows(everything.framing)) if pooling.framings else everything),
        yes_bias=yes_bias(everything),
        order_effect=float(sheet.first_chosen[named].mean() - 0.5) if named.any() else None,
        covariates=tuple(COVARIATES[column] for column in sheet.measured(usable & ~np.isnan(response))),
        reason=None,
    )
    chosen = int((rows & ~np.isnan(response)).sum())
    reason = few_choices(sheet.outcome[rows], chosen) or pooling.problem or _unlabelled(observations)
    if reason is not None:
        return replace(empty, covariates=(), reason=reason)
    try:
        few = few_clips(observations)
        profile = tied(_widened(estimate_profile(observations), observations, sheet), few=few)
    except NotEstimableError as error:
        return replace(empty, covariates=(), reason=told(error, names))
    try:
        logit = tied(estimate_profile(observations, scale="logit"), few=few)
    except NotEstimableError:
        return replace(empty, profile=profile)  # the probability scale still holds
    return replace(empty, profile=profile, logit=logit)


def contrast(sheet: Sheet, condition: Estimated, reference: Estimated, names: Sequence[str]) -> Contrasted:
    """Condition minus reference on identical items, over the framings that are pooled in both."""
    empty = no_contrast(condition, reference)
    if empty.reason is not None:
        return empty
    response = response_of(sheet, condition.measure)
    ours, our_items = side(sheet, condition, shared_framings(condition, reference), response)
    theirs, their_items = side(sheet, reference, shared_framings(condition, reference), response)
    try:
        differences = paired(ours, our_items, theirs, their_items)
        found = _widened(estimate_contrast(differences), differences, sheet)
    except NotEstimableError as error:
        return replace(empty, reason=told(error, names))
    return replace(empty, contrast=found, groups=tied_groups(found.clustered))


def no_contrast(condition: Estimated, reference: Estimated) -> Contrasted:
    """A contrast to be filled in, or one with the reason why it cannot be."""
    empty = Contrasted(
        condition.condition, reference.condition, condition.construct, condition.measure, None, None, None
    )
    for each in (condition, reference):
        if each.reason not in (None, SAME_ANSWER):
            return replace(empty, reason=f"of {each.condition}: {each.reason}")
    return empty


def shared_framings(condition: Estimated, reference: Estimated) -> list[int]:
    """Framings that are pooled in both."""
    return [framing for framing in condition.pooling.framings if framing in reference.pooling.framings]


def side(sheet: Sheet, of: Estimated, framings: Sequence[int], response: FloatArray) -> tuple[Observations, IntArray]:
    """One side of a contrast: its labelled answers in these framings, and the item each is to."""
    rows = asked(sheet, of.condition, of.construct, of.measure) & np.isin(sheet.framing, framings)
    labelled = ~sheet.clips.unlabelled[sheet.clip]
    return sheet.observations(rows, response), sheet.item[rows & labelled & ~np.isnan(response)]


def few_choices(outcomes: NameArray, chosen: int) -> str | None:
    """Why there is no profile, as the end of "because ...", where few of the asks (n,) got a choice; else None."""
    planned = outcomes.size
    if planned and chosen >= LEAST_CHOSEN * planned:
        return None
    counted = Counter(outcomes.tolist())
    others = ", ".join(
        f"{counted[name]:,} {name}"
        for name in (*map(str, Outcome), MISSING)
        if counted[name] and name != Outcome.CHOICE
    )
    return f"only {chosen:,} of {planned:,} asks got a choice" + (f" ({others})" if others else "")


def told(error: NotEstimableError, names: Sequence[str]) -> str:
    """The reason with the names of the values it is about."""
    return " ".join([error.reason, ", ".join(names[value] for value in error.values)]).strip()


def asked(sheet: Sheet, condition: str, construct: str, measure: str) -> BoolArray:
    """Rows of a condition and construct that were asked for what the measure needs."""
    rows = sheet.rows(condition, construct)
    return rows & ~sheet.scored_only if measure == WRITTEN else rows


def response_of(sheet: Sheet, measure: str) -> FloatArray:
    """Acceptance by a measure; the combined one starts from probabilities."""
    return sheet.written if measure == WRITTEN else sheet.probability


def few_clips(observations: Observations) -> bool:
    """Whether fewer than ten of the clips in use are expected to evoke some value."""
    seen, _ = occurring(observations.clip)
    return bool(observations.labels[seen].sum(axis=0).min() < FEW_CLIPS)


def tied(profile: ProfileEstimate, *, few: bool) -> Tied:
    """A profile with its tied groups, of `few` clips a value or not.

    The weight of each answer is let go: many conditions would hold gigabytes.
    """
    groups = tied_groups(profile.clustered, few_clips=few)
    light = replace(
        profile.clustered,
        weights=profile.clustered.weights[:0].copy(),
        keys=Keys(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)),
    )
    return Tied(replace(profile, clustered=light), groups)


def _widened(found: Found, observations: Observations, sheet: Sheet) -> Found:
    """With what an audit's own uncertainty adds to the intervals."""
    clustered = widened(found.clustered, observations, sheet.clips)
    return (
        found
        if clustered is found.clustered
        else replace(found, clustered=clustered, theta=t_intervals(clustered.all()))
    )


def _level(observations: Observations) -> LevelEstimate | None:
    try:
        return estimate_level(observations)
    except NotEstimableError:
        return None


def _unlabelled(observations: Observations) -> str | None:
    return None if observations.response.size else "none of the clips that were answered has labels"
