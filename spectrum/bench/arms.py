"""Arms of a bench: clips as they are, and the rungs of the null ladder, on which the picture is taken away.

A rung is a condition of the media, not of the text: the same questions about the same clips, with other pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from spectrum.errors import ConfigError
from spectrum.suite import SuiteClip
from video_index.keyed import shuffled


class Arm(StrEnum):
    """What a question is shown with."""

    INTACT = "intact"
    BLANK = "blank"
    """Grey frames of the clip's own number and size: these could tell, too, and stay."""
    PERMUTED = "permuted"
    """Another clip's pictures."""
    MASKED = "masked"
    """The clip with whatever looks like overlaid text painted over."""
    DESCRIBE = "describe"
    """The clip as it is, to be described; no rung, but what the next one needs."""
    CAPTION = "caption"
    """No picture: the respondent's own description of the clip (the published benchmark's ablation)."""


RUNGS = (Arm.BLANK, Arm.PERMUTED, Arm.CAPTION, Arm.MASKED)
"""Rungs that are asked; chance, always-yes and relabelled answers are computed in every run."""
DEFAULT_RUNGS = (Arm.BLANK, Arm.PERMUTED)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Which rungs to ask, and about how many clips a value."""

    rungs: tuple[Arm, ...] = DEFAULT_RUNGS
    clips_a_value: int = 40
    """For blank frames, where forty decide even for a respondent that tosses coins; the other rungs get half."""

    def __post_init__(self) -> None:
        if self.clips_a_value < 1:
            raise ConfigError(f"the null ladder needs at least 1 clip a value, not {self.clips_a_value}")
        if not self.rungs or not set(self.rungs) <= set(RUNGS) or len(set(self.rungs)) != len(self.rungs):
            raise ConfigError(f"rungs of the null ladder are some of {', '.join(RUNGS)}, each once")

    def clips_of(self, rung: Arm) -> int:
        """Clips a value for a rung."""
        return self.clips_a_value if rung is Arm.BLANK else (self.clips_a_value + 1) // 2


def parse_rungs(text: str) -> tuple[Arm, ...]:
    """Rungs from "blank,permuted", in the ladder's order. Raises ConfigError for a name that is none."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in named if name not in set(RUNGS)]
    if unknown or not named:
        raise ConfigError(f"{unknown[0] if unknown else text!r} is no rung of the null ladder; name {', '.join(RUNGS)}")
    return tuple(rung for rung in RUNGS if rung in named)


def first_of_each(members: Sequence[SuiteClip], a_value: int, *, controls: bool) -> list[int]:
    """Rows of the first clips in the order of asking until each value has `a_value` (and, where told, its controls).

    The order is keyed and serves the values in turns, so that this is a keyed subset, the same for every
    respondent, and a larger one begins with a smaller one.
    """
    served: dict[tuple[str, str], int] = {}
    chosen = []
    for row, member in enumerate(members):
        strata = [("set", code) for code in dict.fromkeys(member.value_sets)]
        if controls:
            strata += [("control", code) for code in dict.fromkeys(member.control_for)]
        if any(served.get(stratum, 0) < a_value for stratum in strata):
            chosen.append(row)
            for stratum in strata:
                served[stratum] = served.get(stratum, 0) + 1
    return chosen


def exchanged(members: Sequence[SuiteClip], rows: Sequence[int], seed: int) -> dict[int, int]:
    """For each row another one of them, whose pictures it gets: a keyed cycle, so that no clip keeps its own.

    Empty where there are fewer than two.
    """
    row_of = {members[row].clip.clip_id: row for row in rows}
    if len(row_of) < 2:
        return {}
    order = [row_of[clip_id] for clip_id in shuffled(row_of, seed, "permuted pictures")]
    return {row: order[(place + 1) % len(order)] for place, row in enumerate(order)}


def treatment(arm: Arm, clip_id: str, description: str = "") -> str:
    """What enters the view's identity: "" for a clip as it is; `description` is the key of the describing question."""
    if arm is Arm.PERMUTED:
        return f"for {clip_id}"
    if arm is Arm.CAPTION:
        return f"described {description}"
    return str(arm) if arm in (Arm.BLANK, Arm.MASKED) else ""
