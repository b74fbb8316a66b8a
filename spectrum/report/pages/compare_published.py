"""Parts of a comparison's page on what is not paired: a declared difference that was followed; published figures."""

from spectrum.report.blocks import Block, Column, Figure, Section, Table, Text
from spectrum.report.charts import Interval, curves, heat
from spectrum.report.evidence import shortened
from spectrum.report.read_compare import ComparedFolder
from spectrum.report.result_folder import Row
from spectrum.report.words import p_text

MOST_ROUNDS = 240
"""Rounds of a sequential test that are drawn, evenly spread, the last among them."""


def followed(found: ComparedFolder) -> list[Section]:
    """The declared difference over the clips, with a band that may be looked at after every one."""
    summary, rows = found.summary, found.tables["compare_sequential"]
    if summary is None or summary.sequential is None:
        return []
    test = summary.sequential
    drawn = [row for row in rows if None not in (row["mean"], row["low"], row["high"])]
    kept = _spread(drawn)
    name = found.names.get(test.value, "general level")
    figure = curves(
        "sequence",
        f"{name}, followed",
        f"The declared difference in points after each round of {test.clips_a_round} clips. The band holds the true "
        f"difference at all rounds together with probability {1 - test.alpha:g}: it may be looked at as often as you "
        "like, and the test has decided once it leaves zero.",
        [
            (
                row["clips"],
                Interval(f"round {row['round']}", name, *(100 * row[end] for end in ("mean", "low", "high"))),
            )
            for row in kept
        ],
        across="clips so far",
        up="points",
        reference=0.0,
    )
    decided = (
        f"It was decided at round {test.decided_at_round:,}"
        if test.decided_at_round
        else f"It is not decided after {test.rounds:,}"
    )
    told = f"{decided} of {test.rounds_planned:,} rounds planned, at an error of {test.alpha:g}."
    if len(kept) < len(drawn):
        told += f" {len(kept)} of {len(drawn):,} rounds are drawn."
    blocks: list[Block] = [*([figure] if figure else []), Text((told,))]
    return [Section("sequential", "The declared difference", tuple(blocks))]


def _round(row: Row, name: str) -> Interval:
    return Interval(f"round {row['round']}", name, 100 * row["mean"], 100 * row["low"], 100 * row["high"])


def _spread(rows: list[Row]) -> list[Row]:
    if len(rows) <= MOST_ROUNDS:
        return rows
    return [rows[round(place * (len(rows) - 1) / (MOST_ROUNDS - 1))] for place in range(MOST_ROUNDS)]


def published(found: ComparedFolder) -> list[Section]:
    """The paper's own table with what it can say by itself; beside the runs, never paired with them."""
    summary = found.summary
    if summary is None or summary.published is None or not found.tables["published"]:
        return []
    rows = [row for row in found.tables["published"] if row["table"] == "main" and row["percent"] is not None]
    models = list(dict.fromkeys(row["model"] for row in rows))
    cells = [(row["model"], found.names.get(row["value"], str(row["value"])), row["percent"]) for row in rows]
    highest = {model: max((row for row in rows if row["model"] == model), key=_percent) for model in models}
    said = "; ".join(
        f"{model}: most {found.names.get(row['value'], row['value'])}, {row['percent']:.0f}%"
        for model, row in highest.items()
    )
    figure: Figure | None = heat(
        "published-map",
        "Published shares of yes",
        "Per cent of yes in the paper's main table, one model a line. Shown beside the runs and never paired with "
        "them: no clip is shared.",
        cells,
        unit="per cent of yes",
        diverging=False,
        alt_text=f"{said}.",
    )
    blocks: list[Block] = [Text((shortened(summary.published.sentence),)), *([figure] if figure else [])]
    if found.tables["published_tests"]:
        blocks.append(_tests(found.tables["published_tests"]))
    blocks.append(_ends(found, rows, models))
    return [Section("published", "The published table", tuple(blocks), folded=bool(summary.contenders))]


def _percent(row: Row) -> float:
    return float(row["percent"])


def _tests(rows: list[Row]) -> Table:
    columns = (
        Column("Model", "left"),
        Column("Chi-square"),
        Column("p, any profile?"),
        Column("p (Holm)"),
        Column("p, design effect 2"),
    )
    cells = tuple(
        (
            row["model"],
            "-" if row["chi_square"] is None else f"{row['chi_square']:.1f}",
            *("-" if row[name] is None else p_text(row[name]) for name in ("p", "p_holm", "p_design_effect_2")),
        )
        for row in rows
    )
    caption = (
        "Does a published profile differ from a flat one? p: were all answers independent. Holm: corrected over the "
        "models. Design effect 2: were two answers worth one, because they share clips and words. What does not "
        "survive is undetermined, which is not the same as absent."
    )
    return Table(columns, cells, caption)


def _ends(found: ComparedFolder, rows: list[Row], models: list[str]) -> Table:
    cell = {
        (row["model"], row["value"]): f"{row['percent']:.0f} [{row['low']:.0f}, {row['high']:.0f}]"
        for row in rows
        if row["low"] is not None and row["high"] is not None
    }
    columns = (Column("Value", "left"), *(Column(model) for model in models))
    lines = tuple((name, *(cell.get((model, code), "-") for model in models)) for code, name in found.names.items())
    asked = rows[0]["asked"]
    return Table(
        columns, lines, f"Per cent of yes with the interval that {asked} independent answers imply (95%, Wilson)."
    )
