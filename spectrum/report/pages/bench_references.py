"""Published profiles beside the run's own, with the little that a hundred answers a value can say."""

from typing import TYPE_CHECKING

from spectrum.report.blocks import Block, Column, Section, Table, Text
from spectrum.report.charts import Interval, forest
from spectrum.report.read_run import RunView

if TYPE_CHECKING:
    from spectrum.published import Published

FIRST = 3
"""Published models in the figure; the table has them all."""


def references(run: RunView) -> list[Section]:
    """Folded: the published percentages as they stand, and centred beside the run's own centred percentages.

    Only for runs over the ten values that were published, and in the paper's own number, raw yes: what a run asked
    otherwise is not comparable, and says so.
    """
    from spectrum.published import load_published

    published = load_published()
    codes = published.table("main").values
    if run.summary is None or {value.code for value in run.summary.values} != set(codes):
        return []
    names = {value.code: value.name for value in run.summary.values}
    blocks: list[Block] = [Text(_told(run, published), soft=True)]
    figure = forest(
        "published-forest",
        "Raw percentages of yes, each less its own mean over the values",
        f"The first {FIRST} published models and this run by the paper's own score where it asked for it; 95% "
        "intervals by Wilson, as if all answers were independent, which makes them too short.",
        [*_published(published, names)[: FIRST * len(names)], *_own(run, names)],
        axis="points of yes from its own mean",
    )
    if figure is not None:
        blocks.append(figure)
    blocks.append(_table(published, names))
    return [Section("references", "Published models", tuple(blocks), folded=True)]


def _told(run: RunView, published: "Published") -> tuple[str, ...]:
    told = (
        f"Source: {published.source}. {published.asked} answers stand behind each percentage, in one wording, to clips "
        "found by keyword. Most of these profiles do not survive a significance test (spectrum compare --published)."
    )
    if run.tables["paper"]:
        return (told,)
    return (told, "This run asked balanced questions: its profile above is another quantity, so it is not drawn here.")


def _published(published: "Published", names: dict[str, str]) -> list[Interval]:
    table = published.table("main")
    return [
        interval
        for model, row in table.rows.items()
        for interval in _centred(
            model, {names[code]: (share, published.asked) for code, share in zip(table.values, row, strict=True)}
        )
    ]


def _own(run: RunView, names: dict[str, str]) -> list[Interval]:
    rows = run.rows("paper", condition=run.main_condition)
    counted = {names[row["value"]]: (row["percent"], row["asked"]) for row in rows if row["percent"] is not None}
    who = run.summary.respondent if run.summary else ""
    return _centred(f"this run: {who}", counted) if counted.keys() == set(names.values()) else []


def _centred(who: str, percent: dict[str, tuple[float, int]]) -> list[Interval]:
    """Percentages less their mean; ends by Wilson's interval of each share, moved by the same mean."""
    from spectrum.stats.yes_counts import count_interval

    mean = sum(share for share, _ in percent.values()) / len(percent)
    found = []
    for name, (share, asked) in percent.items():
        low, high = count_interval(round(share * asked / 100), asked)
        found.append(Interval(name, who, share - mean, 100 * low - mean, 100 * high - mean))
    return found


def _table(published: "Published", names: dict[str, str]) -> Table:
    table = published.table("main")
    rows = tuple(
        (model, *(f"{share:.0f}" for share in row), f"{sum(row) / len(row):.0f}") for model, row in table.rows.items()
    )
    heads = [names[code] for code in table.values]
    columns = (Column("Model", "left"), *(Column(head) for head in heads), Column("Mean"))
    return Table(columns, rows, "Per cent of yes, as published.")
