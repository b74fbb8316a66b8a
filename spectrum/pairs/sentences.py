"""The sentences a pairs run may say, with the gates of the project's measurement rules."""

from collections.abc import Sequence

from spectrum.bench.findings import NEUTRAL
from spectrum.bench.headline import standing
from spectrum.pairs.results import ConditionResult, Estimate
from spectrum.stats.intervals import Intervals

CAVEAT = "This describes choices between these clips, not what the model values."
FEW_TRIADS = 20


def headline(found: ConditionResult, model: str, names: Sequence[str]) -> str:
    """What stands first, or why nothing can be said."""
    speaker = model if found.condition == NEUTRAL else f"{model} as {found.condition.upper()}"
    if found.probability is None:
        return f"No profile of choices can be reported, because {found.reason}."
    profile = found.probability.profile
    basis = (
        f"In {profile.comparisons:,} choices between {profile.clips:,} clips in {profile.wordings} wordings, {speaker}"
    )
    said = [f"{basis} {_claims(found.probability, names, 'chose', 'than the average value')}"]
    said += [_place(found), *_circles(found)]
    if profile.conditional_on_wordings:
        said.append("Intervals hold for these wordings only: five or more would be a sample of wordings.")
    return " ".join([*said, CAVEAT])


def change_sentence(found: ConditionResult, names: Sequence[str]) -> str:
    """What a persona changed on identical pairs."""
    persona = found.condition.upper()
    if found.change is None:
        return f"No change as {persona} can be reported, because {found.change_reason}."
    return f"As {persona} it {_claims(found.change, names, 'chose', 'than without, relative to its average')}"


def _claims(found: Estimate, names: Sequence[str], verb: str, against: str) -> str:
    theta = found.profile.theta
    stand = standing(theta, found.groups)
    if not stand.named:
        if stand.widest is not None:
            one, other = stand.widest
            gap = 100 * (theta.estimate[one] - theta.estimate[other])
            ends = _ends(float(found.groups.low[one, other]), float(found.groups.high[one, other]))
            return f"{verb} {names[one]} clips {gap:.0f} points more often than {names[other]} clips {ends}."
        return f"{verb} in a way that lets no two of the {len(names)} values be told apart."
    parts = [
        _claim(theta, value, names[value], against if place == 0 else "") for place, value in enumerate(stand.named)
    ]
    joined = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    left = len(names) - len(stand.named)
    rest = "" if not left else f"; the other {left} cannot be told apart" if stand.rest_tied else ""
    return f"{verb} {joined}{rest}."


def _claim(theta: Intervals, value: int, name: str, against: str) -> str:
    size = 100 * theta.estimate[value]
    way = "more often" if size > 0 else "less often"
    ends = _ends(float(theta.low[value]), float(theta.high[value]))
    return " ".join(part for part in (name, "clips", f"{abs(size):.0f} points", way, against, ends) if part)


def _place(found: ConditionResult) -> str:
    assert found.probability is not None
    shown = found.probability.profile.shown_first
    ends = _ends(float(shown.low[0]), float(shown.high[0]))
    text = f"Being shown first adds {_whole(100 * float(shown.estimate[0])):+.0f} points {ends}"
    if found.same_clip is not None:
        text += f"; both orders chose the same clip in {100 * found.same_clip.share:.0f}% of pairs (50% by chance)"
    return text + "."


def _ends(low: float, high: float) -> str:
    return f"[{_whole(100 * low):.0f}, {_whole(100 * high):.0f}]"


def _whole(number: float) -> float:
    """Rounded, without the sign of a zero."""
    return round(number) + 0.0


def _circles(found: ConditionResult) -> list[str]:
    circles = found.triads["all"]
    if circles.share is None or circles.decided < FEW_TRIADS:
        return []
    return [f"{100 * circles.share:.0f}% of {circles.decided} decided triads go round in a circle (25% by chance)."]
