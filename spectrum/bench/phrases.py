"""Shares, intervals and counts as the sentences of a run say them."""

from collections.abc import Sequence

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def points(share: float) -> str:
    """A share in points: "9 points", one decimal below one point."""
    size = 100 * share
    shown = f"{size:.0f}" if abs(size) >= 0.95 else f"{size:.1f}"
    return f"{shown} {'point' if shown == '1' else 'points'}"


def ends(low: float, high: float) -> str:
    """An interval in points: "[4, 14]"; one decimal where both ends are below three points, and at an end that would
    read 0 though the interval lies clear of 0: "[0.4, 73]"."""
    digits = 0 if max(abs(low), abs(high)) >= 0.03 else 1
    clear = low > 0 or high < 0
    return f"[{_end(100 * low, digits, clear=clear)}, {_end(100 * high, digits, clear=clear)}]"


def between(low: float, high: float) -> str:
    """Bounds in points: "-11 to +17 points"."""
    shown = [f"{round(100 * end) + 0:+d}" if round(100 * end) else "0" for end in (low, high)]
    return f"{shown[0]} to {shown[1]} points"


def many(count: int, what: str) -> str:
    """A count with its noun: "1 clip", "1,200 clips"."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def number(count: int) -> str:
    """Small numbers in words."""
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def listed(parts: Sequence[str]) -> str:
    """One thing, or several with "and" before the last."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def _end(size: float, digits: int, *, clear: bool) -> str:
    """An end of an interval; with the decimals that it takes not to read 0, where the interval is clear of 0."""
    while clear and size and digits < 3 and not round(size, digits):
        digits += 1
    return _plain(size, digits)


def _plain(size: float, digits: int) -> str:
    """Rounded, without the sign of a zero."""
    return f"{round(size, digits) + 0.0:.{digits}f}"
