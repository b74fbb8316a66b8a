"""Charts that several pages draw: profiles as a forest plot, heat maps, curves with bands.

A builder returns a Figure. Specifications say nothing of colours but by role (theme.chart_config), and give their size
in `usermeta`: `width` is the widest a chart gets, in pixels; `square` charts are as high as they are wide. The page
fits them to the screen; `spectrum figures` takes them at full width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectrum.report.blocks import Figure, Row

if TYPE_CHECKING:
    import altair

WIDTH = 720
ROW_HEIGHT = 17


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
class Who:
    """How series are told apart: by colour and by shape, in one legend, the first series first."""

    series: tuple[str, ...]
    width: int = WIDTH

    def colour(self) -> "altair.Color":
        """The channel of colour."""
        import altair as alt

        return alt.Color("series:N", scale=alt.Scale(domain=list(self.series)), legend=self._legend())

    def shape(self) -> "altair.Shape":
        """The channel of shape, with the same legend."""
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
    labels: str = "value",
) -> Figure | None:
    """Estimates with intervals, a row a label in the order given, a mark a series; None where there is nothing.

    `reference` is where the vertical line stands that the eye compares with; `labels` is what a label names.
    """
    import altair as alt

    if not intervals:
        return None
    rows = [interval.row() for interval in intervals]
    named, series = order_of(rows, "label"), order_of(rows, "series")
    data = inline(rows)
    offset = alt.YOffset("series:N", sort=series, scale=alt.Scale(paddingOuter=0.2))
    y = alt.Y("label:N", sort=named, title=None, axis=alt.Axis(domain=False, ticks=False, grid=False))
    who = Who(tuple(series))
    colour = who.colour()
    tips = [alt.Tooltip("label:N", title=labels), alt.Tooltip("series:N", title="who"), *interval_tips(axis)]
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
    chart = alt.layer(line, bars, marks).properties(height=step * len(named))
    return Figure(name, title, caption, said_of(rows), finished(chart), tuple(rows))


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
    columns, lines = order_of(rows, "column"), order_of(rows, "row")
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
        column=alt.Column("panel:N", sort=order_of(rows, "panel"), title=None)
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
    series = order_of(rows, "series")
    who = Who(tuple(series))
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
            tooltip=[
                alt.Tooltip("series:N", title="who"),
                alt.Tooltip("at:Q", title=across),
                *interval_tips(up, ".3~g"),
            ],
        ),
    ]
    if reference is not None:
        line = alt.Chart(inline([{"level": reference}])).mark_rule(style="zero", strokeDash=[4, 3])
        layers.insert(0, line.encode(y=alt.Y("level:Q")))
    chart = alt.layer(*layers).properties(height=height)
    said = "; ".join(_course([row for row in rows if row["series"] == one], one, across) for one in series)
    return Figure(name, title, caption, f"{up}: {said}.", finished(chart), tuple(rows))


def _course(rows: Sequence[Row], series: str, across: str) -> str:
    """Where a curve begins and ends."""
    first, last = (min(rows, key=lambda row: row["at"]), max(rows, key=lambda row: row["at"]))
    told = [
        f"{row['estimate']:+.2f} [{row['low']:.2f}, {row['high']:.2f}] at {across} {row['at']:g}"
        for row in (first, last)
    ]
    return f"{series} " + " to ".join(dict.fromkeys(told))


def interval_tips(axis: str, form: str = "+.1f") -> "list[altair.Tooltip]":
    """What is told of an estimate where the pointer rests: the number by its unit, and its 95% interval."""
    import altair as alt

    titles = {"estimate": axis, "low": "95% interval from", "high": "to"}
    return [alt.Tooltip(f"{key}:Q", title=title, format=form) for key, title in titles.items()]


def order_of(rows: Sequence[Row], key: str) -> list[str]:
    """Distinct texts in order of first appearance."""
    return list(dict.fromkeys(row[key] for row in rows))


def said_of(rows: Sequence[Row]) -> str:
    """The intervals in words, for those who do not see the chart."""
    many = len({row["series"] for row in rows}) > 1
    parts = [
        f"{row['label']}{', ' + row['series'] if many else ''} "
        f"{row['estimate']:+.1f} [{row['low']:.1f}, {row['high']:.1f}]"
        for row in rows
    ]
    return "; ".join(parts) + "."
