"""How a browse run's feeds moved: exposure over time, amplification, drift."""

from collections.abc import Mapping, Sequence

from spectrum.report.blocks import Block, Figure, Section, Text
from spectrum.report.browse_arms import Arm, short_names
from spectrum.report.charts import Interval, forest
from spectrum.report.charts_feed import Place, drift_panels, panels
from spectrum.report.pages.browse_exposure import MOST_FIGURES, index_shares, interval, known, pictures, shares_figure
from spectrum.report.read_browse import BrowseView
from spectrum.report.result_folder import Row
from spectrum.runs.arm_name import NEUTRAL

_FAR = 4.0
"""log2 at which an interval is cut in a picture: sixteen times as much."""


def time_sections(view: BrowseView) -> list[Section]:
    """Shares by arm and over time, amplification, drift; folded."""
    told = [
        Section("over-time", "Exposure over time", tuple(_over_time(view)), folded=True),
        Section("amplification", "Amplification", tuple(_amplification(view)), folded=True),
        Section("drift", "Drift", tuple(_drift(view)), folded=True),
    ]
    return [section for section in told if section.blocks]


def _over_time(view: BrowseView) -> list[Block]:
    index = index_shares(view)
    names = view.value_names

    def draw(arms: list[Arm], place: str) -> list[Block]:
        called = short_names(arms)
        rows = [row for row in view.tables["exposure_time"] if row["arm"] in called and row["share"] is not None]
        rows.sort(key=lambda row: row["start"])
        places = [
            Place(
                str(names.get(row["value"], row["value"])), called[arm.name], (row["start"] + row["stop"]) / 2,
                100 * row["share"], *_scaled(row["low"], row["high"]),
            )
            for arm in arms
            for row in rows
            if row["arm"] == arm.name
        ]  # fmt: skip
        places.sort(key=lambda one: list(names.values()).index(one.panel) if one.panel in names.values() else 99)
        figure = panels(
            f"exposure-time-{place}",
            f"Exposure to each value over the episode ({arms[0].setting})",
            "Share of what was shown in each window of feed slots, mean over episodes with its 95% interval as a band "
            "(cut at the edges). The dashed line is the value's share in the index.",
            places,
            across="feed slot",
            up="% of exposure",
            references={names[code]: 100 * share for code, share in index.items() if code in names},
            alt_text=_time_words(places),
        )
        return [figure] if figure else []

    return [*pictures(view, draw, yoked=False, title="Over time"), *shares_figure(view)]


def _scaled(*ends: float | None) -> list[float | None]:
    return [None if end is None else 100 * end for end in ends]


def _time_words(places: Sequence[Place]) -> str:
    """First and last window of each curve."""
    curves: dict[tuple[str, str], list[float]] = {}
    for place in places:
        curves.setdefault((place.panel, place.series), []).append(place.estimate)
    told = [f"{panel}, {series}: {ys[0]:.0f}% to {ys[-1]:.0f}%" for (panel, series), ys in curves.items()]
    return "; ".join(told) + "."


def _amplification(view: BrowseView) -> list[Block]:
    def draw(arms: list[Arm], place: str) -> list[Block]:
        blocks: list[Block] = []
        for which, against in (("index", "the index holds"), (NEUTRAL, "the neutral agent was shown")):
            called = short_names(arms)
            rows = [
                row
                for row in view.tables["amplification"]
                if row["arm"] in called and (row["reference"] == "catalogue") == (which == "index")
            ]
            if figure := _ratio_figure(view, rows, called, f"amplification-{which}-{place}", against):
                blocks += [figure, *_never(view, rows, called)]
        return blocks

    return pictures(view, draw, yoked=False, title="Amplification")


def _ratio_figure(
    view: BrowseView, rows: Sequence[Row], called: Mapping[str, str], name: str, against: str
) -> Figure | None:
    drawn = []
    for code, value in view.value_names.items():
        for row in rows:
            if row["value"] == code:
                drawn.append(interval(value, called[row["arm"]], {**row, "estimate": row["log2"]}, 1.0))
    whole = known(drawn)
    short = [_cut(one) for one in whole]
    cut = sum(a != b for a, b in zip(whole, short, strict=True))
    return forest(
        name,
        f"How much more of a value than {against}",
        f"log2 of the mean share over the share that {against}, with 95% intervals: 1 is twice as much, -1 half."
        + (f" {cut} intervals go on beyond {_FAR:.0f} and are cut there." if cut else ""),
        short,
        axis="log2 of the ratio",
    )


def _cut(one: Interval) -> Interval:
    low, estimate, high = (max(-_FAR, min(_FAR, number)) for number in (one.low, one.estimate, one.high))
    return Interval(one.label, one.series, estimate, low, high)


def _never(view: BrowseView, rows: Sequence[Row], called: Mapping[str, str]) -> list[Block]:
    told = [
        f"{view.value_names.get(row['value'], row['value'])} ({called[row['arm']]})"
        for row in rows
        if row["share"] == 0 and row["log2"] is None
    ]
    return [Text((f"Never shown, so without a ratio: {', '.join(told)}.",), soft=True)] if told else []


def _drift(view: BrowseView) -> list[Block]:
    arms = [arm for arm in view.arms if arm.feed != "yoked"]
    rows: list[Row] = [
        {
            "panel": view.called[arm.name],
            "at": row["start"] + row["window"] / 2,
            "drift": row["jsd"],
            "floor_mean": row["floor_mean"],
            "floor_95": row["floor_95"],
            "p": row["p"],
            "beyond": row["jsd"] > row["floor_95"],
        }
        for arm in arms[: 3 * MOST_FIGURES]
        for row in view.rows("drift", arm=arm.name)
        if all(row[key] is not None for key in ("jsd", "floor_mean", "floor_95", "p"))
    ]
    last = {row["panel"]: row for row in rows}
    words = "; ".join(
        f"{panel}: {row['drift']:.2f} bits in the last window, noise up to {row['floor_95']:.2f}"
        for panel, row in last.items()
    )
    figure = drift_panels(
        "drift",
        "How far each window lies from the first",
        "Jensen-Shannon divergence between what a window of feed slots showed and what the first one did, in bits, "
        "mean over episodes. A shaded bar reaches as far as 95 of 100 lie when each episode's clips are dealt anew "
        "between its two windows; its tick is their mean: few clips differ by chance alone, and one point of twenty "
        "lies beyond its bar by chance.",
        rows,
        across="feed slot",
        up="divergence, bits",
        alt_text=words + ".",
    )
    if figure is None:
        return []
    drifting = view.summary.findings.drifting if view.summary else ()
    told = "; ".join(view.called.get(name, name) for name in drifting)
    verdict = f"Drifted from first to last window (5%, Holm over arms): {told or 'none'}."
    note = "Agents that were shown another's feed are left out: their drift is that agent's."
    lines = (verdict, note) if any(arm.feed == "yoked" for arm in view.arms) else (verdict,)
    return [Text(lines), figure]
