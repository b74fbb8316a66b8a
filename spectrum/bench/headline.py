"""The sentences a run may say, in the form and with the gates of the project's measurement rules.

No value is named where a gate fails, nor one that stands apart only by being off an average which another
value moved: a named value is significant against the average (Holm) and lies outside the largest group of
mutually tied values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.bench.estimates import Contrasted, Estimated
from spectrum.bench.keywords_left_out import KeywordLeftOut
from spectrum.bench.phrases import between, ends, listed, many, number, points
from spectrum.stats.intervals import Intervals
from spectrum.stats.profile_bounds import ContrastBounds, ProfileBounds
from spectrum.stats.tied_groups import TiedGroups

ALPHA = 0.05
CAVEAT = "This describes answers to these clips, not what the model values."


@dataclass(frozen=True, slots=True)
class Standing:
    """Which values may be named, and whether the rest are all tied."""

    named: tuple[int, ...]
    """Highest estimate first."""
    rest_tied: bool
    widest: tuple[int, int] | None
    """Where none may be named though some are separated: the pair furthest apart in its interval."""


def standing(found: Intervals, groups: TiedGroups) -> Standing:
    """Choose what may be named from Holm's p and the tied groups."""
    count = found.estimate.size
    middle = min(groups.groups, key=lambda group: (-len(group), abs(float(found.estimate[list(group)].mean())), group))
    named = [value for value in range(count) if found.p_holm[value] < ALPHA and value not in middle]
    named.sort(key=lambda value: (-found.estimate[value], value))
    rest = [value for value in range(count) if value not in named]
    rest_tied = not groups.separated[np.ix_(rest, rest)].any()
    widest = None
    if not named and groups.separated.any():
        first, second = np.unravel_index(int(np.argmax(groups.low)), groups.low.shape)
        widest = (int(first), int(second))
    return Standing(tuple(named), bool(rest_tied), widest)


def unfinished_sentence(answered: int, planned: int) -> str:
    """What a run says before it is done."""
    if not planned:
        return "No profile yet: nothing is planned."
    done = f"{answered:,} of {planned:,} asks are answered" if answered else f"none of {planned:,} asks is answered"
    return f"No profile yet: {done}."


def profile_sentence(estimated: Estimated, model: str, names: Sequence[str], persona: str | None = None) -> str:
    """The headline's first sentence, or why there is none."""
    if estimated.profile is None:
        return f"No profile can be reported, because {estimated.reason}."
    profile, groups = estimated.profile.estimate, estimated.profile.groups
    speaker = model if persona is None else f"{model} as {persona}"
    basis = f"On {many(profile.clips, 'clip')} in {many(profile.wordings, 'wording')}, {speaker}"
    stand = standing(profile.theta, groups)
    if stand.named:
        claims = _claims(profile.theta, stand.named, names, ("than its own average", ""))
        return f"{basis} accepted {claims}{left_open(estimated.bounds, stand.named, names)}; {_rest(names, stand)}."
    if stand.widest is not None:
        first, second = stand.widest
        gap = profile.theta.estimate[first] - profile.theta.estimate[second]
        interval = ends(groups.low[first, second], groups.high[first, second])
        return (
            f"{basis} accepted {names[first]} clips {points(gap)} more than {names[second]} clips {interval}"
            f"{_pair_left_open(estimated.bounds, stand.widest)}; no value stands clear of its average."
        )
    return f"{basis} gave answers in which no two of the {number(len(names))} values can be told apart."


def contrast_sentence(contrasted: Contrasted, names: Sequence[str]) -> str:
    """What a persona changed on identical items, or why that cannot be said."""
    persona = contrasted.condition.upper()
    if contrasted.contrast is None or contrasted.groups is None:
        return f"No change as {persona} can be reported, because {contrasted.reason}."
    found, level = contrasted.contrast.theta, contrasted.contrast.level
    stand = standing(found, contrasted.groups)
    without = "without" if contrasted.reference == "neutral" else f"as {contrasted.reference.upper()}"
    bounds = None if contrasted.bounds is None else contrasted.bounds.theta
    general = (
        f"Its general acceptance changed by {100 * level.estimate[0]:+.0f} points {ends(level.low[0], level.high[0])}"
        f"{level_left_open(contrasted.bounds)}."
    )
    if stand.named:
        claims = _claims(found, stand.named, names, (f"than {without}", ", relative to its average"))
        open_ = left_open(bounds, stand.named, names)
        return f"As {persona} it accepted {claims}{open_}; {_rest(names, stand)}. {general}"
    if stand.widest is not None:
        first, second = stand.widest
        interval = ends(contrasted.groups.low[first, second], contrasted.groups.high[first, second])
        gap = found.estimate[first] - found.estimate[second]
        return (
            f"As {persona} its acceptance moved {points(gap)} more towards {names[first]} clips than towards "
            f"{names[second]} clips {interval}{_pair_left_open(bounds, stand.widest)}; "
            f"no value's change stands clear of the average. {general}"
        )
    return f"As {persona} its changes on the {number(len(names))} values cannot be told apart. {general}"


def keyword_sentence(found: KeywordLeftOut, names: Sequence[str]) -> str:
    """How much the profile hangs on the keyword that matters most."""
    assert found.value is not None
    return (
        f'Without the {many(found.clips, "clip")} that "{found.keyword}" found, {names[found.value]} would stand at '
        f"{100 * found.without:+.0f} points instead of {100 * found.estimate:+.0f}: no keyword moves a value more."
    )


def groups_sentence(groups: TiedGroups, names: Sequence[str]) -> str:
    """The tied groups in words, highest first."""
    if len(groups.groups) == 1:
        return "No two values can be told apart."
    told = "; ".join(", ".join(names[value] for value in group) for group in groups.groups)
    return f"Values that cannot be told apart share a group, highest first: {told}."


def _claims(found: Intervals, values: Sequence[int], names: Sequence[str], after: tuple[str, str]) -> str:
    """ "A clips 9 points more than ... [4, 14] and B clips 11 less [-16, -6]"."""
    parts = []
    for place, value in enumerate(values):
        size = found.estimate[value]
        way = "more" if size > 0 else "less"
        amount = points(abs(size)) if place == 0 else points(abs(size)).split()[0]
        comparison = f" {after[0]}" if place == 0 else ""
        parts.append(f"{names[value]} clips {amount} {way}{comparison} {ends(found.low[value], found.high[value])}")
    return listed(parts) + after[1]


HAD_ALL_CHOSEN = "had every ask got a choice"


def left_open(bounds: ProfileBounds | None, values: Sequence[int], names: Sequence[str]) -> str:
    """Which of the claimed values the asks without a choice could turn round, as a part of the sentence; or ""."""
    if bounds is None:
        return ""
    turned = [value for value in values if bounds.low[value] <= 0 <= bounds.high[value]]
    if not turned:
        return ""
    told = listed([f"{names[value]} {between(bounds.low[value], bounds.high[value])}" for value in turned])
    return f", but {told} would be possible {HAD_ALL_CHOSEN}"


def _pair_left_open(bounds: ProfileBounds | None, pair: tuple[int, int]) -> str:
    if bounds is None or bounds.pair_low[pair] > 0:
        return ""
    return f", but {between(bounds.pair_low[pair], -bounds.pair_low[pair[::-1]])} would be possible {HAD_ALL_CHOSEN}"


def level_left_open(bounds: ContrastBounds | None) -> str:
    """The same of a difference of levels."""
    if bounds is None:
        return ""
    low, high = bounds.level.low[0], bounds.level.high[0]
    return f", but {between(low, high)} would be possible {HAD_ALL_CHOSEN}" if low <= 0 <= high else ""


def _rest(names: Sequence[str], stand: Standing) -> str:
    left = len(names) - len(stand.named)
    if left == 0:
        return "see the tied groups for which of them differ"
    if left == 1:
        return "the other one does not stand clear of the average"
    if stand.rest_tied:
        return f"the other {number(left)} cannot be told apart"
    return f"the other {number(left)} fall into overlapping tied groups"
