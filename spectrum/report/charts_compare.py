"""Charts of differences: a forest plot that tells real ones from others, and a heat map of many comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass

from spectrum.report.blocks import Figure, Row
from spectrum.report.charts import WIDTH, Interval, finished, inline, interval_tips, order_of

ROW_HEIGHT = 17
REAL = "*"
STRONG = 0.55
"""Share of the reach from which on a cell is so dark that its mark is drawn in the colour of the paper."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value's difference in a comparison."""

    interval: Interval
    """In points; its series is the comparison."""
    mark: str
    """What the heat map writes into the cell: "*" real, "=" equivalent, else nothing."""
    verdict: str

    def row(self) -> Row:
        """As the chart's data and its CSV file have it."""
        return {**self.interval.row(), "mark": self.mark, "verdict": self.verdict}


def difference_forest(
    name: str, title: str, caption: str, differences: Sequence[Difference], *, margin: float, axis: str
) -> Figure | None:
    """Differences with intervals, a row a value, a mark a comparison: filled where it is real, else hollow.

    `margin`: points on both sides of zero that count as none, drawn as a band. None where there is nothing.
    """
    import altair as alt

    if not differences:
        return None
    rows = [difference.row() for difference in differences]
    labels, series = order_of(rows, "label"), order_of(rows, "series")
    base = alt.Chart(inline(rows))
    offset = alt.YOffset("series:N", sort=series, scale=alt.Scale(paddingOuter=0.2))
    y = alt.Y("label:N", sort=labels, title=None, axis=alt.Axis(domain=False, ticks=False, grid=False))
    legend = alt.Legend(title=None, columns=1) if len(series) > 1 else None
    colour = alt.Color("series:N", scale=alt.Scale(domain=series), legend=legend)
    shape = alt.Shape("series:N", scale=alt.Scale(domain=series), legend=legend)
    tips = [
        alt.Tooltip("label:N", title="value"),
        alt.Tooltip("series:N", title="comparison"),
        *interval_tips("points"),
        "verdict:N",
    ]
    x = alt.X("low:Q", title=axis, axis=alt.Axis(tickCount=7))
    band = alt.Chart(inline([{"from": -margin, "to": margin}])).mark_rect(style="band").encode(x="from:Q", x2="to:Q")
    zero = alt.Chart(inline([{"at": 0}])).mark_rule(style="zero", strokeWidth=1.25, strokeDash=[4, 3]).encode(x="at:Q")
    bars = base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q", y=y, yOffset=offset, color=colour)
    places = {"x": alt.X("estimate:Q"), "y": y, "yOffset": offset, "color": colour, "shape": shape, "tooltip": tips}
    real, other = ([row for row in rows if (row["mark"] == REAL) is wanted] for wanted in (True, False))
    # A layer without rows would be an empty group that a screen reader announces: it is left out.
    points = []
    if other:
        hollow = alt.Chart(inline(other)).mark_point(filled=False, style="hollow", size=65, opacity=1, strokeWidth=1.75)
        points.append(hollow.encode(**places))
    if real:
        points.append(alt.Chart(inline(real)).mark_point(filled=True, size=75, opacity=1).encode(**places))
    height = max(22, ROW_HEIGHT * len(series) + 6) * len(labels)
    chart = alt.layer(band, zero, bars, *points).properties(height=height)
    return Figure(name, title, caption, _said(rows), finished(chart), tuple(rows))


def difference_heat(name: str, title: str, caption: str, differences: Sequence[Difference]) -> Figure | None:
    """A row a comparison, a column a value: points as colour, with "*" in real and "=" in equivalent cells."""
    import altair as alt

    if not differences:
        return None
    rows = [difference.row() for difference in differences]
    labels, series = order_of(rows, "label"), order_of(rows, "series")
    reach = max(abs(row["estimate"]) for row in rows) or 1.0
    axis = alt.Axis(ticks=False, domain=False, labelLimit=190)
    base = alt.Chart(inline(rows)).encode(
        x=alt.X("label:N", sort=labels, title=None, axis=alt.Axis(labelAngle=-60, ticks=False, domain=False)),
        y=alt.Y("series:N", sort=series, title=None, axis=axis),
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            "estimate:Q",
            title="points",
            scale=alt.Scale(domain=[-reach, 0, reach], range="diverging", interpolate="rgb"),
            legend=alt.Legend(gradientLength=160, orient="top"),
        ),
        tooltip=[
            alt.Tooltip("series:N", title="comparison"),
            alt.Tooltip("label:N", title="value"),
            alt.Tooltip("estimate:Q", format="+.1f", title="points"),
            "verdict:N",
        ],
    )
    dark, light = (
        [row for row in rows if row["mark"] and (abs(row["estimate"]) > STRONG * reach) is wanted]
        for wanted in (True, False)
    )
    x, y = alt.X("label:N", sort=labels), alt.Y("series:N", sort=series)
    marks = [
        alt.Chart(inline(part)).mark_text(style=style, fontSize=14, dy=1).encode(x=x, y=y, text="mark:N")
        for part, style in ((dark, "paper-text"), (light, "ink-text"))
        if part
    ]
    chart = alt.layer(cells, *marks).properties(height=24 * len(series))
    width = min(WIDTH, 230 + 44 * len(labels))
    return Figure(name, title, caption, _said(rows), finished(chart, width=width), tuple(rows))


def _said(rows: Sequence[Row]) -> str:
    """Real differences in words; how many others there are."""
    real = [
        f"{row['series']}, {row['label']} {row['estimate']:+.0f} points [{row['low']:.0f}, {row['high']:.0f}]"
        for row in rows
        if row["mark"] == REAL
    ]
    others = len(rows) - len(real)
    return f"Real differences: {'; '.join(real) or 'none'}. {others} others are not told to be real."
