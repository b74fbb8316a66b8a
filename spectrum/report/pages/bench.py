"""The page of a bench run: the first screen of MEASUREMENT 9, then everything behind it, folded away."""

from pathlib import Path

from spectrum.report.blocks import Block, Column, Light, Lights, Notice, Page, Section, Table, Text
from spectrum.report.charts import Interval, circle, forest
from spectrum.report.read_run import Row, RunView, read_run
from spectrum.report.words import LIGHT_NAMES, LIGHT_STATES, ends, level_text, p_text, percent, points


def page(folder: Path) -> Page:
    """The page of a bench run folder, whole, half finished, empty or damaged."""
    run = read_run(folder)
    summary = run.summary
    return Page(
        kind="bench",
        title=summary.respondent if summary else run.folder.root.name,
        facts=_facts(run),
        headline=(summary.headline, *(one.sentence for one in summary.personas))
        if summary
        else ("No profile can be shown of this run yet.",),
        problems=run.problems,
        sections=tuple(section for section in (_first(run), *_checks(run)) if section.blocks),
    )


def _facts(run: RunView) -> str:
    if run.summary is None:
        return ""
    parts = [f"{run.summary.answered:,} of {run.summary.planned:,} asks answered"]
    if run.summary.failed:
        parts.append(f"{run.summary.failed:,} failed")
    started = f"; started {run.manifest.created_at[:10]}" if run.manifest else ""
    return ", ".join(parts) + started


def intervals(run: RunView, conditions: tuple[str, ...]) -> list[Interval]:
    """Centred acceptance in points, the values in the summary's order, a series a condition."""
    values = run.summary.values if run.summary else ()
    profiles = {name: run.profile(name) for name in conditions}
    return [
        Interval(value.name, name, 100 * row["estimate"], 100 * row["low"], 100 * row["high"])
        for value in values
        for name in conditions
        if (row := profiles[name].get(value.code))
    ]


def _first(run: RunView) -> Section:
    conditions = (run.main_condition, *run.personas)
    drawn = intervals(run, conditions)
    blocks: list[Block | None] = []
    if run.summary and run.summary.status == "unfinished" and drawn:
        blocks.append(Notice("The numbers below are of the answers so far: they will change and are no result."))
    note = run.estimate(run.main_condition)
    if note and note.groups_sentence:
        blocks.append(Text((note.groups_sentence,)))
    if note and note.conditional_on_wordings:
        blocks.append(Notice("Fewer than five wordings: these intervals hold for these wordings only."))
    caption = "Acceptance of each value's clips, in points above or below the respondent's own average; 95% intervals."
    blocks.append(forest("profile", "Profile", caption, drawn))
    blocks.append(Text(tuple(_level(run, name) for name in conditions if run.level(name))))
    blocks.append(
        circle(
            "circle",
            "The profile on Schwartz's circle",
            "Neighbours are compatible values, opposite ones conflict. The dashed ring is the respondent's own average.",
            drawn,
        )
    )
    return Section("profile-section", "Profile", tuple(block for block in blocks if block is not None))


def _level(run: RunView, condition: str) -> str:
    row = run.level(condition)
    assert row is not None
    return f"{condition}: {level_text(row)}.{_bounds(run, condition)}"


def _bounds(run: RunView, condition: str) -> str:
    rows: list[Row] = run.rows("outcomes", condition=condition, value="all")
    if not rows:
        return ""
    row = rows[0]
    return (
        f" {row['refused']:,} of {row['planned']:,} refused, {row['unparsed']:,} unparsed: had all that was not chosen "
        f"been a no, or a yes, acceptance would lie at {percent(row['accepted_low'])} or {percent(row['accepted_high'])}."
    )


def _checks(run: RunView) -> list[Section]:
    sections = []
    for condition in run.summary.conditions if run.summary else ():
        rows = run.rows("lights", condition=condition)
        lights = tuple(
            Light(
                LIGHT_NAMES.get(row["light"], row["light"]),
                row["state"],
                LIGHT_STATES.get(row["state"], row["state"]),
                row["text"],
            )
            for row in rows
        )
        if lights:
            sections.append(Section(f"checks-{len(sections)}", f"Checks: {condition}", (Lights(lights),)))
    return sections


def profile_table(run: RunView, condition: str) -> Table | None:
    """Ten rows with what the chart cannot show: tied groups, p, logits, counts."""
    profile = run.profile(condition)
    if not profile or run.summary is None:
        return None
    logit = run.profile(condition, "logit")
    heads = ("Value", "Points [95%]", "Tied", "p (Holm)", "Logits", "Clips", "Answers")
    rows = []
    for value in run.summary.values:
        row, on_logit = profile[value.code], logit.get(value.code)
        rows.append(
            (
                value.name,
                f"{points(row['estimate'])} {ends(row)}",
                str(row["tied_group"] or "-"),
                p_text(row["p_holm"]),
                f"{on_logit['estimate']:+.2f}" if on_logit else "-",
                f"{row['clips']:,}",
                f"{row['answers']:,}",
            )
        )
    columns = (Column("Value", "left"), *(Column(head) for head in heads[1:]))
    return Table(columns, tuple(rows), "Values that share a letter cannot be told apart, all pairs at once.")
