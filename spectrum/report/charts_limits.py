"""Dot plots of figures with the limits they are held against, and of what was planted against what came back."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectrum.report.blocks import Figure, Row
from spectrum.report.charts import finished, inline

if TYPE_CHECKING:
    import altair

LINE, WRAP = 15, 54
"""Pixels a line of a label, and characters in one. Labels stand above their marks: a phone has room for both."""
MISSED = "misses"


@dataclass(frozen=True, slots=True)
class Dot:
    """A figure with its limits, in the unit that the chart's axis names."""

    label: str
    series: str
    value: float
    low: float | None
    """Least that will do; None where there is no such limit."""
    high: float | None
    error: float | None
    """Standard error of the value."""
    state: str
    """"keeps", "misses" or "printed": held against its limits or not."""

    def row(self) -> Row:
        """As the chart's data and its CSV file have it."""
        return {
            "label": self.label,
            "series": self.series,
            "value": round(self.value, 5),
            "low": None if self.low is None else round(self.low, 5),
            "high": None if self.high is None else round(self.high, 5),
            "error": None if self.error is None else round(self.error, 5),
            "state": self.state,
        }


def limits(
    name: str,
    title: str,
    caption: str,
    dots: Sequence[Dot],
    *,
    axis: str,
    reference: float | None = None,
    zero: bool = False,
) -> Figure | None:
    """A row a label, a mark a series: filled where it is held against limits, hollow where it is only printed.

    The limits are a band in each row; a thin line is 1.96 standard errors of the simulation. A mark that misses its
    limits has the word beside it. `zero`: the axis begins at nothing. None where there is nothing to draw.
    """
    import altair as alt

    if not dots:
        return None
    rows = [dot.row() for dot in dots]
    start, stop = _reach(rows, reference, zero)
    drawn = [_placed(row, start, stop) for row in rows]
    labels = list(dict.fromkeys(row["label"] for row in drawn))
    series = list(dict.fromkeys(row["series"] for row in drawn))
    lines = max(len(row["shown"]) for row in drawn)
    # The first places of a row are kept free for its label.
    places_in_row = [*(f"label {line}" for line in range(lines)), *series]
    scale = alt.Scale(domain=[start, stop], nice=False, zero=False)
    legend = alt.Legend(title=None, columns=1 if max(map(len, series)) > 30 else 2) if len(series) > 1 else None
    by_series = alt.Scale(domain=series)
    channels = _Channels(
        across=alt.X("value:Q", scale=scale, title=axis, axis=alt.Axis(tickCount=6)),
        y=alt.Y("label:N", sort=labels, axis=None, scale=alt.Scale(paddingInner=0.12, paddingOuter=0.06)),
        offset=alt.YOffset("series:N", sort=places_in_row, scale=alt.Scale(domain=places_in_row, padding=0.5)),
        colour=alt.Color("series:N", scale=by_series, legend=legend),
        shape=alt.Shape("series:N", scale=by_series, legend=legend),
        scale=scale,
        title=axis,
    )
    band, *rest = _ground(drawn, labels, channels)
    line = None
    if reference is not None:
        rule = alt.Chart(inline([{"at": reference}])).mark_rule(style="zero", strokeDash=[4, 3], strokeWidth=1.25)
        line = rule.encode(x=alt.X("at:Q", scale=scale, title=axis))
    # A layer without rows would be an empty group that a screen reader announces: it is left out.
    layers = [layer for layer in (band, line, *rest, *_marks(drawn, channels)) if layer is not None]
    height = (LINE * (lines + len(series)) + 8) * len(labels)
    spec = finished(alt.layer(*layers).properties(height=height))
    return Figure(name, title, caption, _said(rows), spec, tuple(rows))


@dataclass(frozen=True, slots=True)
class _Channels:
    """What the layers of a chart of limits have in common."""

    across: "altair.X"
    y: "altair.Y"
    offset: "altair.YOffset"
    colour: "altair.Color"
    shape: "altair.Shape"
    scale: "altair.Scale"
    title: str


def _ground(drawn: Sequence[Row], labels: Sequence[str], channels: _Channels) -> "list[altair.Chart | None]":
    """The bands of the limits, the labels, and the errors; None for a layer without rows."""
    import altair as alt

    firsts = _first_of_each(drawn)
    bands = [row for row in firsts if row["from"] is not None]
    whiskers = [row for row in drawn if row["error"] is not None]
    y, scale, title = channels.y, channels.scale, channels.title
    return [
        alt.Chart(inline(bands))
        .mark_bar(style="band", cornerRadius=2)
        .encode(x=alt.X("from:Q", title=title, scale=scale), x2="to:Q", y=y)
        if bands
        else None,
        alt.Chart(inline(firsts))
        .mark_text(style="ink-text", align="left", baseline="top", dx=3, dy=3, lineHeight=LINE)
        .encode(x=alt.value(0), y=alt.Y("label:N", sort=list(labels), axis=None, bandPosition=0), text="shown:N"),
        alt.Chart(inline(whiskers))
        .mark_rule(strokeWidth=1.5)
        .encode(
            x=alt.X("least:Q", scale=scale, title=title),
            x2="most:Q",
            y=y,
            yOffset=channels.offset,
            color=channels.colour,
        )
        if whiskers
        else None,
    ]


def _marks(drawn: Sequence[Row], channels: _Channels) -> "list[altair.Chart | None]":
    """Hollow and filled marks, and the word beside those that miss; None for a layer without rows."""
    import altair as alt

    printed, held, missed = (
        [row for row in drawn if row["state"] in states] for states in (("printed",), ("keeps", MISSED), (MISSED,))
    )
    place = {"x": channels.across, "y": channels.y, "yOffset": channels.offset}
    told = [
        alt.Tooltip("label:N", title="cell"),
        alt.Tooltip("series:N", title="figure"),
        alt.Tooltip("value:Q", title=channels.title, format=".4~g"),
        alt.Tooltip("low:Q", format=".4~g", title="allowed from"),
        alt.Tooltip("high:Q", format=".4~g", title="to"),
        alt.Tooltip("state:N", title="verdict"),
    ]
    points = place | {"color": channels.colour, "shape": channels.shape, "tooltip": told}
    return [
        alt.Chart(inline(printed))
        .mark_point(filled=False, style="hollow", size=58, opacity=1, strokeWidth=1.75)
        .encode(**points)
        if printed
        else None,
        alt.Chart(inline(held)).mark_point(filled=True, size=62, opacity=1).encode(**points) if held else None,
        alt.Chart(inline(missed))
        .mark_text(style="ink-text", align="left", dx=9, fontWeight="bold")
        .encode(**place, text="state:N")
        if missed
        else None,
    ]


def planted_against_found(name: str, title: str, caption: str, rows: Sequence[Row], *, unit: str) -> Figure | None:
    """Planted numbers across, estimates with their intervals up, and the line on which both are equal.

    `rows` have planted, estimated, low, high in the unit. None where there is nothing.
    """
    import altair as alt

    if not rows:
        return None
    ends = [row[key] for row in rows for key in ("planted", "low", "high")]
    scale = alt.Scale(domain=[min(ends), max(ends)], nice=True, zero=False)
    base = alt.Chart(inline(rows))
    x = alt.X("planted:Q", title=f"planted, {unit}", scale=scale)
    equal = alt.Chart(inline([{"at": min(ends)}, {"at": max(ends)}])).mark_line(style="zero", strokeDash=[4, 3])
    layers = [
        equal.encode(x=alt.X("at:Q", scale=scale), y=alt.Y("at:Q", scale=scale)),
        base.mark_rule(style="zero", strokeWidth=1, opacity=0.35).encode(
            x=x, y=alt.Y("low:Q", title=f"estimated, {unit}", scale=scale), y2="high:Q"
        ),
        base.mark_point(filled=True, size=18, opacity=0.7).encode(
            x=x, y=alt.Y("estimated:Q", scale=scale), tooltip=["value:N", "planted:Q", "estimated:Q"]
        ),
    ]
    inside = sum(row["low"] <= row["planted"] <= row["high"] for row in rows)
    said = f"{len(rows)} points near the line on which planted and estimated are equal; {inside} intervals cross it."
    spec = finished(alt.layer(*layers), width=430, square=True)
    return Figure(name, title, caption, said, spec, tuple(rows))


def bars(
    name: str, title: str, caption: str, counts: Sequence[tuple[float, float, int]], *, across: str, up: str = "clips"
) -> Figure:
    """Counts as bars from one number to another."""
    import altair as alt

    rows: list[Row] = [{"from": start, "to": stop, "count": count} for start, stop, count in counts]
    chart = (
        alt.Chart(inline(rows))
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X("from:Q", title=across, bin="binned"),
            x2="to:Q",
            y=alt.Y("count:Q", title=up),
            tooltip=["from:Q", "to:Q", "count:Q"],
        )
        .properties(height=200)
    )
    total = sum(count for _, _, count in counts)
    low, high = (sum(count for *_, count in part) for part in (counts[:2], counts[-2:]))
    said = f"Of {total:,} {up} {low:,} lie in the two lowest bars and {high:,} in the two highest."
    return Figure(name, title, caption, said, finished(chart, width=520), tuple(rows))


def _reach(rows: Sequence[Row], reference: float | None, zero: bool) -> tuple[float, float]:
    """Ends of the axis: every value with its error, every limit, and room beside them."""
    found = [row[key] for row in rows for key in ("value", "low", "high") if row[key] is not None]
    found += [row["value"] + sign * 1.96 * row["error"] for row in rows if row["error"] for sign in (-1, 1)]
    found += [] if reference is None else [reference]
    room = 0.06 * (max(found) - min(found)) or 0.1
    # A share or a count cannot lie below nothing, and an axis that says it could confuses.
    start = 0.0 if zero or min(found) >= 0 > min(found) - room else min(found) - room
    return start, max(found) + room


def _placed(row: Row, start: float, stop: float) -> Row:
    """With its label in lines, and where its band and its error begin and end."""
    held = row["low"] is not None or row["high"] is not None
    error = 1.96 * (row["error"] or 0.0)
    return {
        **row,
        "shown": textwrap.wrap(row["label"], WRAP) or [" "],
        "from": None if not held else start if row["low"] is None else row["low"],
        "to": None if not held else stop if row["high"] is None else row["high"],
        "least": row["value"] - error,
        "most": row["value"] + error,
    }


def _first_of_each(rows: Sequence[Row]) -> list[Row]:
    """One row a label, with limits where it has any: bands and labels are drawn once."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda one: one["from"] is None):
        found.setdefault(row["label"], row)
    return list(found.values())


def _said(rows: Sequence[Row]) -> str:
    """How many keep their limits, the farthest values, and which miss."""
    held = [row for row in rows if row["state"] != "printed"]
    missed = [row for row in held if row["state"] == MISSED]
    values = [row["value"] for row in rows]
    kept = f"{len(held) - len(missed)} of {len(held)} do as they should"
    told = f"{kept}; values from {min(values):.4g} to {max(values):.4g}."
    if missed:
        listed = "; ".join(f"{row['label']}, {row['series']}: {row['value']:.4g}" for row in missed[:6])
        told += f" These miss: {listed}."
    return told
