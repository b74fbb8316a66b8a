"""The first screen of an adherence page: how rightly and how far it moves, by tier and strategy."""

from collections.abc import Iterator

from spectrum.report.blocks import Block, Column, Fold, Notice, Section, Table, Text
from spectrum.report.charts_adhere import Mark, marks
from spectrum.report.pages.adhere_words import MEASURES, TIER_NAMES, columns, none_because, number, unsigned
from spectrum.report.read_adhere import AS_WRITTEN, TIERS, WRITTEN, AdhereRun

OTHERS_TARGET = "another's target"
_AUTHOR = 70


def adherence(run: AdhereRun) -> Section:
    """The first screen: distinctive r and RMS shift by tier, a mark a strategy."""
    blocks: list[Block | None] = []
    if run.summary and run.summary.status == "unfinished" and run.estimated:
        blocks.append(Notice("The numbers below are of the answers so far: they will change and are no result."))
    if run.summary and run.summary.conditional_on_wordings:
        blocks.append(Notice("Fewer than five wordings: these intervals hold for these wordings only."))
    blocks.append(
        marks(
            "distinctive-r",
            "Distinctive r by tier",
            "Correlation of what a persona changes with what its own target asks for, both relative to the other "
            "personas: 1 is exactly as told, 0 is chance. Marks are estimates, bars 95% intervals. The last row judges "
            "everybody by somebody else's target, and must not lie above 0. No change: the shifts as a "
            "whole cannot be told from noise, so no correlation is given.",
            list(_by_tier(run, "distinctive_r", 1)),
            axis="distinctive r",
            domain=(-1, 1),
            form="+.2f",
            series=run.estimated,
        )
    )
    blocks.append(
        marks(
            "rms-shift",
            "RMS shift by tier",
            "How far personas' profiles lie from one another, in points of acceptance (root mean square over personas "
            "and values, with what noise adds taken off); 95% intervals. Far is not right by itself: read it with r.",
            list(_by_tier(run, "rms_distinctive", 100)),
            axis="points between personas",
            form=".1f",
            series=run.estimated,
        )
    )
    blocks += [*_tier_table(run), _by_author(run), _by_measure(run)]
    return Section("adherence", "Adherence", tuple(block for block in blocks if block is not None))


def _by_tier(run: AdhereRun, statistic: str, scale: float) -> Iterator[Mark]:
    tiers = [tier for tier in TIERS if any(tier in run.tiers(strategy) for strategy in run.estimated)]
    for tier in tiers:
        for strategy in run.estimated:
            row = run.pool(strategy, statistic, tier=tier)
            if row is not None and tier in run.tiers(strategy):
                yield Mark.of(TIER_NAMES[tier], strategy, row, scale, none_because(row))
    if statistic == "distinctive_r":
        for strategy in run.estimated:
            row = run.pool(strategy, statistic, arm="shuffled")
            if row is not None:
                yield Mark.of(OTHERS_TARGET, strategy, row, scale, none_because(row))


def _tier_table(run: AdhereRun) -> list[Block]:
    slopes = any(run.pool(strategy, "slope") for strategy in run.estimated)
    rows = []
    for strategy in run.estimated:
        for tier in run.tiers(strategy):
            row = run.pool(strategy, "distinctive_r", tier=tier)
            if row is None:
                continue
            people = [one for one in run.people(strategy) if tier in ("all", one["tier"])]
            cells = [
                f"{strategy}, {TIER_NAMES[tier]}",
                number(row),
                unsigned(run.pool(strategy, "rms_distinctive", tier=tier)),
                *([number(run.pool(strategy, "slope", tier=tier))] if slopes else []),
                _followed([one["verdict"] for one in people], row["personas"]),
                f"{row['targets']}",
            ]
            rows.append(tuple(cells))
    if not rows:
        return []
    heads = ["Strategy, tier", "Distinctive r", "RMS shift", *(["Slope"] if slopes else []), "Follows", "Targets"]
    told = (
        "The same as numbers, with 95% intervals; RMS in points. A persona is followed where its shift along its own "
    )
    told += "target is above chance, by Holm over the personas."
    if slopes:
        told += " Slope: 1 follows fully, .5 half, 0 ignores; it is given where targets are in acceptance units."
    return [Text((told,), soft=True), Table(columns(*heads), tuple(rows))]


def _by_author(run: AdhereRun) -> Fold | None:
    found = {row["author"] for row in run.rows("adherence", tier="all", arm=AS_WRITTEN, measure=WRITTEN)} - {"all"}
    rows = tuple(
        (
            f"{strategy}, {str(author)[:_AUTHOR]}",
            number(run.pool(strategy, "distinctive_r", author=author)),
            unsigned(run.pool(strategy, "rms_distinctive", author=author)),
            f"{row['personas']}",
        )
        for strategy in run.estimated
        for author in sorted(found, key=str)
        if (row := run.pool(strategy, "distinctive_r", author=author))
    )
    heads = (Column("Strategy, author", "left", grows=True), *columns("Distinctive r", "RMS shift", "Personas", left=0))
    return Fold("By who set the targets", (Table(heads, rows),)) if rows else None


def _by_measure(run: AdhereRun) -> Fold | None:
    rows = []
    for strategy in run.strategies:
        for measure in ("probability", "score"):
            row = run.pool(strategy, "distinctive_r", measure=measure)
            if row is not None:
                rms = run.pool(strategy, "rms_distinctive", measure=measure)
                cells = (number(row), unsigned(rms), number(run.pool(strategy, "slope", measure=measure)))
                rows.append((f"{strategy}, {MEASURES[measure]}", *cells))
    heads = columns("Strategy, measure", "Distinctive r", "RMS shift", "Slope")
    told = Text(("Second views of the same personas; the headline goes by what was written.",), soft=True)
    title = "By option probabilities, or by a questionnaire's own score"
    return Fold(title, (told, Table(heads, tuple(rows)))) if rows else None


def _followed(verdicts: list[str], personas: int) -> str:
    """ "4 of 8, 1 reversed"."""
    reverses = verdicts.count("reverses")
    return f"{verdicts.count('follows')} of {personas}" + (f", {reverses} reversed" if reverses else "")
