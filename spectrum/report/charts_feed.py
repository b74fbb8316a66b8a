"""Charts of feeds: curves in small panels, drift against its noise band, a map of clips.

Panels stand side by side as far as there is room: `usermeta` gives `panel`, the least width of one in pixels, `most`
in a row, and `square` for panels as high as they are wide. The page lays them out; other readers take the
specification's own columns and widths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectrum.report.blocks import Figure, Row
from spectrum.report.charts import finished, interval_tips

if TYPE_CHECKING:
    pass

_CURVE, _DRIFT, _MAP = 150, 195, 200
"""Least widths of a panel, in pixels."""
_SHORT = 45
"""Letters of all names in a legend that fits beside each other."""
_NOISE = {
    "drift": "divergence, bits",
    "floor_mean": "by chance, mean",
    "floor_95": "by chance, 95% below",
    "p": "p",
}
"""Columns of a drift chart's rows, and what they are called where the pointer rests."""


@dataclass(frozen=True, slots=True)
class Place:
    """An estimate at a place of the horizontal axis, with its interval where there is one."""

    panel: str
    series: str
    at: float
    estimate: float
    low: float | None
    high: float | None


def panels(
    name: str,
    title: str,
    caption: str,
    places: Sequence[Place],
    *,
    across: str,
    up: str,
    references: Mapping[str, float],
    alt_text: str,
    most: int = 5,
) -> Figure | None:
    """Curves with bands, a small panel each on one scale, dashed lines at the panels' references; None without any.

    Bands are cut at the scale's ends: zero, and a tenth above the highest estimate or reference.
    """
    import altair as alt

    if not places:
        return None
    rows: list[Row] = [
        {
            "panel": place.panel,
            "series": place.series,
            "at": place.at,
            "estimate": round(place.estimate, 4),
            "low": None if place.low is None else round(place.low, 4),
            "high": None if place.high is None else round(place.high, 4),
            "reference": references.get(place.panel),
        }
        for place in places
    ]
    series = list(dict.fromkeys(row["series"] for row in rows))
    top = 1.1 * max(max(row["estimate"], row["reference"] or 0.0) for row in rows) or 1.0
    columns = 3 if sum(map(len, series)) < _SHORT else 1
    legend = alt.Legend(title=None, columns=columns, symbolOpacity=1) if len(series) > 1 else None
    colour = alt.Color("series:N", scale=alt.Scale(domain=series), legend=legend)
    y = alt.Scale(domain=[0, top], nice=False)
    base = alt.Chart().encode(x=alt.X("at:Q", title=across, axis=alt.Axis(tickCount=3, grid=False)))
    layers = [
        base.mark_line(style="zero", strokeDash=[4, 3], strokeWidth=1).encode(y=alt.Y("reference:Q", scale=y)),
        base.mark_area(opacity=0.14, clip=True).encode(
            y=alt.Y("low:Q", scale=y, title=up, axis=alt.Axis(tickCount=4)), y2="high:Q", color=colour
        ),
        base.mark_line(strokeWidth=1.75).encode(y="estimate:Q", color=colour),
        base.mark_point(filled=True, size=26, opacity=1).encode(
            y="estimate:Q",
            color=colour,
            shape=alt.Shape("series:N", scale=alt.Scale(domain=series), legend=legend),
            tooltip=[
                alt.Tooltip("panel:N", title="value"),
                alt.Tooltip("series:N", title="who"),
                alt.Tooltip("at:Q", title=across),
                *interval_tips(up, ".3~g"),
            ],
        ),
    ]
    chart = alt.layer(*layers).properties(width=_CURVE - 40, height=95)
    return Figure(name, title, caption, alt_text, _panelled(chart, rows, _CURVE, most), tuple(rows))


def drift_panels(
    name: str, title: str, caption: str, rows: Sequence[Row], *, across: str, up: str, alt_text: str
) -> Figure | None:
    """Rows (panel, at, drift, floor_mean, floor_95, p, beyond) as points over shaded noise bands; None without any."""
    import altair as alt

    if not rows:
        return None
    top = 1.08 * max(max(row["drift"], row["floor_95"]) for row in rows) or 1.0
    y = alt.Scale(domain=[0, top], nice=False)
    span = alt.Scale(zero=False, nice=False, padding=14)
    kinds = ["beyond the noise", "within the noise"]
    scale = alt.Scale(domain=kinds)
    base = alt.Chart().encode(x=alt.X("at:Q", title=across, axis=alt.Axis(tickCount=4, grid=False), scale=span))
    layers = [
        base.mark_bar(style="band", size=18).encode(
            y=alt.Y("zero:Q", scale=y, title=up, axis=alt.Axis(tickCount=4)), y2="floor_95:Q"
        ),
        base.mark_tick(style="zero", orient="horizontal", size=18, thickness=1.5).encode(y="floor_mean:Q"),
        base.mark_line(style="zero", strokeWidth=1.25).encode(y="drift:Q"),
        base.mark_point(filled=True, size=60, opacity=1).encode(
            y="drift:Q",
            color=alt.Color("beyond:N", scale=scale, legend=alt.Legend(title=None)),
            shape=alt.Shape("beyond:N", scale=scale, legend=alt.Legend(title=None)),
            tooltip=[
                alt.Tooltip("panel:N", title="arm"),
                alt.Tooltip("at:Q", title=across),
                *(alt.Tooltip(f"{key}:Q", title=told, format=".3~g") for key, told in _NOISE.items()),
            ],
        ),
    ]
    drawn: list[Row] = [
        {**row, "beyond": kinds[0] if row["beyond"] else kinds[1], "zero": 0} for row in rows
    ]  # fmt: skip
    chart = alt.layer(*layers).properties(width=_DRIFT - 40, height=140)
    return Figure(name, title, caption, alt_text, _panelled(chart, drawn, _DRIFT, 3), tuple(rows))


def clip_map(
    name: str,
    title: str,
    caption: str,
    rows: Sequence[Row],
    labels: Sequence[Row],
    families: Sequence[str],
    *,
    alt_text: str,
) -> Figure | None:
    """Clips (panel, x, y, family, title, value, shown) on a plane, a panel each; None without any.

    Those that were shown are as large as they were shown often, coloured and shaped by family; the rest stay faint.
    `labels` (panel, x, y, text) are written over them.
    """
    import altair as alt

    if not rows:
        return None
    scale = alt.Scale(domain=list(families))
    frame = {side: [min(row[side] for row in rows), max(row[side] for row in rows)] for side in "xy"}
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=frame["x"], nice=False, padding=8))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=frame["y"], nice=False, padding=8))
    # Charts of one facet share their data: what each layer draws is picked out of it.
    base = alt.Chart().encode(x=x, y=y)
    tips = ["title:N", "value:N", alt.Tooltip("shown:Q", title="times shown")]
    legend = alt.Legend(title=None, columns=2, symbolSize=70)
    layers = [
        base.transform_filter("datum.shown === 0").mark_point(filled=True, size=14, style="band"),
        base.transform_filter("datum.shown > 0")
        .mark_point(filled=True, opacity=0.75)
        .encode(
            size=alt.Size("shown:Q", scale=alt.Scale(range=[24, 240]), legend=None),
            color=alt.Color("family:N", scale=scale, legend=legend),
            shape=alt.Shape("family:N", scale=scale, legend=legend),
            tooltip=tips,
        ),
        *(
            base.transform_filter("isValid(datum.text)")
            .mark_text(style=style, fontWeight="bold", fontSize=12, strokeWidth=width)
            .encode(text="text:N")
            for style, width in (("paper-line", 4), ("ink-text", 0))
        ),
    ]
    drawn = [*rows, *labels]
    chart = alt.layer(*layers).properties(width=_MAP - 20, height=_MAP - 20)
    return Figure(name, title, caption, alt_text, _panelled(chart, drawn, _MAP, 3, square=True), tuple(rows))


def _panelled(chart: Any, rows: Sequence[Row], least: int, most: int, *, square: bool = False) -> dict[str, Any]:
    import altair as alt

    order = list(dict.fromkeys(row["panel"] for row in rows))
    columns = min(most, len(order))
    facet = chart.facet(
        data=alt.NamedData("rows"),
        facet=alt.Facet("panel:N", sort=order, title=None, header=alt.Header(labelLimit=least)),
        columns=columns,
    )
    spec = finished(facet)
    spec["data"] = {"values": list(rows)}  # Altair would copy and check every row, several times
    spec["usermeta"] = {"width": None, "square": square, "panel": least, "most": columns}
    return spec
