"""What a pairs run says, as plain lines for a terminal of 80 characters."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from spectrum.runs.folder import RunFolder

_WIDTH = 16


def pair_lines(summary: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Headline, personas, values, order and triads of a tallied pairs run."""
    yield str(summary["headline"])
    for persona in summary["personas"]:
        yield str(persona["sentence"])
    tables = {
        name: pq.read_table(RunFolder(folder).tables / f"{name}.parquet").to_pylist()
        for name in ("pairs_values", "pairs_order", "pairs_triads")
    }
    names = {value["code"]: value["name"] for value in summary["values"]}
    for condition in summary["conditions"]:
        ours = {name: [row for row in rows if row["condition"] == condition] for name, rows in tables.items()}
        yield from _values(condition, ours["pairs_values"], names)
        yield from _order(ours["pairs_order"])
        yield from _triads(ours["pairs_triads"])
    tokens = f"{summary['tokens_in']:,} tokens in, {summary['tokens_out']:,} out"
    yield f"{summary['answered']:,} of {summary['planned']:,} asks answered, {summary['failed']:,} failed; {tokens}."
    yield f"tables: {RunFolder(folder).tables}"


def _values(condition: str, rows: list[dict[str, Any]], names: Mapping[str, str]) -> Iterator[str]:
    points = [row for row in rows if row["scale"] == "probability" and row["reference"] is None]
    logits = {row["value"]: row for row in rows if row["scale"] == "logit"}
    if not points:
        return
    yield ""
    yield f"By value, {condition}: points of being chosen above or below the average value, 95% intervals"
    yield f"{'':{_WIDTH}}{'points':>7} {'95%':^13} {'tied':<6} {'logit':>6}"
    for row in points:
        ends = f"[{round(100 * row['low'])}, {round(100 * row['high'])}]"
        logit = f"{logits[row['value']]['estimate']:+.2f}" if row["value"] in logits else ""
        name = names[row["value"]][: _WIDTH - 1]
        yield f"{name:{_WIDTH}}{100 * row['estimate']:>+7.1f} {ends:^13} {row['tied_group']:<6} {logit:>6}"
    yield "tied: values that share a letter cannot be told apart (95%, all pairs at once)."


def _order(rows: list[dict[str, Any]]) -> Iterator[str]:
    said = {
        "shown_first": "being shown first adds {size:+.1f} points [{low}, {high}]",
        "named_first": "being named first adds {size:+.1f} points [{low}, {high}]",
        "same_clip": "both orders chose the same clip in {size:.0f}% of pairs [{low}, {high}] (50% by chance)",
    }
    for row in rows:
        size = round(100 * row["estimate"], 1) + 0.0
        numbers = {"size": size, "low": round(100 * row["low"]), "high": round(100 * row["high"])}
        yield "Order: " + said[row["effect"]].format(**numbers) + "."


def _triads(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        if row["share"] is not None:
            ends = f"[{100 * row['low']:.0f}, {100 * row['high']:.0f}]"
            circles = (
                f"{row['circular']} of {row['decided']} decided triads are circles, {100 * row['share']:.0f}% {ends}"
            )
            yield f"Triads, {row['kind']}: {circles}; 25% by chance."
