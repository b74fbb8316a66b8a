"""What a run says, for a terminal: plain words and fixed columns that hold at 80 characters and without colour.

The first screen is what the project's measurement rules (section 9) allow on it; everything else is in `details`.
"""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from spectrum.report.blocks import Page
from spectrum.report.details import paper_table, show_details
from spectrum.report.lines import axis, bar, lights, line, say
from spectrum.report.missing_answers import (
    SEEN,
    change_bounds,
    change_note,
    lacks_choices,
    outcomes_text,
    total_outcomes,
)
from spectrum.report.read_run import ChangeView, RunView, read_run
from spectrum.report.result_folder import Row
from spectrum.report.run_parts import NamedValue
from spectrum.report.words import ends, level_text, p_text, points, with_ends


def show(folder: Path, console: Console, *, full: bool = False) -> None:
    """Print the first screen: headline, tied groups, profile, refusal bounds, level, one comparison, four lights.

    With `full`, everything else after it. Reads the run folder only. A part that is missing is named and left
    out; raises RunFolderError where there is no such folder.
    """
    run = read_run(folder)
    for problem in run.problems:
        say(console, problem, "yellow")
    if run.summary is None:
        say(console, "Nothing can be shown of this run yet.", "bold")
        return
    _heading(console, run)
    say(console, run.summary.headline, "bold")
    for persona in run.summary.personas:
        say(console, persona.sentence)
    if run.summary.status == "unfinished" and run.profile(run.main_condition):
        say(console, "The numbers below are of the answers so far: they will change and are no result.", "yellow")
    _profile(console, run)
    _level(console, run)
    for condition in run.personas[:1]:
        persona_table(console, run, condition)
    lights(console, run, run.main_condition)
    if not full and run.manifest is not None and run.manifest.config.get("protocol") == "paper":
        paper_table(console, run)
    if full:
        for condition in run.personas[1:]:
            persona_table(console, run, condition)
        show_details(console, run)
    else:
        say(console, f"All else: spectrum report {folder} --full", "dim")


def show_headline(page: Page, console: Console) -> None:
    """Print what a result of any kind says first, wrapped at the console's width, after what is missing in it."""
    for problem in page.problems:
        say(console, problem, "yellow")
    for place, sentence in enumerate(page.headline):
        say(console, sentence, "" if place else "bold")


def _heading(console: Console, run: RunView) -> None:
    assert run.summary is not None
    answered = f"{run.summary.answered:,} of {run.summary.planned:,} asks answered"
    failed = f", {run.summary.failed:,} failed" if run.summary.failed else ""
    say(console, f"{run.summary.respondent}: {answered}{failed}", "dim")


def _profile(console: Console, run: RunView) -> None:
    assert run.summary is not None
    rows = run.profile(run.main_condition)
    if not rows:
        return
    console.print()
    note = run.estimate(run.main_condition)
    if note is not None and note.groups_sentence:
        say(console, note.groups_sentence)
    reach = max([abs(row[end]) for row in rows.values() for end in ("low", "high")], default=1.0) or 1.0
    bounded = any(_is_bounded(row) for row in rows.values())
    say(console, f"By value, {run.main_condition}: points above or below its own average, 95% intervals")
    bounds = f" {'if all chose':^13}" if bounded else ""
    line(console, f"{'':16}{axis(reach)}  {'points':>6} {'95%':^11} {'tied':<5}{bounds}", "dim")
    for value in run.summary.values:
        line(console, _profile_line(value, rows[value.code], reach, bounded))
    say(console, "tied: values that share a letter cannot be told apart (95%, all pairs at once).", "dim")
    if bounded:
        say(console, "if all chose: worst and best case, had every ask without a choice been answered.", "dim")


def _profile_line(value: NamedValue, row: Row, reach: float, bounded: bool) -> str:
    bounds = ""
    if bounded and row["bound_low"] is not None:
        low, high = round(100 * row["bound_low"]), round(100 * row["bound_high"])
        bounds = f" {f'{low} to {high}':^13}"
    return (
        f"{value.name[:15]:16}{bar(row, reach)}  {points(row['estimate']):>6} {ends(row):^11} "
        f"{row['tied_group'][:5]:<5}{bounds}"
    )


def _is_bounded(row: Row) -> bool:
    """Whether what was refused could move the value by half a point or more."""
    return row["bound_low"] is not None and row["bound_high"] - row["bound_low"] >= SEEN


def _level(console: Console, run: RunView) -> None:
    """General acceptance, and what it could have been had all asks got a choice."""
    row, total = run.level(run.main_condition), total_outcomes(run, run.main_condition)
    parts = [] if row is None else [f"Level, {run.main_condition}: {level_text(row)}."]
    parts += [] if total is None else [outcomes_text(total)]
    if parts:
        console.print()
        say(console, " ".join(parts))
    for condition in run.personas:
        theirs = total_outcomes(run, condition)
        if theirs is not None and lacks_choices(theirs):
            say(console, f"{condition}: {outcomes_text(theirs)}")


def persona_table(console: Console, run: RunView, condition: str) -> None:
    """One condition beside the main one, paired on identical items."""
    assert run.summary is not None
    changes = run.contrast(condition)
    if not changes:
        return
    before, after = run.profile(run.main_condition), run.profile(condition)
    bounds = change_bounds(run, condition)
    console.print()
    base = run.main_condition
    say(console, f"{condition.upper()} beside {base}: points from each one's own average; change on identical items")
    if bounds is None:
        heads = _change_line(("", base[:16], condition[:16], "change", "p (Holm)"), None)
    else:
        heads = _change_line(("", base[:15], condition[:15], "change", "Holm"), "if all chose")
    line(console, heads, "dim")
    for value in run.summary.values:
        cells = [with_ends(rows.get(value.code)) for rows in (before, after, changes)]
        p_holm = p_text(changes[value.code]["p_holm"])
        line(console, _change_line((value.name, *cells, p_holm), _bounds_text(bounds, value.code)))
    level = changes["level"]
    cells = ["general level", "", "", with_ends(level), p_text(level["p_holm"])]
    line(console, _change_line(cells, _bounds_text(bounds, "level")))
    note = change_note(run, condition, level["items"])
    if note is not None:
        say(console, note, "dim")
    if bounds is not None:
        told = f"{bounds.lacking:,} of {bounds.items:,} shared items lack a choice"
        say(console, f"if all chose: worst and best case of the change, had they got one; {told}.", "dim")


def _change_line(cells: Sequence[str], bounds: str | None) -> str:
    """A line of a persona's table, 80 characters wide, with its bounds or without."""
    name, before, after, change, p = cells
    if bounds is None:
        return f"{name[:15]:16}{before:>17} {after:>17} {change:>18} {p:>9}"
    return f"{name[:14]:14}{before:>15} {after:>15} {change:>15} {p:>5} {bounds:>12}"


def _bounds_text(change: ChangeView | None, value: str) -> str | None:
    if change is None:
        return None
    low, high = (round(100 * end) for end in change.bounds[value])
    return f"{low} to {high}"
