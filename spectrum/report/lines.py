"""Pieces of a terminal report: sentences, table lines, bars, lights."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spectrum.report.read_run import RunView
from spectrum.report.result_folder import Row
from spectrum.report.words import LIGHT_NAMES, LIGHT_STATES, printable

BAR = 23
"""Characters of a bar; odd, so that its middle is the average."""
COLOURS = {"green": "green", "amber": "yellow", "red": "red", "off": "dim"}


def say(console: Console, text: str, style: str = "") -> None:
    """A sentence, wrapped at the console's width; never read as markup."""
    console.print(Text(printable(text, console.encoding), style=style))


def line(console: Console, text: str, style: str = "") -> None:
    """A line of a table: cut, not wrapped, where the console is too narrow."""
    cut = printable("\u2026", console.encoding) != "\u2026"  # an old code page has no sign for what is cut
    shown = Text(printable(text.rstrip(), console.encoding), style=style)
    console.print(shown, no_wrap=True, overflow="crop" if cut else "ellipsis", crop=True)


def lights(console: Console, run: RunView, condition: str) -> None:
    """The four lights of a condition, each with its reason."""
    rows = run.rows("lights", condition=condition)
    if not rows:
        return
    console.print()
    say(console, f"Lights, {condition}")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", min_width=8)
    grid.add_column()
    for row in rows:
        name = LIGHT_NAMES.get(str(row["light"]), str(row["light"]))
        grid.add_row(_state(str(row["state"])), Text(printable(f"{name}: {row['text']}", console.encoding)))
    console.print(grid)


def axis(reach: float) -> str:
    """The bar's scale: its ends in points and the average in the middle."""
    left, right = f"{-100 * reach:.0f}", f"{100 * reach:+.0f}"
    side = BAR // 2
    return f"{left:<{side}}0{right:>{side}}"


def bar(row: Row, reach: float) -> str:
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


def _state(state: str) -> Text:
    return Text(LIGHT_STATES.get(state, state), style=COLOURS.get(state, ""))
