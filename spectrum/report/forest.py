"""Where the marks of the forest plot go; the template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

from spectrum.report.read_run import Row, ValueView
from spectrum.report.words import ends, points

WIDTH, LEFT, RIGHT, TOP = 640, 130, 20, 34
TRACK = 18
"""Height of one condition's line within a value's row."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An estimate with its interval, in pixels, and in words for those who do not see it."""

    series: int
    x: float
    low: float
    high: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A value's name, or a number on the axis."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Forest:
    """Everything the SVG needs."""

    width: int
    height: float
    left: int
    right: float
    top: int
    zero: float
    series: tuple[str, ...]
    rows: tuple[Label, ...]
    ticks: tuple[Label, ...]
    marks: tuple[Mark, ...]
    description: str


def forest(values: Sequence[ValueView], profiles: dict[str, dict[str, Row]]) -> Forest | None:
    """Lay out the profiles by condition, a row a value; None where there is nothing to draw."""
    series = tuple(name for name, rows in profiles.items() if rows)
    drawn = [row for name in series for row in profiles[name].values()]
    if not drawn:
        return None
    reach = max(max(abs(row["low"]), abs(row["high"])) for row in drawn) or 0.01
    step = next((step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if reach / step <= 5), 1.0)
    middle, scale = (LEFT + WIDTH - RIGHT) / 2, (WIDTH - RIGHT - LEFT) / 2 / (reach * 1.05)
    height = TRACK * len(series) + 10

    def x(share: float) -> float:
        return round(middle + share * scale, 1)

    marks = tuple(
        Mark(
            series=place,
            x=x(row["estimate"]),
            low=x(row["low"]),
            high=x(row["high"]),
            y=TOP + height * number + 5 + TRACK * (place + 0.5),
            text=f"{value.name}, {name}: {points(row['estimate'])} points {ends(row)}",
        )
        for number, value in enumerate(values)
        for place, name in enumerate(series)
        if (row := profiles[name].get(value.code)) is not None
    )
    count = int(reach / step)
    return Forest(
        width=WIDTH,
        height=TOP + height * len(values) + 8,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        zero=x(0.0),
        series=series,
        rows=tuple(Label(value.name, TOP + height * (number + 0.5)) for number, value in enumerate(values)),
        ticks=tuple(Label(points(step * tick), x(step * tick)) for tick in range(-count, count + 1)),
        marks=marks,
        description="; ".join(mark.text for mark in marks) + ".",
    )
