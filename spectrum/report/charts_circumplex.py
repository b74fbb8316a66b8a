"""Charts of the circle of values: where each value lies and theory puts it, and how correlation falls with distance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spectrum.report.blocks import Figure, Row
from spectrum.report.charts import finished, inline
from spectrum.report.charts_circle import CIRCLE

THEORY, FOUND = "where theory puts it", "where it was found"
_NAMES, _REACH = 1.2, 1.95
"""Radii of names and of the drawing; the circle's is 1."""
TALL = 0.84
"""Height over width of a square chart on the page: without a legend, the circle then is one."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value on the circle: angles in degrees clockwise from the top, distance from the middle; the circle is 1."""

    label: str
    theory: float
    found: float
    distance: float

    def row(self) -> Row:
        """As the CSV file has it."""
        return {
            "label": self.label,
            "theory_degrees": round(self.theory, 1),
            "found_degrees": round(self.found % 360, 1),
            "distance": round(self.distance, 3),
            "off_by_degrees": round((self.found - self.theory + 180) % 360 - 180, 1),
        }


def places_on_circle(name: str, title: str, caption: str, places: Sequence[Place]) -> Figure | None:
    """The circle with each value's place by theory (hollow) and as found (filled), and a line between the two."""
    import altair as alt

    if not places:
        return None
    rows = [place.row() for place in places]
    reach = max(_REACH, 1.1 * max(place.distance for place in places))
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    flat = alt.Scale(domain=[-reach * TALL, reach * TALL], nice=False)
    x, y = alt.X("x:Q", scale=scale, axis=None), alt.Y("y:Q", scale=flat, axis=None)
    ring = [{"step": step, **_at(4 * step, 1.0)} for step in range(91)]
    marks = [
        {"label": place.label, "what": what, **_at(degrees, distance)}
        for place in places
        for what, degrees, distance in ((THEORY, place.theory, 1.0), (FOUND, place.found, place.distance))
    ]
    lines = [
        {**_at(place.theory, 1.0), **{f"{side}2": at for side, at in _at(place.found, place.distance).items()}}
        for place in places
    ]
    theory, found = (alt.Chart(inline([mark for mark in marks if mark["what"] == what])) for what in (THEORY, FOUND))
    tips = ["label:N", "what:N"]
    layers = [
        alt.Chart(inline(ring)).mark_line(style="grid-line", strokeWidth=1.5).encode(x=x, y=y, order="step:Q"),
        *(_name(place, x, y) for place in places),
        alt.Chart(inline(lines)).mark_rule(style="zero", strokeDash=[3, 3]).encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
        theory.mark_point(style=["zero", "hollow"], filled=False, size=90, opacity=1).encode(x=x, y=y, tooltip=tips),
        found.mark_point(filled=True, shape="diamond", size=90, opacity=1).encode(x=x, y=y, tooltip=tips),
    ]
    far = sorted(rows, key=lambda row: -abs(row["off_by_degrees"]))[:3]
    order = " ".join(row["label"] for row in sorted(rows, key=lambda row: row["found_degrees"]))
    said = f"Round the circle as found: {order}. Farthest from theory: " + ", ".join(
        f"{row['label']} {row['off_by_degrees']:+.0f} degrees" for row in far
    )
    spec = finished(alt.layer(*layers), width=CIRCLE + 60, square=True)
    return Figure(name, title, caption, f"{said}.", spec, tuple(rows))


def by_distance(
    name: str,
    title: str,
    caption: str,
    pairs: Sequence[tuple[str, int, float]],
    means: Sequence[float],
    cosine: tuple[float, float],
) -> Figure | None:
    """Correlations of two values by their steps apart round the circle, their means, and the fitted cosine.

    `pairs` are (both values, steps, correlation); `cosine` is level and amplitude of r = level + amplitude cos(angle).
    """
    import altair as alt

    if not pairs:
        return None
    rows: list[Row] = [{"pair": both, "steps": steps, "r": round(r, 4)} for both, steps, r in pairs]
    most = max(row["steps"] for row in rows)
    level, amplitude = cosine
    fitted = [
        {"steps": step / 8, "r": level + amplitude * math.cos(math.pi * step / 8 / most)}
        for step in range(8, 8 * most + 1)
    ]
    drawn = [{"steps": step + 1, "r": mean, "what": "mean"} for step, mean in enumerate(means)]
    x = alt.X(
        "steps:Q",
        title="steps apart round the circle",
        scale=alt.Scale(domain=[0.6, most + 0.4], nice=False),
        axis=alt.Axis(values=list(range(1, most + 1)), format="d"),
    )
    y = alt.Y("r:Q", title="correlation")
    zero = alt.Chart(inline([{"r": 0}])).mark_rule(style="zero", strokeDash=[4, 3]).encode(y=y)
    layers = [
        zero,
        alt.Chart(inline(rows))
        .mark_point(filled=True, size=30, opacity=0.45)
        .encode(x=x, y=y, tooltip=["pair:N", "steps:Q", "r:Q"]),
        alt.Chart(inline(fitted)).mark_line(style="ink", filled=False, fill=None, strokeWidth=1.5).encode(x=x, y=y),
        alt.Chart(inline(drawn))
        .mark_point(style="hollow", filled=False, shape="diamond", size=110, strokeWidth=2.5, opacity=1)
        .encode(x=x, y=y),
    ]
    said = ", ".join(f"{step + 1} apart {mean:+.2f}" for step, mean in enumerate(means))
    chart = alt.layer(*layers).properties(height=260)
    return Figure(name, title, caption, f"Mean correlation of values: {said}.", finished(chart, width=520), tuple(rows))


def _at(degrees: float, distance: float) -> dict[str, float]:
    turn = math.radians(degrees)
    return {"x": round(distance * math.sin(turn), 4), "y": round(distance * math.cos(turn), 4)}


def _name(place: Place, x: object, y: object) -> object:
    import altair as alt

    side = math.sin(math.radians(place.theory))
    align: Literal["left", "center", "right"] = "center" if abs(side) < 0.2 else "left" if side > 0 else "right"
    row = {"text": place.label, **_at(place.theory, _NAMES)}
    mark = alt.Chart(inline([row])).mark_text(style="ink-text", align=align, baseline="middle")
    return mark.encode(x=x, y=y, text="text:N")
