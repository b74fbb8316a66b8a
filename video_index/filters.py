"""Which clips a search or a listing is about, said once for every back end."""

from dataclasses import dataclass
from datetime import date

from video_index.errors import SpectrumError


class ClipFilterError(SpectrumError):
    """A filter's date is no date, or its lower bound lies above its upper one."""


@dataclass(frozen=True, slots=True)
class ClipFilter:
    """Conditions that all have to hold; what is left out restricts nothing.

    Bounds include their end. A clip without a date never passes a date condition, one without a platform
    never passes a platform condition, and a still has a duration of 0 s. Raises ClipFilterError.
    """

    platforms: tuple[str, ...] = ()
    """Any of these, in upper or lower case."""
    posted_from: str | None = None
    """ISO date (YYYY-MM-DD)."""
    posted_to: str | None = None
    duration_min_s: float | None = None
    duration_max_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("posted_from", "posted_to"):
            text = getattr(self, name)
            if text is not None and day_number(text) is None:
                raise ClipFilterError(f"{name} is {text!r}; give a date as YYYY-MM-DD")
        for low, high, what in (
            (self.posted_from, self.posted_to, "dates"),
            (self.duration_min_s, self.duration_max_s, "durations"),
        ):
            if low is not None and high is not None and low > high:  # type: ignore[operator]  # two texts or two numbers
                raise ClipFilterError(f"no clip can match: the {what} start at {low} and end at {high}")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one payload field: any of the given words, or a closed range of numbers."""

    key: str
    any_of: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None


def conditions(clip_filter: ClipFilter | None) -> list[Condition]:
    """The filter as conditions on payload fields; none where nothing is restricted."""
    if clip_filter is None:
        return []
    wanted: list[Condition] = []
    if clip_filter.platforms:
        wanted.append(Condition("platform_key", any_of=tuple(sorted({name.lower() for name in clip_filter.platforms}))))
    if clip_filter.posted_from or clip_filter.posted_to:
        wanted.append(
            Condition(
                "posted_day",
                at_least=day_number(clip_filter.posted_from),
                at_most=day_number(clip_filter.posted_to),
            )
        )
    if clip_filter.duration_min_s is not None or clip_filter.duration_max_s is not None:
        wanted.append(
            Condition(
                "duration_ms",
                at_least=milliseconds(clip_filter.duration_min_s),
                at_most=milliseconds(clip_filter.duration_max_s),
            )
        )
    return wanted


def day_number(text: str | None) -> int | None:
    """Days since 0001-01-01 of an ISO date, which every engine can range over; None where it is none."""
    try:
        return None if text is None else date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def milliseconds(seconds: float | None) -> int | None:
    """Whole milliseconds: durations are compared to that precision, alike in every engine."""
    return None if seconds is None else round(seconds * 1000)
