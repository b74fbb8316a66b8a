"""The page of a comparison: which differences are real, who is alike, and on how many identical items."""

from pathlib import Path

from spectrum.report.blocks import Block, Column, Fold, Notice, Page, Section, Table, Text
from spectrum.report.charts import Interval
from spectrum.report.charts_compare import Difference, difference_forest, difference_heat
from spectrum.report.evidence import shortened
from spectrum.report.pages.compare_contenders import alike, compared, side_by_side
from spectrum.report.pages.compare_published import followed, published
from spectrum.report.read_compare import LEVEL, ComparedFolder, PairView, read_compared
from spectrum.report.result_folder import Row
from spectrum.report.words import p_text, with_ends

IN_FULL = 3
"""Up to this many comparisons share a forest plot and have their tables open; more become a heat map and folds."""
MOST_PAIRS = 40
"""Comparisons that are drawn and listed."""
REAL = ("differs", "differs within the margin")


def page(folder: Path) -> Page:
    """The page of a comparison's folder, whole or damaged; of a sequential test, or the published figures alone."""
    found = read_compared(folder)
    sections = (
        *followed(found),
        *_differences(found),
        *side_by_side(found),
        *alike(found),
        *compared(found),
        *published(found),
    )
    return Page(
        kind="compare",
        title=_title(found, folder),
        facts=_facts(found),
        headline=_headline(found),
        problems=found.problems,
        sections=sections,
    )


def _title(found: ComparedFolder, folder: Path) -> str:
    summary = found.summary
    if summary is None:
        return shortened(folder.name, 120)
    if len(summary.contenders) > IN_FULL:
        return f"{len(summary.contenders)} contenders compared"
    if summary.contenders:
        first = [one for one in summary.contenders if one.name == summary.reference]
        rest = [one for one in summary.contenders if one.name != summary.reference]
        return " against ".join(", ".join(found.short[one.name] for one in part) for part in (rest, first) if part)
    if summary.sequential is not None:
        one, other = summary.sequential.contender, summary.sequential.reference
        return f"{found.short.get(one, one[:60])} against {found.short.get(other, other[:60])}, followed"
    return "The published figures"


def _headline(found: ComparedFolder) -> tuple[str, ...]:
    summary = found.summary
    if summary is None:
        return ("What was compared cannot be told.",)
    told = [summary.headline]
    if summary.fail_over is not None:
        told.append(
            summary.fail_over.sentence or f"No real difference is larger than {100 * summary.fail_over.most:g} points."
        )
    if len(summary.pairs) <= IN_FULL:
        told += [pair.sentence for pair in summary.pairs if pair.sentence and pair.sentence not in summary.headline]
    if summary.checks_sentence is not None:
        told.append(summary.checks_sentence)
    return tuple(shortened(text) for text in told)


def _facts(found: ComparedFolder) -> str:
    summary = found.summary
    if summary is None or not summary.contenders:
        return ""
    parts = [f"{len(summary.contenders)} contenders"]
    if summary.shared_items:
        parts.append(f"{summary.shared_items:,} identical items answered by all")
    if summary.construct:
        parts.append(f"construct: {shortened(summary.construct, 40)}")
    measures = {"written": "written answers", "probability": "option probabilities"}
    if summary.measure in measures:
        parts.append(measures[summary.measure])
    return ", ".join(parts)


def _one_reference(found: ComparedFolder) -> str:
    """What all comparisons are against, or nothing."""
    names = {pair.reference for pair in found.summary.pairs} if found.summary else set()
    return found.short.get(names.pop(), "") if len(names) == 1 else ""


def _comparison_name(found: ComparedFolder, pair: PairView) -> str:
    """ "b - a": which is taken from which."""
    return f"{found.short.get(pair.contender, '?')} \N{MINUS SIGN} {found.short.get(pair.reference, '?')}"


def _differences(found: ComparedFolder) -> list[Section]:
    summary = found.summary
    if summary is None or not summary.pairs:
        return []
    shown = summary.pairs[:MOST_PAIRS]
    drawn = [difference for pair in shown for difference in _drawn(found, pair)]
    caption = (
        "Each value's difference in points of acceptance, contender minus reference, each relative to its own average; "
        "95% intervals of this difference alone. "
    )
    blocks: list[Block | None] = []
    if len(summary.pairs) <= IN_FULL:
        band = f"The grey band is the {100 * summary.margin:g} points within which a difference counts as none."
        told = f"{caption}Filled: real after Holm over all values and comparisons, on both scales. Hollow: not. {band}"
        one = _one_reference(found)
        axis = f"points against {one}" if one else "points"
        blocks.append(
            difference_forest("differences", "Differences", told, drawn, margin=100 * summary.margin, axis=axis)
        )
    else:
        told = (
            f"{caption}*: real after Holm over all values and comparisons, on both scales; =: shown to lie within "
            f"{100 * summary.margin:g} points; no mark: undecided."
        )
        blocks.append(difference_heat("differences", "Differences", told, drawn))
    for pair in shown:
        blocks += _one(found, pair, folded=len(summary.pairs) > IN_FULL)
    if len(summary.pairs) > len(shown):
        rest = len(summary.pairs) - len(shown)
        blocks.append(Text((f"{rest} further comparisons are in tables/compare_differences.csv.",), soft=True))
    blocks.append(Fold("How to read the table", (Text(_legend(summary.margin), soft=True),)))
    return [Section("differences-section", "Which differences are real", tuple(one for one in blocks if one))]


def _drawn(found: ComparedFolder, pair: PairView) -> list[Difference]:
    rows = found.differences(pair)
    # A legend has little room: what all comparisons share is said once, at the axis.
    series = found.short.get(pair.contender, "?") if _one_reference(found) else _comparison_name(found, pair)
    return [
        Difference(
            Interval(name, series, 100 * row["estimate"], 100 * row["low"], 100 * row["high"]),
            "*" if row["verdict"] in REAL else "=" if row["verdict"] == "equivalent" else "",
            row["verdict"] or "",
        )
        for code, name in found.names.items()
        if (row := rows.get(code)) and _told(row)
    ]


def _one(found: ComparedFolder, pair: PairView, *, folded: bool) -> list[Block]:
    """Table and notes of one comparison."""
    if pair.reason is not None:
        reason = f"{_comparison_name(found, pair)} cannot be told, because {shortened(pair.reason, 300)}."
        return [Notice(reason)]
    blocks: list[Block] = []
    if pair.conditional_on_wordings:
        blocks.append(Notice("Fewer than five wordings: these intervals hold for these wordings only."))
    table = _table(found, pair)
    if table is not None:
        blocks.append(table)
    if pair.notes:
        blocks.append(Text(tuple(shortened(note, 400) for note in pair.notes[:8]), soft=True))
    return [Fold(_comparison_name(found, pair), tuple(blocks))] if folded and blocks else blocks


def _table(found: ComparedFolder, pair: PairView) -> Table | None:
    rows, logits = found.differences(pair), found.differences(pair, "logit")
    cells = [_cells(name, rows[code], logits.get(code)) for code, name in found.names.items() if code in rows]
    level = rows.get(LEVEL)
    if not cells:
        return None
    if level is not None and _told(level):
        interval = with_ends(level)
        cells.append(("General level", interval, _p(level["p_family"]), "", "", "", ""))
    basis = f"{pair.items:,} identical items, {pair.clips:,} clips, {pair.wordings} wordings"
    columns = (
        Column("Value", "left"),
        Column("Points [95%]"),
        Column("p (Holm)"),
        Column("SD"),
        Column("Logits"),
        Column("p equivalent"),
        Column("Verdict", "left"),
    )
    return Table(columns, tuple(cells), f"{_comparison_name(found, pair)}: {basis}")


def _cells(name: str, row: Row, logit: Row | None) -> tuple[str, ...]:
    return (
        name,
        with_ends(row) if _told(row) else "-",
        _p(row["p_tested"]),
        "-" if row["standardised"] is None else f"{row['standardised']:+.2f}",
        "-" if logit is None or logit["estimate"] is None else f"{logit['estimate']:+.2f}",
        _p(row["p_equivalent"]),
        row["verdict"] or "-",
    )


def _told(row: Row) -> bool:
    return all(row[end] is not None for end in ("estimate", "low", "high"))


def _p(p: float | None) -> str:
    return "-" if p is None else p_text(p)


def _legend(margin: float) -> tuple[str, ...]:
    return (
        "p (Holm): corrected over all values of all comparisons, and the larger of the p on the probability scale and "
        "on the logit scale. Two models with one profile and different levels can differ in points only, because one "
        "that accepts nearly everything has no room; that is not called real.",
        "SD: the difference in units of the spread between clips. Logits: the difference on the logit scale.",
        f"Equivalent: shown to lie within {100 * margin:g} points by two one-sided tests, Holm over the values. "
        "Undecided: neither; more clips or wordings would tell (spectrum power). It does not mean: the same.",
        "General level: how much more is accepted of everything; it is a number of its own and moves no value.",
    )
