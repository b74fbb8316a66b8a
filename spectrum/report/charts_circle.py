"""Ten values on Schwartz's circle: zero on a ring, further out is more."""

import math
from collections.abc import Sequence
from typing import Any, Literal

from spectrum.report.blocks import Figure
from spectrum.report.charts import Interval, Who, finished, inline, interval_tips, order_of, said_of

CIRCLE = 460
_INNER, _OUTER, _LABELS = 0.2, 1.8, 2.02
"""Radii of the circle at the lowest and the highest number drawn, and of its labels; zero lies at 1."""


def circle(name: str, title: str, caption: str, intervals: Sequence[Interval]) -> Figure | None:
    """Ten values in their order around the circle, zero on the dashed ring, further out is more; None without any."""
    import altair as alt

    if not intervals:
        return None
    rows = [interval.row() for interval in intervals]
    labels, series = order_of(rows, "label"), order_of(rows, "series")
    reach = max(max(abs(row["low"]), abs(row["high"])) for row in rows) or 1.0
    angle = {label: math.pi / 2 - 2 * math.pi * place / len(labels) for place, label in enumerate(labels)}

    def at(label: str, number: float, side: str) -> dict[str, float]:
        radius = min(_OUTER, max(_INNER, 1 + (_OUTER - 1) * number / reach))
        return {f"x{side}": radius * math.cos(angle[label]), f"y{side}": radius * math.sin(angle[label])}

    drawn = [
        row
        | at(row["label"], row["estimate"], "")
        | at(row["label"], row["low"], "l")
        | at(row["label"], row["high"], "h")
        | {"turn": labels.index(row["label"])}
        for row in rows
    ]
    outline = [*drawn, *({**row, "turn": len(labels)} for row in drawn if row["turn"] == 0)]
    scale = alt.Scale(domain=[-3.1, 3.1], nice=False)
    x = alt.X("x:Q", scale=scale, axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-2.35, 2.35], nice=False), axis=None)
    who = Who(tuple(series), CIRCLE)
    colour = who.colour()
    layers = [*_rings(labels, angle, reach)]
    layers.append(
        alt.Chart(inline(outline))
        .mark_line(strokeWidth=1.5, opacity=0.65)
        .encode(x=x, y=y, color=colour, order="turn:Q", detail="series:N")
    )
    layers.append(
        alt.Chart(inline(drawn))
        .mark_rule(strokeWidth=2)
        .encode(x=alt.X("xl:Q", scale=scale, axis=None), x2="xh:Q", y=alt.Y("yl:Q", axis=None), y2="yh:Q", color=colour)
    )
    tips = [
        alt.Tooltip("label:N", title="value"),
        alt.Tooltip("series:N", title="who"),
        *interval_tips("points"),
    ]
    layers.append(
        alt.Chart(inline(drawn))
        .mark_point(filled=True, size=60, opacity=1)
        .encode(x=x, y=y, color=colour, shape=who.shape(), tooltip=tips)
    )
    return Figure(
        name, title, caption, said_of(rows), finished(alt.layer(*layers), width=CIRCLE, square=True), tuple(rows)
    )


def _rings(labels: Sequence[str], angle: dict[str, float], reach: float) -> list[Any]:
    """Rings at the reach, at zero and at minus the reach, spokes, names and the numbers of the rings."""
    import altair as alt

    turns = [2 * math.pi * step / 90 for step in range(91)]
    ring_rows = [
        {"ring": number, "step": step, "x": radius * math.cos(turn), "y": radius * math.sin(turn)}
        for number, radius in ((-0.5, 0.6), (0.0, 1.0), (0.5, 1.4), (1.0, 1.8))
        for step, turn in enumerate(turns)
    ]
    spokes = [{"x": 0.0, "y": 0.0, "x2": _OUTER * math.cos(a), "y2": _OUTER * math.sin(a)} for a in angle.values()]
    numbers = [
        {
            "x": radius * math.cos(turn),
            "y": radius * math.sin(turn),
            "text": f"{number * reach:+.0f}" if number else "0",
        }
        for number, radius in ((-0.5, 0.6), (0.0, 1.0), (0.5, 1.4), (1.0, 1.8))
        for turn in (math.pi / 2 - math.pi / len(labels),)
    ]
    x = alt.X("x:Q", scale=alt.Scale(domain=[-3.1, 3.1], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-2.35, 2.35], nice=False), axis=None)
    rings = alt.Chart(inline(ring_rows)).mark_line(style="grid-line", strokeWidth=1)
    names = []
    for label, turn in angle.items():
        side = math.cos(turn)
        align: Literal["left", "center", "right"] = "center" if abs(side) < 0.2 else "left" if side > 0 else "right"
        place = {"x": _LABELS * side, "y": _LABELS * math.sin(turn), "text": label}
        mark = alt.Chart(inline([place])).mark_text(style="ink-text", align=align, baseline="middle")
        names.append(mark.encode(x=x, y=y, text="text:N"))
    return [
        alt.Chart(inline(spokes)).mark_rule(style="grid-line").encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
        rings.transform_filter("datum.ring != 0").encode(x=x, y=y, order="step:Q", detail="ring:N"),
        alt.Chart(inline([row for row in ring_rows if row["ring"] == 0]))
        .mark_line(style="zero", strokeDash=[4, 3])
        .encode(x=x, y=y, order="step:Q"),
        alt.Chart(inline(numbers)).mark_text(style="soft-text", fontSize=11).encode(x=x, y=y, text="text:N"),
        *names,
    ]
