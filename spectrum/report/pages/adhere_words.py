"""Adherence numbers as people read them."""

from spectrum.report.blocks import Column
from spectrum.report.result_folder import Row
from spectrum.report.words import ends, p_text, percent, points, signed

CONTROL_KNOWN = 0.25
"""Half an interval wider than this tells nothing of a control question: not to have seen it move is then no news."""
VERDICTS = {
    "follows": "follows",
    "reverses": "does the reverse",
    "not told": "no shift beyond chance",
    "not estimable": "cannot be estimated",
    "no target": "no target",
}
TIER_NAMES = {
    "all": "all personas",
    "named": "values named",
    "described": "values described",
    "biography": "told as a life",
    "none": "no values",
}
MEASURES = {
    "written": "by what was written",
    "probability": "by option probabilities",
    "score": "by the questionnaire's score",
}
NO_CHANGE = "no change"
"""Short for: the shifts as a whole cannot be told from noise, so no correlation is given."""
UNDEFINED = "undefined"
"""The same where something else shown of them is beyond noise."""
DASH = "-"


def none_because(row: Row) -> str:
    """Why a correlation has no number, in a word or two; a dash where it is not known."""
    note = str(row.get("note"))
    return NO_CHANGE if NO_CHANGE in note else UNDEFINED if note.startswith(UNDEFINED) else DASH


def share(row: Row | None) -> str:
    """Points with their interval: "+20 [4, 28]"; a dash where there is none."""
    if row is None or row["estimate"] is None:
        return DASH
    return f"{points(row['estimate'])} {ends(row)}" if _spanned(row) else points(row["estimate"])


def unsigned(row: Row | None) -> str:
    """Points that cannot be below zero, to one decimal: "20.2 [4.0, 28.3]"."""
    if row is None or row["estimate"] is None:
        return DASH
    said = f"{100 * row['estimate']:.1f}"
    return f"{said} [{100 * row['low']:.1f}, {100 * row['high']:.1f}]" if _spanned(row) else said


def number(row: Row | None) -> str:
    """A correlation or slope with its interval: "+.56 [+.42, +.67]", or why there is none."""
    if row is None:
        return DASH
    if row["estimate"] is None:
        return none_because(row)
    return f"{signed(row['estimate'])} [{signed(row['low'])}, {signed(row['high'])}]" if _spanned(row) else signed(
        row["estimate"]
    )  # fmt: skip


def fraction(row: Row | None) -> str:
    """A share of a whole in per cent, with its interval."""
    if row is None or row["estimate"] is None:
        return DASH
    said = percent(row["estimate"])
    return f"{said} [{100 * row['low']:.0f}, {100 * row['high']:.0f}]" if _spanned(row) else said


def p(value: float | None) -> str:
    """A p-value, or a dash."""
    return DASH if value is None else p_text(value)


def single(value: float | None, *, as_points: bool = False) -> str:
    """A number that has no interval, signed."""
    if value is None:
        return DASH
    return points(value) if as_points else signed(value)


def columns(*heads: str, left: int = 1) -> tuple[Column, ...]:
    """Columns whose first `left` stand to the left."""
    return tuple(Column(head, "left" if place < left else "right") for place, head in enumerate(heads))


def _spanned(row: Row) -> bool:
    return row["low"] is not None and row["high"] is not None
