"""Numbers as people read them: points, intervals, shares."""

import unicodedata
from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]
LIGHT_NAMES = {
    "picture": "Picture matters",
    "labels": "Labels",
    "polarity": "Polarity",
    "written": "Written answers",
}
LIGHT_STATES = {"green": "ok", "amber": "caution", "red": "failed", "off": "off"}
OUTCOMES = ("choice", "refused", "unparsed", "truncated", "error", "missing")
OUTCOMES_TOLD = (
    "Choice: one of the options was named. Refused: it declined. Unparsed: no option, or more than one, can be read. "
    "Truncated: cut off at the length limit. Error: no reply came. Missing: not asked yet. None but a choice says "
    "anything of liking."
)
_FRAMINGS = {
    "would": "would you",
    "would_not": "would you not",
    "first": "two words, the accepting one first",
    "second": "two words, the accepting one second",
    "other": "a question of its own",
}


def points(share: float) -> str:
    """A difference of shares in points, signed: "+9"; one decimal below one point."""
    size = 100 * share
    if abs(size) < 0.05:
        return "0"
    return f"{size:+.0f}" if abs(size) >= 0.95 else f"{size:+.1f}"


def signed(number: float) -> str:
    """Two decimals with a sign; no minus before a zero."""
    return f"{round(number, 2) + 0.0:+.2f}"


def p_text(p: float) -> str:
    """A p-value to three decimals."""
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def ends(row: Row) -> str:
    """The interval of a row, in points: "[4, 14]"; an end that would read 0 though the interval lies clear of 0 has
    the decimals that it takes: "[0.4, 73]"."""
    clear = row["low"] > 0 or row["high"] < 0
    return f"[{_end(100 * row['low'], clear=clear)}, {_end(100 * row['high'], clear=clear)}]"


def _end(size: float, *, clear: bool) -> str:
    digits = 0
    while clear and size and digits < 3 and not round(size, digits):
        digits += 1
    return f"{round(size, digits) + 0.0:.{digits}f}"


def with_ends(row: Row | None) -> str:
    """A row's estimate with its interval, in points: "+9 [4, 14]"; "-" where there is no row."""
    return "-" if row is None else f"{points(row['estimate'])} {ends(row)}"


def size_text(share: float | None) -> str:
    """A size without a sign, in points to one decimal: "16.0"; "-" where there is none."""
    return "-" if share is None else f"{100 * share:.1f}"


def percent(share: float | None) -> str:
    """A share in per cent, or "-" where there is none."""
    return "-" if share is None else f"{100 * share:.0f}%"


def framings_text(names: Iterable[str]) -> str:
    """Ways in which a question was put, in words: "would you; would you not"."""
    return "; ".join(_FRAMINGS.get(name, name.replace("_", " ")) for name in names)


def level_text(row: Row) -> str:
    """General acceptance with its interval, and what the question did to it in points, in a line."""
    parts = [f"accepted {percent(row['estimate'])} [{100 * row['low']:.0f}, {100 * row['high']:.0f}]"]
    if row["yes_bias"] is not None:
        parts.append(f"yes-bias {points(row['yes_bias'])} points")
    if row["order_effect"] is not None:
        parts.append(f"first-named option {points(row['order_effect'])} points")
    return ", ".join(parts)


def short_names(names: Iterable[str], longest: int = 44) -> dict[str, str]:
    """Each name in at most about `longest` characters, still told apart."""
    short: dict[str, str] = {}
    for name in dict.fromkeys(names):
        text = name if len(name) <= longest else f"{name[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"
        short[name] = text if text not in short.values() else f"{text} ({len(short) + 1})"
    return short


def printable(text: str, encoding: str = "utf-8") -> str:
    """Text that a terminal of that encoding can print and that does nothing to it: no escape sequences, no crash.

    Control characters become blanks, line breaks stay; signs that the encoding lacks become question marks.
    """
    plain = "".join(" " if unicodedata.category(sign) == "Cc" and sign != "\n" else sign for sign in text)
    return plain.encode(encoding, "replace").decode(encoding)
