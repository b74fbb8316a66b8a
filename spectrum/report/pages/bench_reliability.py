"""How reproducible a bench run's profile is: halves, repeats, the other order, and where the variance comes from."""

from spectrum.report.blocks import Block, Column, Table, Text
from spectrum.report.read_run import RunView
from spectrum.report.result_folder import Row
from spectrum.report.words import percent

_STATISTICS = {
    ("split_half", "both"): "Two halves that share neither clips nor wordings: reliability",
    ("split_half", "clips"): "Two halves of the clips: reliability",
    ("split_half", "wordings"): "Two halves of the wordings: reliability",
    ("retest", ""): "The same question twice: share answered alike",
    ("order", "differ"): "Options in the other order: share answered otherwise",
    ("order", "kappa"): "Options in the other order: kappa (1: alike, 0: chance)",
    ("stem", "differ"): "Would and would not: share that contradict each other",
    ("stem", "kappa"): "Would and would not: kappa (1: they agree, 0: chance)",
    ("generalizability", ""): "Generalizability: share of the profile that other clips and wordings would give again",
    ("component", "residual"): "Variance of everything else, one answer's chance in it",
}


def reliability(run: RunView) -> tuple[Block, ...]:
    """The verdict and the numbers behind it, of the reported measure, a condition at a time."""
    assert run.summary is not None
    blocks: list[Block] = []
    for condition in run.summary.conditions:
        measure = run.measure(condition)
        rows = run.rows("reliability", condition=condition, construct=run.construct, measure=measure)
        blocks += [Text((f"{condition}: {row['note']}",)) for row in rows if row["statistic"] == "verdict"]
        lines = tuple(_line(row) for row in rows if row["statistic"] != "verdict")
        if lines:
            heads = ("Estimate", "5% to 95% of splits", "Of all variance")
            columns = (Column("What", "left", grows=True), *map(Column, heads), Column("Count", "left"))
            caption = f"{condition}, {measure} answers. What the words mean: docs/reliability.md."
            blocks.append(Table(columns, lines, caption))
    return tuple(blocks)


def _line(row: Row) -> tuple[str, ...]:
    part = row["part"] or ""
    if row["statistic"] == "component":
        plain = f"Variance of {part}, beside both alone" if " x " in part else f"Variance between {part}s"
    else:
        plain = f"{row['statistic'].replace('_', ' ')} {part}".strip()
    return (
        _STATISTICS.get((row["statistic"], part), plain),
        "-" if row["estimate"] is None else f"{row['estimate'] + 0.0:.2f}",
        "-" if row["low"] is None else f"{row['low']:.2f} to {row['high']:.2f}",
        percent(row["share"]),
        f"{row['count']:,} {row['unit'] or ''}".strip() if row["count"] is not None else "-",
    )
