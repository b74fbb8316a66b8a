"""The first screen of a browse page: what the feeds showed a persona, against neutral, with the twin as noise floor."""

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from spectrum.report.blocks import Block, Column, Fold, Notice, Section, Table, Text
from spectrum.report.browse_arms import Arm, by_setting
from spectrum.report.charts import Interval, forest, heat
from spectrum.report.read_browse import BrowseView
from spectrum.report.result_folder import Row
from spectrum.report.words import p_text, percent, with_ends
from spectrum.runs.arm_name import NEUTRAL, TWIN

MOST_SERIES = 4
MOST_FIGURES = 6
"""Of one kind; a run of twenty personas has its tables for the rest."""
_CHANCE = f"{TWIN} (chance alone)"


def first_screen(view: BrowseView) -> Section:
    """Persona against neutral with the twin floor."""
    blocks: list[Block] = []
    if view.summary and view.summary.findings.circular_labels:
        blocks.append(
            Notice(
                "The clips' labels come from the vectors that the feed ranks by: exposure then moves with the feed by "
                "construction, whatever the agent does."
            )
        )
    found = [persona for persona in _personas(view) if _differences(view, persona)]
    for place, persona in enumerate(found[:MOST_FIGURES]):
        drawn = _difference_figure(view, persona, place)
        table = _difference_table(view, persona)
        inside: list[Block] = [*drawn, Fold(f"Shares and p-values: {persona.who}", (table,))]
        blocks += inside if place == 0 else [Fold(f"{persona.who} against neutral", tuple(inside))]
    blocks += _left_out(len(found), "personas")
    if found:
        blocks.append(Text((_who_is_who(view),), soft=True))
    elif view.tables["exposure"]:
        blocks.append(Text(("No persona was compared with neutral here: below is what each arm was shown.",)))
        blocks += shares_figure(view)
    return Section("exposure", "What the feed showed", tuple(blocks))


def interval(label: str, series: str, row: Row, scale: float = 100.0) -> Interval | None:
    """A table's row as an interval in points; None where a number is missing."""
    numbers = [row["estimate"], row["low"], row["high"]]
    if any(number is None for number in numbers):
        return None
    estimate, low, high = (scale * number for number in numbers)
    return Interval(label, series, estimate, low, high)


def known(intervals: Iterable[Interval | None]) -> list[Interval]:
    """Those that there are."""
    return [one for one in intervals if one is not None]


def trios(arms: Sequence[Arm]) -> list[list[Arm]]:
    """Arms as one picture can hold them: all, or each persona with neutral and twin."""
    if len(arms) <= MOST_SERIES:
        return [list(arms)]
    others = [arm for arm in arms if arm.who in (NEUTRAL, TWIN)]
    return [[arm, *others] for arm in arms if arm not in others]


def pictures(
    view: BrowseView, draw: Callable[[list[Arm], str], list[Block]], *, yoked: bool = True, title: str
) -> list[Block]:
    """What `draw` makes of the arms of each setting; all but the first behind a fold. Its second argument names it."""
    blocks: list[Block] = []
    groups = [trio for arms in by_setting((a.name for a in view.arms), yoked=yoked).values() for trio in trios(arms)]
    drawn = [(group, made) for place, group in enumerate(groups[:MOST_FIGURES]) if (made := draw(group, f"{place}"))]
    for place, (group, made) in enumerate(drawn):
        first = ", ".join(dict.fromkeys(arm.who for arm in group))
        blocks += made if place == 0 else [Fold(f"{title}: {first} ({group[0].setting})", tuple(made))]
    return [*blocks, *_left_out(len(groups), "groups of arms")]


def _left_out(count: int, what: str) -> list[Block]:
    if count <= MOST_FIGURES:
        return []
    return [Text((f"{count - MOST_FIGURES:,} further {what} are not drawn; the tables in the run folder have them.",))]


def _personas(view: BrowseView) -> list[Arm]:
    return [arm for arm in view.arms if arm.plain and arm.who not in (NEUTRAL, TWIN)]


def _differences(view: BrowseView, arm: Arm) -> dict[str, Row]:
    rows = view.rows("feed_contrasts", arm=arm.name, reference=f"{NEUTRAL}@adaptive", outcome="exposure")
    return {row["value"]: row for row in rows}


def _twin(view: BrowseView) -> dict[str, Row]:
    return _differences(view, Arm.of(f"{TWIN}@adaptive"))


def _difference_figure(view: BrowseView, persona: Arm, place: int) -> list[Block]:
    mine, twin = _differences(view, persona), _twin(view)
    drawn = [
        interval(name, series, rows[code])
        for code, name in view.value_names.items()
        for series, rows in ((persona.who, mine), (_CHANCE, twin))
        if code in rows
    ]
    floor = (
        "The twin has no persona either, only other random keys: what it differs by is chance alone."
        if twin
        else "No twin was walked, so what chance alone does is not known."
    )
    figure = forest(
        f"exposure-difference-{place}",
        f"More or less of each value than without a persona: {persona.who}",
        f"Share of what was shown, as {persona.who} minus as nobody in particular (neutral), in points, with 95% "
        f"intervals over episodes, each for its value alone; the sentence above allows for ten values. {floor}",
        known(drawn),
        axis="points of exposure, minus neutral",
    )
    return [figure] if figure else []


def _difference_table(view: BrowseView, persona: Arm) -> Table:
    mine, twin = _differences(view, persona), _twin(view)
    shares = _mean_shares(view)
    index = index_shares(view)
    rows = []
    for code, name in view.value_names.items():
        if code in mine:
            rows.append(
                (
                    name,
                    percent(shares.get((persona.name, code))),
                    percent(shares.get((f"{NEUTRAL}@adaptive", code))),
                    percent(index.get(code)),
                    _points(mine[code]),
                    "-" if mine[code]["p_holm"] is None else p_text(mine[code]["p_holm"]),
                    _points(twin.get(code)),
                )
            )
    heads = (persona.who, "Neutral", "The index", "Difference [95%]", "p (Holm)", "Twin [95%]")
    caption = "Shares of what was shown; differences in points, over episodes; p by Holm over the ten values."
    return Table((Column("Value", "left"), *(Column(head) for head in heads)), tuple(rows), caption)


def _points(row: Row | None) -> str:
    return "-" if row is None or interval("", "", row) is None else with_ends(row)


def _who_is_who(view: BrowseView) -> str:
    told = (
        "Neutral agents have no persona and share every key with the persona's: the same first clip, the same draws. "
    )
    if _twin(view):
        told += "The twin is a neutral agent with keys of its own. "
    return told + "Exposure is counted by the labels of the clips, in shares that add up to 100% over the values."


def _mean_shares(view: BrowseView) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for row in view.tables["exposure"]:
        if row["share"] is not None:
            found.setdefault((row["arm"], row["value"]), []).append(row["share"])
    return {key: fmean(shares) for key, shares in found.items()}


def index_shares(view: BrowseView) -> dict[str, float]:
    """Each value's share in what the clips of the whole index evoke, 0 to 1, by code."""
    return {
        row["value"]: row["catalogue_share"] for row in view.tables["exposure"] if row["catalogue_share"] is not None
    }


def shares_figure(view: BrowseView) -> list[Block]:
    """Mean exposure of every arm, values across; the index in the last row."""
    shares, index = _mean_shares(view), index_shares(view)
    names = view.value_names
    cells = [
        (called, name, 100 * shares[arm, code])
        for arm, called in view.called.items()
        for code, name in names.items()
        if (arm, code) in shares
    ]
    if not cells:
        return []
    cells += [("the index", name, 100 * index[code]) for code, name in names.items() if code in index]
    figure = heat(
        "exposure-shares",
        "What each arm was shown",
        "Mean share of each value in what the feed slots showed, in percent; the last row is the whole index.",
        cells,
        unit="% of exposure",
        diverging=False,
    )
    return [figure] if figure else []
