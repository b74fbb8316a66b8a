"""The page of a bench run: the first screen of MEASUREMENT 9, then everything behind it, folded away."""

from pathlib import Path

from spectrum.report.blocks import Block, Fold, Light, Lights, Notice, Page, Section, Text
from spectrum.report.charts import Interval, forest
from spectrum.report.charts_circle import circle
from spectrum.report.missing_answers import lacks_choices, outcomes_text, total_outcomes
from spectrum.report.pages.asked import asked
from spectrum.report.pages.bench_clips import clip_sections
from spectrum.report.pages.bench_details import details
from spectrum.report.pages.bench_references import references
from spectrum.report.read_run import RunView, read_run
from spectrum.report.words import LIGHT_NAMES, LIGHT_STATES, level_text

PROFILE = "Acceptance of each value's clips, in points above or below the respondent's own average; 95% intervals."
CIRCLE = (
    "Neighbours are compatible values, opposite ones conflict. The dashed ring is the respondent's own average; "
    "further out is more."
)
MOST_SERIES = 4
"""Conditions in one picture; with more, one hides the other, and the tables have them all."""


def page(folder: Path) -> Page:
    """The page of a bench run folder, whole, half finished, empty or damaged."""
    run = read_run(folder)
    clips, lacking = clip_sections(run)
    summary = run.summary
    return Page(
        kind="bench",
        title=summary.respondent if summary else run.folder.root.name,
        facts=facts(run),
        headline=headline(run),
        problems=(*run.problems, *lacking),
        sections=(*profile_sections(run), *details(run), *references(run), *clips, asked(run.prompts, run.manifest)),
    )


def headline(run: RunView) -> tuple[str, ...]:
    """The sentence that is read first, and one a persona."""
    if run.summary is None:
        return ("No profile can be shown of this run yet.",)
    return (run.summary.headline, *(one.sentence for one in run.summary.personas))


def facts(run: RunView) -> str:
    """How much was answered, and when it began."""
    if run.summary is None:
        return ""
    failed = f", {run.summary.failed:,} failed" if run.summary.failed else ""
    started = f"; started {run.manifest.created_at[:10]}" if run.manifest else ""
    return f"{run.summary.answered:,} of {run.summary.planned:,} asks answered{failed}{started}"


def profile_sections(run: RunView) -> list[Section]:
    """Profile with level and refusal bounds, the four lights, and the circle, of what the summary reports."""
    if run.summary is None:
        return []
    conditions = (run.main_condition, *run.personas)
    drawn = intervals(run, conditions[:MOST_SERIES])
    found = [
        Section("profile", "Profile", _profile(run, conditions, drawn)),
        Section("checks", "Checks", _checks(run)),
        Section("schwartz-circle", "On Schwartz's circle", _circle(drawn)),
    ]
    return [section for section in found if section.blocks]


def intervals(run: RunView, conditions: tuple[str, ...]) -> list[Interval]:
    """Centred acceptance in points, the values in the summary's order, a series a condition."""
    profiles = {name: run.profile(name) for name in conditions}
    return [
        Interval(value.name, name, 100 * row["estimate"], 100 * row["low"], 100 * row["high"])
        for value in (run.summary.values if run.summary else ())
        for name in conditions
        if (row := profiles[name].get(value.code))
    ]


def _profile(run: RunView, conditions: tuple[str, ...], drawn: list[Interval]) -> tuple[Block, ...]:
    blocks: list[Block | None] = []
    if run.summary and run.summary.status == "unfinished" and drawn:
        blocks.append(Notice("The numbers below are of the answers so far: they will change and are no result."))
    note = run.estimate(run.main_condition)
    if note and note.groups_sentence:
        blocks.append(Text((note.groups_sentence,)))
    if note and note.conditional_on_wordings:
        blocks.append(Notice("Fewer than five wordings: these intervals hold for these wordings only."))
    more = len(conditions) - MOST_SERIES
    left_out = f" {more} further conditions are in the tables below." if more > 0 else ""
    blocks.append(forest("profile-forest", "Profile", PROFILE + left_out, drawn))
    blocks.append(Text(tuple(said for name in conditions if (said := _level(run, name)))))
    return tuple(block for block in blocks if block is not None and block != Text(()))


def _circle(drawn: list[Interval]) -> tuple[Block, ...]:
    figure = circle("profile-circle", "The profile on Schwartz's circle", CIRCLE, drawn)
    return (figure,) if figure else ()


def _level(run: RunView, condition: str) -> str:
    """A condition's level and outcomes; of a persona without a level what is missing of its answers, or nothing."""
    row, total = run.level(condition), total_outcomes(run, condition)
    said = [] if row is None else [f"Level, {condition}: {level_text(row)}."]
    if total is not None and (row is not None or lacks_choices(total)):
        said.append(outcomes_text(total) if said else f"{condition}: {outcomes_text(total)}")
    return " ".join(said)


def _checks(run: RunView) -> tuple[Block, ...]:
    """The main condition's lights as a block of their own; the personas' after them."""
    blocks: list[Block] = []
    for condition in (run.main_condition, *run.personas):
        lights = tuple(
            Light(
                str(LIGHT_NAMES.get(row["light"], row["light"])),
                row["state"],
                str(LIGHT_STATES.get(row["state"], row["state"])),
                row["text"],
            )
            for row in run.rows("lights", condition=condition)
        )
        if lights:
            block = Lights(lights)
            blocks.append(block if condition == run.main_condition else Fold(f"Checks under {condition}", (block,)))
    return tuple(blocks)
