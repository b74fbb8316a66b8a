"""What a run says, for a terminal: plain words and fixed columns that hold at 80 characters and without colour."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spectrum.report.read_run import Row, RunView, ValueView, read_run
from spectrum.report.words import LIGHT_NAMES, LIGHT_STATES, ends, level_text, p_text, percent, points

BAR = 23
"""Characters of a bar; odd, so that its middle is the average."""
COLOURS = {"green": "green", "amber": "yellow", "red": "red", "off": "dim"}
NOT_CHOSEN = ("refused", "unparsed", "truncated", "error", "missing")


def show(folder: Path, console: Console) -> None:
    """Print headline, profile, tied groups, level, outcomes, the paper's percentages, personas and lights.

    Reads the run folder only. A part that is missing is named and left out; raises RunFolderError where
    there is no such folder.
    """
    run = read_run(folder)
    for problem in run.problems:
        _say(console, problem, "yellow")
    if run.summary is None:
        _say(console, "Nothing can be shown of this run yet.", "bold")
        return
    _heading(console, run)
    _say(console, run.summary.headline, "bold")
    for persona in run.summary.personas:
        _say(console, persona.sentence)
    if run.summary.status == "unfinished" and run.profile(run.main_condition):
        _say(console, "The numbers below are of the answers so far: they will change and are no result.", "yellow")
    _profile(console, run)
    for condition in run.personas:
        _persona(console, run, condition)
    _levels(console, run)
    _outcomes(console, run)
    _lights(console, run)


def _heading(console: Console, run: RunView) -> None:
    assert run.summary is not None
    answered = f"{run.summary.answered:,} of {run.summary.planned:,} asks answered"
    failed = f", {run.summary.failed:,} failed" if run.summary.failed else ""
    _say(console, f"{run.summary.respondent}: {answered}{failed}", "dim")


def _profile(console: Console, run: RunView) -> None:
    assert run.summary is not None
    rows = run.profile(run.main_condition)
    paper = {row["value"]: row for row in run.rows("paper", condition=run.main_condition)}
    if not rows and not paper:
        return
    console.print()
    reach = max([abs(row[end]) for row in rows.values() for end in ("low", "high")], default=1.0) or 1.0
    if rows:
        note = run.estimate(run.main_condition)
        _say(console, f"By value, {run.main_condition}: points above or below its own average, 95% intervals")
        _line(console, f"{'':16}{_axis(reach):{BAR}}  {'points':>6} {'95%':^13} {'tied':<6} {'paper %':>7}", "dim")
        for value in run.summary.values:
            _line(console, _profile_line(value, rows[value.code], paper.get(value.code), reach))
        if note is not None and note.groups_sentence:
            _say(console, note.groups_sentence)
        _say(console, "tied: values that share a letter cannot be told apart (95%, all pairs at once).", "dim")
    else:
        _say(console, f"The paper's own percentages of yes, {run.main_condition} (no profile: see above)")
        for value in run.summary.values:
            _line(console, f"{value.name:16}{_paper(paper.get(value.code)):>7}")
    for scores in run.summary.paper:
        if scores.condition == run.main_condition and scores.mean is not None and scores.sd is not None:
            spread = f"mean {scores.mean:.1f}, sample SD {scores.sd:.2f} over the values"
            _say(console, f"paper %: yes / asked x 100, a refusal counted as no yes; {spread}.", "dim")


def _profile_line(value: ValueView, row: Row, paper: Row | None, reach: float) -> str:
    bar = _bar(row, reach)
    return (
        f"{value.name[:15]:16}{bar}  {points(row['estimate']):>6} {ends(row):^13} "
        f"{row['tied_group'][:6]:<6} {_paper(paper):>7}"
    )


def _persona(console: Console, run: RunView, condition: str) -> None:
    assert run.summary is not None
    changes = run.contrast(condition)
    if not changes:
        return
    before, after = run.profile(run.main_condition), run.profile(condition)
    console.print()
    base = run.main_condition
    _say(console, f"{condition.upper()} beside {base}: points from each one's own average; change on identical items")
    _line(console, f"{'':16}{base[:16]:>17} {condition[:16]:>17} {'change':>18} {'p (Holm)':>9}", "dim")
    for value in run.summary.values:
        cells = [_cell(rows.get(value.code)) for rows in (before, after, changes)]
        p_holm = p_text(changes[value.code]["p_holm"])
        _line(console, f"{value.name[:15]:16}{cells[0]:>17} {cells[1]:>17} {cells[2]:>18} {p_holm:>9}")
    level = changes["level"]
    _line(console, f"{'general level':16}{'':>17} {'':>17} {_cell(level):>18} {p_text(level['p_holm']):>9}")


def _levels(console: Console, run: RunView) -> None:
    assert run.summary is not None
    levels = [(name, run.level(name)) for name in run.summary.conditions]
    if any(row for _, row in levels):
        console.print()
    for name, row in levels:
        if row is not None:
            _say(console, f"Level, {name}: {level_text(row)}.")


def _outcomes(console: Console, run: RunView) -> None:
    assert run.summary is not None
    names = {value.code: value.name for value in run.summary.values} | {"all": "all asks", "control": "controls"}
    for condition in run.summary.conditions:
        rows = [row for row in run.rows("outcomes", condition=condition) if row["planned"]]
        total = next((row for row in rows if row["value"] == "all"), None)
        if total is None:
            continue
        lacking = [f"{total[name]:,} {name}" for name in NOT_CHOSEN if total[name]]
        if not lacking:
            _say(console, f"Outcomes, {condition}: all {total['choice']:,} asks got a choice.")
            continue
        console.print()
        _say(console, f"Outcomes, {condition}: {total['choice']:,} choices, {', '.join(lacking)}")
        _line(console, f"{'':16}{'choices':>9} {'others':>9} {'accepted':>9}  had all others been no, or yes", "dim")
        for row in rows:
            counts = f"{row['choice']:>9,} {row['planned'] - row['choice']:>9,}"
            bounds = f"{percent(row['accepted_low'])} to {percent(row['accepted_high'])}"
            name = names.get(str(row["value"]), str(row["value"]))
            _line(console, f"{name[:15]:16}{counts} {percent(row['accepted']):>9}  {bounds}")


def _lights(console: Console, run: RunView) -> None:
    assert run.summary is not None
    for condition in run.summary.conditions:
        rows = run.rows("lights", condition=condition)
        if not rows:
            continue
        console.print()
        _say(console, f"Lights, {condition}")
        grid = Table.grid(padding=(0, 1))
        grid.add_column(justify="right", min_width=8)
        grid.add_column()
        for row in rows:
            name = LIGHT_NAMES.get(str(row["light"]), str(row["light"]))
            grid.add_row(
                _state(str(row["state"])),
                Text(f"{name}: {row['text']}"),
            )
        console.print(grid)


def _axis(reach: float) -> str:
    """The bar's scale: its ends in points and the average in the middle."""
    left, right = f"{-100 * reach:.0f}", f"{100 * reach:+.0f}"
    side = BAR // 2
    return f"{left:<{side}}0{right:>{side}}"


def _bar(row: Row, reach: float) -> str:
    """An interval as dashes with its estimate as o, around the average as |; plain ASCII on purpose."""
    middle = BAR // 2

    def place(share: float) -> int:
        return min(BAR - 1, max(0, middle + round(share / reach * middle)))

    cells = [" "] * BAR
    cells[middle] = "|"
    for at in range(place(row["low"]), place(row["high"]) + 1):
        cells[at] = "-" if at != middle else "+"
    cells[place(row["estimate"])] = "o"
    return "".join(cells)


def _cell(row: Row | None) -> str:
    return "-" if row is None else f"{points(row['estimate'])} {ends(row)}"


def _paper(row: Row | None) -> str:
    return "-" if row is None or row["percent"] is None else f"{row['percent']:.0f}"


def _state(state: str) -> Text:
    return Text(LIGHT_STATES.get(state, state), style=COLOURS.get(state, ""))


def _say(console: Console, text: str, style: str = "") -> None:
    """A sentence, wrapped at the console's width; never read as markup."""
    console.print(Text(text, style=style))


def _line(console: Console, text: str, style: str = "") -> None:
    """A line of a table: cut, not wrapped, where the console is too narrow."""
    console.print(Text(text.rstrip(), style=style), no_wrap=True, overflow="ellipsis", crop=True)
