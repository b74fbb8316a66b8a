"""The page of a pairs run: which values win, how sure that is, and the pairs of clips behind it."""

from pathlib import Path
from typing import TypeGuard

from spectrum.report.blocks import Block, Column, Fold, Notice, Page, Section, Table
from spectrum.report.charts import Interval, forest
from spectrum.report.charts_circle import circle
from spectrum.report.evidence import shortened
from spectrum.report.pages.asked import asked
from spectrum.report.pages.pairs_clips import evidence, who_beats_whom
from spectrum.report.read_pairs import NEUTRAL, PairsView, read_pairs
from spectrum.report.result_folder import Row
from spectrum.report.words import OUTCOMES, OUTCOMES_TOLD, p_text, percent, short_names, with_ends

IN_FOREST = 4
"""Conditions in one picture; with more, one hides the other, and the tables have them all."""
CHANCE = "chance is 50%"


def page(folder: Path) -> Page:
    """The page of a pairs run, whole, half finished, empty or damaged."""
    run = read_pairs(folder)
    summary = run.summary
    told = (summary.headline, *(one.sentence for one in summary.personas)) if summary else ()
    clips, lacking = evidence(run)
    return Page(
        kind="pairs",
        title=shortened(summary.respondent if summary else folder.name, 200),
        facts=_facts(run),
        headline=tuple(shortened(text) for text in told) or ("No profile of choices can be shown of this run yet.",),
        problems=(*run.problems, *lacking),
        sections=(
            *_profile(run),
            *_changes(run),
            *who_beats_whom(run),
            *clips,
            *_order(run),
            asked(run.prompts, run.manifest),
        ),
    )


def _facts(run: PairsView) -> str:
    summary = run.summary
    if summary is None:
        return ""
    failed = f", {summary.failed:,} failed" if summary.failed else ""
    shown = f"{summary.pairs:,} pairs of {summary.clips:,} clips in {summary.wordings} wordings, each in both orders"
    started = f"; started {run.manifest.created_at[:10]}" if run.manifest else ""
    return f"{summary.answered:,} of {summary.planned:,} asks answered{failed}; {shown}{started}"


def _conditions(run: PairsView) -> tuple[str, ...]:
    """The main one first."""
    names = run.summary.conditions if run.summary else ()
    return (*(name for name in names if name == run.main), *(name for name in names if name != run.main))


def _profile(run: PairsView) -> list[Section]:
    """Values by condition against the average value, in points; tied groups; the same in logits."""
    summary = run.summary
    if summary is None:
        return []
    names = _conditions(run)
    short = short_names(names)
    drawn = _intervals(run, names[:IN_FOREST], short, "probability", 100.0)
    blocks: list[Block | None] = []
    if summary.status == "unfinished" and drawn:
        blocks.append(Notice("The numbers below are of the answers so far: they will change and are no result."))
    for name in names:
        if reason := (summary.reasons or {}).get(name):
            blocks.append(Notice(f"{short[name]}: no profile, because {shortened(reason, 300)}."))
    caption = (
        "How much more often a clip that surely evokes the value is chosen than one of the average value, in points; "
        "both orders of every pair, 95% intervals."
    )
    blocks.append(forest("choices", "Which values win", caption, drawn, axis="points from the average value"))
    for name in names:
        if table := _table(run, name, short[name]):
            blocks.append(table if name == run.main else Fold(f"Table: {short[name]}", (table,)))
    ring = "The dashed ring is the average value; further out is chosen more often. Neighbours are compatible values."
    blocks.append(circle("choices-circle", "The same on Schwartz's circle", ring, drawn))
    logits = _intervals(run, names[:IN_FOREST], short, "logit", 1.0)
    blocks.append(
        forest(
            "choices-logit",
            "Bradley-Terry strengths",
            "Log odds of a clip of the value against one of the average value (Bradley and Terry 1952, with value "
            "effects); 1 is odds of 2.7 to 1. This scale does not shrink near certainty.",
            logits,
            axis="log odds against the average value",
        )
    )
    made = tuple(block for block in blocks if block is not None)
    return [Section("profile-section", "Which values win", made)] if made else []


def _intervals(
    run: PairsView, names: tuple[str, ...], short: dict[str, str], scale: str, unit: float
) -> list[Interval]:
    assert run.summary is not None
    rows = {name: run.values(name, scale) for name in names}
    return [
        Interval(value.name, short[name], unit * row["estimate"], unit * row["low"], unit * row["high"])
        for value in run.summary.values
        for name in names
        if _told(row := rows[name].get(value.code))
    ]


def _told(row: Row | None) -> TypeGuard[Row]:
    return row is not None and all(row[end] is not None for end in ("estimate", "low", "high"))


def _table(run: PairsView, condition: str, name: str) -> Table | None:
    rows, logits = run.values(condition), run.values(condition, "logit")
    assert run.summary is not None
    cells = tuple(
        (
            value.name,
            with_ends(row),
            row["tied_group"] or "-",
            p_text(row["p_holm"]) if row["p_holm"] is not None else "-",
            f"{logits[value.code]['estimate']:+.2f}" if _told(logits.get(value.code)) else "-",
            f"{row['clips']:,}",
            f"{row['comparisons']:,}",
        )
        for value in run.summary.values
        if _told(row := rows.get(value.code))
    )
    if not cells:
        return None
    heads = ("Points [95%]", "Tied", "p (Holm)", "Log odds", "Clips", "Choices")
    caption = f"{name}. Values that share a letter cannot be told apart, all pairs of values at once."
    return Table((Column("Value", "left"), *(Column(head) for head in heads)), cells, caption)


def _changes(run: PairsView) -> list[Section]:
    """What each persona changes on identical pairs."""
    if run.summary is None or run.main != NEUTRAL:
        return []
    others = [name for name in _conditions(run) if run.values(name, "probability", NEUTRAL)]
    short = short_names(others)
    rows = {name: run.values(name, "probability", NEUTRAL) for name in others}
    drawn = [
        Interval(value.name, short[name], *(100 * row[end] for end in ("estimate", "low", "high")))
        for value in run.summary.values
        for name in others[:IN_FOREST]
        if _told(row := rows[name].get(value.code))
    ]
    figure = forest(
        "changes",
        "What a persona changes",
        "Persona minus neutral on identical pairs, in points from the average change; 95% intervals.",
        drawn,
        axis="points of change",
    )
    if figure is None:
        return []
    cells = tuple(
        (short[name], value.name, with_ends(row), _p(row))
        for name in others
        for value in run.summary.values
        if _told(row := rows[name].get(value.code))
    )
    columns = (Column("Persona", "left"), Column("Value", "left"), Column("Change [95%]"), Column("p (Holm)"))
    table = Table(columns, cells, "Every change, Holm over the values of a persona.", filtered=len(cells) > 12)
    return [Section("changes-section", "Personas against neutral", (figure, table), folded=True)]


def _p(row: Row) -> str:
    return "-" if row["p_holm"] is None else p_text(row["p_holm"])


_EFFECTS = {
    "shown_first": ("Being shown first adds", "points of being chosen"),
    "named_first": ("Being named first adds", "points of being chosen"),
    "same_clip": ("Both orders chose the same clip", f"of pairs; {CHANCE}"),
}


def _order(run: PairsView) -> list[Section]:
    """Is it the clip that is chosen, or its place; do choices go round in circles; what became of the asks."""
    short = short_names(_conditions(run))
    blocks = [_places(run, short), _circles(run, short), _outcomes(run, short)]
    made = tuple(block for block in blocks if block is not None)
    return [Section("order", "Order, circles and outcomes", made, folded=True)] if made else []


def _places(run: PairsView, short: dict[str, str]) -> Table | None:
    cells = tuple(
        _effect(name, row) for full, name in short.items() for row in run.rows("pairs_order", full) if _told(row)
    )
    heads = (Column("Condition", "left"), Column("Effect", "left"), Column("Size [95%]"), Column("Unit", "left"))
    return Table(heads, cells, "Is it the clip that is chosen, or its place?") if cells else None


def _circles(run: PairsView, short: dict[str, str]) -> Table | None:
    cells = tuple(
        (
            name,
            {"across": "three values", "within": "one value"}.get(row["kind"], str(row["kind"])),
            f"{row['circular']:,} of {row['decided']:,}",
            f"{percent(row['share'])} [{100 * row['low']:.0f}, {100 * row['high']:.0f}]",
            "-" if row["p"] is None else p_text(row["p"]),
        )
        for full, name in short.items()
        for row in run.rows("pairs_triads", full)
        if _told_share(row)
    )
    heads = (
        Column("Condition", "left"),
        Column("Triads of", "left"),
        Column("Circles"),
        Column("Share [95%]"),
        Column("p"),
    )
    caption = (
        "Triads of clips in which every pair had a winner over both orders, and how many go round in a circle: a over "
        "b, b over c, c over a. A quarter would by chance; p is the chance of so few."
    )
    return Table(heads, cells, caption) if cells else None


def _outcomes(run: PairsView, short: dict[str, str]) -> Table | None:
    kinds = ("planned", *OUTCOMES)
    cells = tuple(
        (name, *(f"{row[kind]:,}" for kind in kinds))
        for full, name in short.items()
        for row in run.rows("pairs_outcomes", full)
    )
    heads = (Column("Condition", "left"), *(Column(kind.capitalize()) for kind in kinds))
    return Table(heads, cells, f"What became of the asks. {OUTCOMES_TOLD}") if cells else None


def _told_share(row: Row) -> bool:
    return all(row[end] is not None for end in ("share", "low", "high"))


def _effect(name: str, row: Row) -> tuple[str, ...]:
    said, unit = _EFFECTS.get(row["effect"], (row["effect"], ""))
    if row["effect"] == "same_clip":
        size = f"{percent(row['estimate'])} [{100 * row['low']:.0f}, {100 * row['high']:.0f}]"
    else:
        size = with_ends(row)
    return (name, said, size, unit)
