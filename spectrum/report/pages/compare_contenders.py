"""Parts of a comparison's page about the contenders: side by side, who is alike, and what was compared."""

from collections.abc import Mapping, Sequence

from spectrum.report.blocks import Block, Column, Notice, Section, Table, Text
from spectrum.report.charts import Interval, forest, heat
from spectrum.report.evidence import shortened
from spectrum.report.read_compare import LEVEL, OVERALL, ComparedFolder
from spectrum.report.result_folder import Row
from spectrum.report.words import framings_text, percent, points

IN_FOREST = 4
"""Contenders in one forest plot; with more, one hides the other."""
MOST = 60
"""Contenders that are drawn and listed."""
UPRIGHT = 5
"""With up to this many contenders a table has a row a value, else a row a contender."""


def side_by_side(found: ComparedFolder) -> list[Section]:
    """Each contender's own profile and level, as forest plots and as a heat map."""
    by_contender: dict[str, list[Row]] = {}
    for row in found.tables["compare_profiles"]:
        if row["estimate"] is not None:
            by_contender.setdefault(row["contender"], []).append(row)
    names = list(by_contender)[:MOST]
    shown = {name: {row["value"]: row for row in by_contender[name]} for name in names}
    cells = [
        (found.short[name], value, 100 * shown[name][code]["estimate"])
        for name in names
        for code, value in found.names.items()
        if code in shown[name]
    ]
    own = (
        "Each one's acceptance of a value's clips, in points above or below its own average. A profile also carries "
        "how attractive these clips happen to be; what is common to all is no difference."
    )
    blocks: list[Block | None] = [
        forest("profiles", "Profiles side by side", f"{own} 95% intervals.", _profiles(found, shown))
        if len(names) <= IN_FOREST
        else None,
        heat("profiles-map", "Profiles as a map", own, cells, unit="points", alt_text=_most_and_least(cells)),
        forest(
            "levels",
            "General acceptance",
            "How much each one accepts of everything, in per cent, whatever the value; 95% intervals.",
            [
                Interval(found.short[name], "general acceptance", *(100 * level[end] for end in _ENDS))
                for name in names
                if (level := shown[name].get(LEVEL)) and level["low"] is not None and level["high"] is not None
            ],
            axis="per cent accepted",
            reference=50.0,
            labels="contender",
        ),
        _apart(found, by_contender),
    ]
    if len(by_contender) > MOST:
        rest = len(by_contender) - MOST
        blocks.append(Text((f"{rest} further contenders are in tables/compare_profiles.csv.",), soft=True))
    made = tuple(block for block in blocks if block is not None)
    return [Section("contenders", "Side by side", made, folded=True)] if made else []


_ENDS = ("estimate", "low", "high")


def _profiles(found: ComparedFolder, shown: Mapping[str, Mapping[str, Row]]) -> list[Interval]:
    return [
        Interval(value, found.short[name], *(100 * row[end] for end in _ENDS))
        for code, value in found.names.items()
        for name, rows in shown.items()
        if (row := rows.get(code)) and row["low"] is not None and row["high"] is not None
    ]


def _apart(found: ComparedFolder, by_contender: Mapping[str, Sequence[Row]]) -> Text | None:
    """Whose profile is not on the items that all answered."""
    apart = [found.short[name] for name, rows in by_contender.items() if not rows[0]["shared_items"]]
    if not apart:
        return None
    listed = f"{', '.join(apart[:8])}{' and others' if len(apart) > 8 else ''}"
    return Text((f"On items of their own, because too few are shared by all: {listed}.",), soft=True)


def _most_and_least(cells: Sequence[tuple[str, str, float]]) -> str:
    """In words, for each contender, its most and least accepted value."""
    by_row: dict[str, list[tuple[str, float]]] = {}
    for row, column, number in cells:
        by_row.setdefault(row, []).append((column, number))
    told = []
    for row, numbers in by_row.items():
        high, low = max(numbers, key=lambda one: one[1]), min(numbers, key=lambda one: one[1])
        told.append(f"{row}: most {high[0]} {high[1]:+.0f}, least {low[0]} {low[1]:+.0f} points")
    return f"{'; '.join(told)}."


def alike(found: ComparedFolder) -> list[Section]:
    """Tied groups: letters by value, by level and over all."""
    summary, rows = found.summary, found.tables["compare_groups"]
    blocks: list[Block] = []
    if summary is not None and summary.groups_reason:
        blocks.append(Notice(f"No groups: {shortened(summary.groups_reason, 300)}."))
    if rows:
        if summary is not None and summary.groups_sentence:
            blocks.append(Text((shortened(summary.groups_sentence),)))
        blocks.append(_letters(found, rows))
    return [Section("groups", "Who cannot be told apart", tuple(blocks), folded=True)] if blocks else []


def _letters(found: ComparedFolder, rows: Sequence[Row]) -> Table:
    cell = {(row["contender"], row["value"]): _group(row) for row in rows}
    contenders = list(dict.fromkeys(row["contender"] for row in rows))[:MOST]
    parts = {**found.names, LEVEL: "General level", OVERALL: "All values together"}
    caption = (
        "Points from the mean of all contenders, and letters: two that share a letter in a line cannot be told apart "
        "there (95%, all pairs and values at once)."
    )
    if len(contenders) <= UPRIGHT:
        columns = (Column("", "left"), *(Column(found.short[name]) for name in contenders))
        lines = [(part, *(cell.get((one, code), "-") for one in contenders)) for code, part in parts.items()]
    else:
        columns = (Column("", "left"), *(Column(part) for part in parts.values()))
        lines = [(found.short[one], *(cell.get((one, code), "-") for code in parts)) for one in contenders]
        caption = caption.replace("in a line", "in a column")
    return Table(columns, tuple(lines), caption)


def _group(row: Row) -> str:
    letters = shortened(row["group"] or "-", 40)
    return letters if row["estimate"] is None else f"{points(row['estimate'])} {letters}"


def compared(found: ComparedFolder) -> list[Section]:
    """Who was compared with whom, on how many identical items, under which framings."""
    summary = found.summary
    if summary is None or not summary.contenders:
        return []
    lacking = any(one.reason for one in summary.contenders)
    rows = tuple(
        (
            found.short[one.name],
            shortened(one.condition, 60),
            f"{one.answered:,} of {one.asked:,} ({percent(one.answered / one.asked if one.asked else None)})",
            framings_text(one.framings),
            shortened(one.run, 200),
            *((shortened(one.reason, 300) if one.reason else "-",) if lacking else ()),
        )
        for one in summary.contenders[:MOST]
    )
    contenders = Table(
        (
            Column("Contender", "left", grows=True),
            Column("Condition", "left"),
            Column("Answered"),
            Column("Asked as", "left", grows=True),
            Column("Run", "left", grows=True),
            *((Column("Not compared, because", "left", grows=True),) if lacking else ()),
        ),
        rows,
        "Contenders. Refused, unreadable and failed answers are left out on both sides: a refusal is not a dislike.",
        filtered=len(rows) > 12,
    )
    pairs = Table(
        (
            Column("Contender", "left", grows=True),
            Column("Reference", "left", grows=True),
            Column("Shared items"),
            Column("Used"),
            Column("Clips"),
            Column("Wordings"),
            Column("Notes", "left", grows=True),
        ),
        tuple(
            (
                found.short.get(pair.contender, "?"),
                found.short.get(pair.reference, "?"),
                f"{pair.shared_items:,}",
                f"{pair.items:,}",
                f"{pair.clips:,}",
                f"{pair.wordings}",
                " ".join(shortened(note, 300) for note in pair.notes[:8]) or "-",
            )
            for pair in summary.pairs[:MOST]
        ),
        "An item is a clip shown in one way with the same words and options in the same order; only items that both "
        "sides were asked are compared.",
    )
    return [Section("compared", "What was compared", (contenders, pairs), folded=True)]
