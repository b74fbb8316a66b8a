"""Charts that several pages draw: profiles as a forest plot and on Schwartz's circle, heat maps, curves with bands.

A builder returns a Figure. Specifications say nothing of colours but by role (theme.chart_config), and give their size
in `usermeta`: `width` is the widest a chart gets, in pixels; `square` charts are as high as they are wide. The page
fits them to the screen; `spectrum figures` takes them at full width.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from spectrum.report.blocks import Figure, Row

if TYPE_CHECKING:
    import altair

WIDTH, CIRCLE = 720, 460
ROW_HEIGHT = 17
_INNER, _OUTER, _LABELS = 0.2, 1.8, 2.02
"""Radii of the circle at the lowest and the highest number drawn, and of its labels; zero lies at 1."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its ends, in the unit that the chart's axis names."""

    label: str
    series: str
    estimate: float
    low: float
    high: float

    def row(self) -> Row:
        """As the chart's data and its CSV file have it."""
        return {
            "label": self.label,
            "series": self.series,
            "estimate": round(self.estimate, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
        }


def inline(rows: Sequence[Row]) -> "altair.Data":
    """Rows as a chart's own data."""
    import altair as alt

    made: alt.Data = alt.Data(values=list(rows))  # type: ignore[no-untyped-call]
    return made


def finished(chart: "altair.TopLevelMixin", *, width: int = WIDTH, square: bool = False) -> dict[str, Any]:
    """A chart as a specification with inline data and its size in usermeta; Altair's own theme is left out."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec.pop("config", None)
    # Named datasets repeat nothing, and keep the specification one plain tree.
    datasets = spec.pop("datasets", {})
    if datasets:
        spec["datasets"] = datasets
    spec["usermeta"] = {"width": width, "square": square}
    return spec


@dataclass(frozen=True, slots=True)
class _Who:
    """How series are told apart: by colour and by shape, in one legend, the first series first."""

    series: tuple[str, ...]
    width: int = WIDTH

    def colour(self) -> "altair.Color":
        import altair as alt

        return alt.Color("series:N", scale=alt.Scale(domain=list(self.series)), legend=self._legend())

    def shape(self) -> "altair.Shape":
        import altair as alt

        return alt.Shape("series:N", scale=alt.Scale(domain=list(self.series)), legend=self._legend())

    def _legend(self) -> "altair.Legend | None":
        import altair as alt

        if len(self.series) < 2:
            return None
        # As many columns as there is room for, lest names are cut: 7 pixels a letter, and the sign before it.
        room = self.width // (7 * max(map(len, self.series)) + 34)
        return alt.Legend(title=None, columns=max(1, min(3, room)))


def forest(
    name: str,
    title: str,
    caption: str,
    intervals: Sequence[Interval],
    *,
    axis: str = "points from its own average",
    reference: float = 0.0,
) -> Figure | None:
    """Estimates with intervals, a row a label in the order given, a mark a series; None where there is nothing.

    `reference` is where the vertical line stands that the eye compares with.
    """
    import altair as alt

    if not intervals:
        return None
    rows = [interval.row() for interval in intervals]
    labels, series = _order(rows, "label"), _order(rows, "series")
    data = inline(rows)
    offset = alt.YOffset("series:N", sort=series, scale=alt.Scale(paddingOuter=0.2))
    y = alt.Y("label:N", sort=labels, title=None, axis=alt.Axis(domain=False, ticks=False, grid=False))
    who = _Who(tuple(series))
    colour = who.colour()
    tips = [
        alt.Tooltip("label:N", title="value"),
        alt.Tooltip("series:N", title="who"),
        alt.Tooltip("estimate:Q", format="+.1f"),
        alt.Tooltip("low:Q", format="+.1f"),
        alt.Tooltip("high:Q", format="+.1f"),
    ]
    base = alt.Chart(data)
    bars = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X("low:Q", title=axis, axis=alt.Axis(tickCount=7)), x2="high:Q", y=y, yOffset=offset, color=colour
    )
    marks = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("estimate:Q"),
        y=y,
        yOffset=offset,
        color=colour,
        shape=who.shape(),
        tooltip=tips,
    )
    line = (
        alt.Chart(inline([{"at": reference}]))
        .mark_rule(style="zero", strokeWidth=1.25, strokeDash=[4, 3])
        .encode(x=alt.X("at:Q"))
    )
    step = max(22, ROW_HEIGHT * len(series) + 6)
    chart = alt.layer(line, bars, marks).properties(height=step * len(labels))
    return Figure(name, title, caption, _said(rows), finished(chart), tuple(rows))


def circle(name: str, title: str, caption: str, intervals: Sequence[Interval]) -> Figure | None:
    """Ten values in their order around the circle, zero on the dashed ring, further out is more; None without any."""
    import altair as alt

    if not intervals:
        return None
    rows = [interval.row() for interval in intervals]
    labels, series = _order(rows, "label"), _order(rows, "series")
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
    who = _Who(tuple(series), CIRCLE)
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
        alt.Tooltip("estimate:Q", format="+.1f"),
    ]
    layers.append(
        alt.Chart(inline(drawn))
        .mark_point(filled=True, size=60, opacity=1)
        .encode(x=x, y=y, color=colour, shape=who.shape(), tooltip=tips)
    )
    return Figure(
        name, title, caption, _said(rows), finished(alt.layer(*layers), width=CIRCLE, square=True), tuple(rows)
    )


def heat(
    name: str,
    title: str,
    caption: str,
    cells: Sequence[tuple[str, str, float | None]],
    *,
    unit: str,
    diverging: bool = True,
    panels: Sequence[str] = (),
    alt_text: str = "",
) -> Figure | None:
    """Cells (row, column, number) as colours, zero in the middle where `diverging`; None where there is nothing.

    Empty cells (None) stay blank. `panels`: a panel name a cell puts several maps side by side on one scale.
    """
    import altair as alt

    if not cells:
        return None
    names = list(panels) or [""] * len(cells)
    rows: list[Row] = [
        {"panel": panel, "row": row, "column": column, "number": None if number is None else round(number, 4)}
        for panel, (row, column, number) in zip(names, cells, strict=True)
    ]
    reach = max((abs(row["number"]) for row in rows if row["number"] is not None), default=1.0) or 1.0
    scale = (
        alt.Scale(domain=[-reach, 0, reach], range="diverging", interpolate="rgb")
        if diverging
        else alt.Scale(domain=[0, reach], range="ramp")
    )
    columns, lines = _order(rows, "column"), _order(rows, "row")
    chart = (
        alt.Chart(inline(rows))
        .mark_rect()
        .encode(
            x=alt.X("column:N", sort=columns, title=None, axis=alt.Axis(labelAngle=-60, ticks=False, domain=False)),
            y=alt.Y("row:N", sort=lines, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=190)),
            color=alt.Color("number:Q", scale=scale, title=unit, legend=alt.Legend(gradientLength=160, orient="top")),
            tooltip=["row:N", "column:N", alt.Tooltip("number:Q", title=unit, format="+.2f")],
        )
    )
    height = 18 * len(lines)
    said = alt_text or f"{title}: {len(lines)} rows by {len(columns)} columns; the numbers are in the table below."
    if len(set(names)) == 1:
        sized = chart.properties(height=height)
        return Figure(
            name, title, caption, said, finished(sized, width=min(WIDTH, 190 + 34 * len(columns))), tuple(rows)
        )
    sized = chart.properties(width=17 * len(columns), height=height).encode(
        column=alt.Column("panel:N", sort=_order(rows, "panel"), title=None)
    )
    spec = finished(sized)
    spec["usermeta"] = {"width": None, "square": False}
    return Figure(name, title, caption, said, spec, tuple(rows))


def curves(
    name: str,
    title: str,
    caption: str,
    points: Sequence[tuple[float, Interval]],
    *,
    across: str,
    up: str,
    height: int = 260,
    reference: float | None = None,
) -> Figure | None:
    """Estimates over a number, a line a series with its interval as a band; None where there is nothing.

    `points` are (place on the axis `across`, interval); the interval's label is not drawn but stands in the numbers.
    """
    import altair as alt

    if not points:
        return None
    rows = [{"at": place, **interval.row()} for place, interval in points]
    series = _order(rows, "series")
    who = _Who(tuple(series))
    colour = who.colour()
    base = alt.Chart(inline(rows)).encode(
        x=alt.X("at:Q", title=across, scale=alt.Scale(nice=False, zero=False)), color=colour
    )
    layers: list[Any] = [
        base.mark_area(opacity=0.16).encode(
            y=alt.Y("low:Q", title=up, scale=alt.Scale(zero=False)), y2="high:Q", detail="series:N"
        ),
        base.mark_line(strokeWidth=2).encode(y="estimate:Q", strokeDash=alt.StrokeDash("series:N", legend=None)),
        base.mark_point(filled=True, size=36, opacity=1).encode(
            y="estimate:Q",
            shape=who.shape(),
            tooltip=["series:N", alt.Tooltip("at:Q", title=across), "estimate:Q", "low:Q", "high:Q"],
        ),
    ]
    if reference is not None:
        line = alt.Chart(inline([{"level": reference}])).mark_rule(style="zero", strokeDash=[4, 3])
        layers.insert(0, line.encode(y=alt.Y("level:Q")))
    chart = alt.layer(*layers).properties(height=height)
    return Figure(name, title, caption, f"{title}: {', '.join(series)} over {across}.", finished(chart), tuple(rows))


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


def _order(rows: Sequence[Row], key: str) -> list[str]:
    """Distinct texts in order of first appearance."""
    return list(dict.fromkeys(row[key] for row in rows))


def _said(rows: Sequence[Row]) -> str:
    """The intervals in words, for those who do not see the chart."""
    many = len({row["series"] for row in rows}) > 1
    parts = [
        f"{row['label']}{', ' + row['series'] if many else ''} "
        f"{row['estimate']:+.1f} [{row['low']:.1f}, {row['high']:.1f}]"
        for row in rows
    ]
    return "; ".join(parts) + "."
