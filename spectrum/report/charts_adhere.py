"""Charts of adherence: estimates with or without a number, personas as points, and who is taken for whom.

As in charts: specifications say nothing of colours but by role, and give their size in `usermeta`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectrum.report.blocks import Figure, Row
from spectrum.report.charts import finished, inline, interval_tips

if TYPE_CHECKING:
    import altair

SCATTER = 560
_SAID = 40
"""Marks that the sentence for those who do not see the chart lists."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An estimate in the unit of the axis, with its interval where it has one; where it is None, `note` says why."""

    label: str
    series: str
    estimate: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""

    @staticmethod
    def of(label: str, series: str, row: Row, scale: float = 100, note: str = "") -> "Mark":
        """From a metric table's estimate, low and high, times `scale`; the note is kept where there is no estimate."""
        estimate, low, high = (None if row[key] is None else scale * row[key] for key in ("estimate", "low", "high"))
        return Mark(label, series, estimate, low, high, note if estimate is None else "")

    def row(self) -> Row:
        """As the chart's data and its CSV file have it."""
        return {
            "label": self.label,
            "series": self.series,
            "estimate": _rounded(self.estimate),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Point:
    """One persona by two numbers."""

    label: str
    series: str
    across: float
    up: float


@dataclass(frozen=True, slots=True)
class Cell:
    """How alike a row's and a column's profile are, -1 to 1; `own` where the column is the row's."""

    row: str
    column: str
    number: float | None
    own: bool


def marks(
    name: str,
    title: str,
    caption: str,
    drawn: Sequence[Mark],
    *,
    axis: str,
    domain: tuple[float, float] | None = None,
    reference: float = 0.0,
    beside: bool = True,
    form: str = "+.1f",
    series: Sequence[str] = (),
) -> Figure | None:
    """Estimates, a row a label in the order given, a mark a series; None where there is nothing.

    `beside`: series of one label stand under one another; where a label has one mark alone they need not. `series`
    fixes their order and so their colours and shapes. A mark without an estimate shows its note.
    """
    import altair as alt

    if not drawn:
        return None
    rows = [mark.row() for mark in drawn]
    labels = list(dict.fromkeys(mark.label for mark in drawn))
    present = {mark.series for mark in drawn}
    names = list(series) or list(dict.fromkeys(mark.series for mark in drawn))
    rows_axis = alt.Axis(domain=False, ticks=False, grid=False, labelLimit=190, labelPadding=8)
    y = alt.Y("label:N", sort=labels, title=None, axis=rows_axis)
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=True)
    x = alt.X("estimate:Q", title=axis, scale=scale, axis=alt.Axis(tickCount=7))
    placed: dict[str, Any] = {"y": y}
    if beside:
        placed["yOffset"] = alt.YOffset("series:N", scale=alt.Scale(domain=names, paddingOuter=0.2))
    colour, shape = _by_series(names, [name for name in names if name in present] if len(present) > 1 else [])
    known = [row for row in rows if row["estimate"] is not None]
    spanned = [row for row in known if row["low"] is not None and row["high"] is not None]
    layers: list[Any] = [
        alt.Chart(inline([{"at": reference}]))
        .mark_rule(style="zero", strokeWidth=1.25, strokeDash=[4, 3])
        .encode(x=alt.X("at:Q", title=axis, scale=scale))
    ]
    if spanned:
        bars = alt.Chart(inline(spanned)).mark_rule(strokeWidth=2.5, clip=True)
        layers.append(bars.encode(x=alt.X("low:Q", title=axis, scale=scale), x2="high:Q", color=colour, **placed))
    tips = [alt.Tooltip("label:N", title="of"), alt.Tooltip("series:N", title="shown as"), *interval_tips(axis, form)]
    points = alt.Chart(inline(known)).mark_point(filled=True, size=62, opacity=1)
    layers.append(points.encode(x=x, color=colour, shape=shape, tooltip=tips, **placed))
    if len(known) < len(rows):
        lacking = [row | {"at": reference} for row in rows if row["estimate"] is None]
        place = alt.X("at:Q", title=axis, scale=scale)
        named = len(present) > 1
        if named:
            # Hollow and small, lest it is taken for an estimate.
            signs = alt.Chart(inline(lacking)).mark_point(filled=False, size=30, opacity=1, xOffset=12)
            layers.append(signs.encode(x=place, color=colour, shape=shape, **placed))
        said = alt.Chart(inline(lacking)).mark_text(style="soft-text", align="left", dx=20 if named else 7, fontSize=11)
        layers.append(said.encode(x=place, text="note:N", **placed))
    step = 18 if not beside else max(22, 17 * len(names) + 6)
    chart = alt.layer(*layers).properties(height=step * len(labels))
    return Figure(name, title, caption, _said(drawn, form), finished(chart), tuple(rows))


def scatter(
    name: str, title: str, caption: str, points: Sequence[Point], *, across: str, up: str, series: Sequence[str]
) -> Figure | None:
    """Personas by two numbers, told apart by shape and colour; None where there is nothing."""
    import altair as alt

    if not points:
        return None
    rows: list[Row] = [
        {"label": p.label, "series": p.series, "across": _rounded(p.across), "up": _rounded(p.up)} for p in points
    ]
    colour, shape = _by_series(series, [name for name in series if any(point.series == name for point in points)])
    lines = [
        alt.Chart(inline([{"at": 0}])).mark_rule(style="zero", strokeDash=[4, 3]).encode(x=alt.X("at:Q")),
        alt.Chart(inline([{"at": 0}])).mark_rule(style="zero", strokeDash=[4, 3]).encode(y=alt.Y("at:Q")),
    ]
    tips = [
        alt.Tooltip("label:N", title="persona"),
        alt.Tooltip("series:N", title="verdict"),
        alt.Tooltip("across:Q", title=across, format="+.1f"),
        alt.Tooltip("up:Q", title=up, format="+.1f"),
    ]
    dots = (
        alt.Chart(inline(rows))
        .mark_point(filled=True, size=62, opacity=0.85)
        .encode(
            x=alt.X("across:Q", title=across, axis=alt.Axis(tickCount=7)),
            y=alt.Y("up:Q", title=up, axis=alt.Axis(tickCount=6)),
            color=colour,
            shape=shape,
            tooltip=tips,
        )
    )
    chart = alt.layer(*lines, dots).properties(height=300)
    said = f"{title}: {len(rows)} personas; {across} across, {up} up. The numbers are in the table below."
    return Figure(name, title, caption, said, finished(chart, width=SCATTER), tuple(rows))


def matrix(name: str, title: str, caption: str, cells: Sequence[Cell], *, unit: str) -> Figure | None:
    """Likeness of rows and columns as colours between -1 and 1, a row's own column framed; None without cells."""
    import altair as alt

    if not cells:
        return None
    rows: list[Row] = [
        {"row": cell.row, "column": cell.column, "number": _rounded(cell.number), "own": cell.own} for cell in cells
    ]
    lines = list(dict.fromkeys(cell.row for cell in cells))
    columns = list(dict.fromkeys(cell.column for cell in cells))
    x = alt.X(
        "column:N", sort=columns, title=None, axis=alt.Axis(labelAngle=-60, ticks=False, domain=False, labelLimit=150)
    )
    y = alt.Y("row:N", sort=lines, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=190))
    tips = [
        alt.Tooltip("row:N", title="persona"),
        alt.Tooltip("column:N", title="target"),
        alt.Tooltip("number:Q", title=unit, format="+.2f"),
    ]
    fill = alt.Color(
        "number:Q",
        scale=alt.Scale(domain=[-1, 0, 1], range="diverging", interpolate="rgb"),
        title=unit,
        legend=alt.Legend(gradientLength=160, orient="top"),
    )
    base = alt.Chart(inline(rows))
    frames = base.transform_filter("datum.own").mark_rect(style="ink", fill="transparent", strokeWidth=1.75)
    chart = alt.layer(
        base.mark_rect().encode(x=x, y=y, color=fill, tooltip=tips), frames.encode(x=x, y=y, tooltip=tips)
    )
    spec = finished(chart.properties(width=max(18 * len(columns), 120), height=18 * len(lines)))
    # Columns keep their width: where the screen is narrower the chart scrolls, so that names stay legible.
    spec["usermeta"] = {"width": None, "square": False}
    own = [cell.number for cell in cells if cell.own and cell.number is not None]
    others = [cell.number for cell in cells if not cell.own and cell.number is not None]
    said = f"{title}: {len(lines)} personas by {len(columns)} targets"
    if own and others:
        said += f"; likeness to the own target {sum(own) / len(own):+.2f} on average, to the others "
        said += f"{sum(others) / len(others):+.2f}"
    return Figure(name, title, caption, f"{said}. The numbers are in the table below.", spec, tuple(rows))


def _by_series(names: Sequence[str], named: Sequence[str]) -> "tuple[altair.Color, altair.Shape]":
    """Colour and shape of a series, the same whichever others are there, in one legend of those that are `named`."""
    import altair as alt

    shown = alt.Legend(title=None, columns=3, values=list(named)) if named else None
    scale = alt.Scale(domain=list(names))
    return alt.Color("series:N", scale=scale, legend=shown), alt.Shape("series:N", scale=scale, legend=shown)


def _said(drawn: Sequence[Mark], form: str) -> str:
    """The marks in words, for those who do not see the chart."""
    many = len({mark.series for mark in drawn}) > 1
    parts = []
    for mark in drawn[:_SAID]:
        who = f"{mark.label}, {mark.series}" if many else mark.label
        said = mark.note or "not known" if mark.estimate is None else format(mark.estimate, form)
        if mark.estimate is not None and mark.low is not None and mark.high is not None:
            said += f" [{format(mark.low, form)}, {format(mark.high, form)}]"
        parts.append(f"{who}: {said}")
    more = f"; {len(drawn) - _SAID} more are in the table below" if len(drawn) > _SAID else ""
    return "; ".join(parts) + more + "."


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
