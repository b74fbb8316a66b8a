"""The table "reliability" of a run as plain lines, for a terminal."""

from collections.abc import Sequence

from spectrum.report.result_folder import Row


def reliability_lines(rows: Sequence[Row]) -> list[str]:
    """A line a row: the verdict of each estimate, then what it rests on."""
    lines = []
    for row in rows:
        if row["statistic"] == "verdict":
            lines.append(f"Reliability, {row['condition']}, {row['construct']}, {row['measure']}: {row['note']}")
        elif row["estimate"] is None:
            lines.append(f"  {_name(row)}: not estimable: {row['note']}")
        else:
            ends = "" if row["low"] is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
            share = "" if row["share"] is None else f", {100 * row['share']:.0f}% of all"
            places = 4 if row["statistic"] == "component" else 2
            counted = "" if row["count"] is None else f" ({row['count']:,} {row['unit']})"
            lines.append(f"  {_name(row)}: {row['estimate']:.{places}f}{ends}{share}{counted}")
    return lines


def _name(row: Row) -> str:
    names = {
        "split_half": "split halves of",
        "retest": "test and retest",
        "order": "option orders:",
        "stem": "would and would-not:",
        "component": "variance of",
        "generalizability": "generalizability of the profile",
    }
    part = {"both": "clips and wordings", "differ": "share that differ"}.get(row["part"], row["part"])
    return f"{names[row['statistic']]} {part}".rstrip()
