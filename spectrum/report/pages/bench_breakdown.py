"""Is it one keyword, or one platform? The profile without each keyword's clips, and acceptance by platform."""

from collections import Counter, defaultdict

import numpy as np

from spectrum.report.blocks import Block, Column, Table
from spectrum.report.charts import Interval, forest
from spectrum.report.read_run import RunView
from spectrum.report.words import points, signed

FEWEST = 3
"""Clips of a platform below which no interval is drawn."""


def breakdown(run: RunView) -> tuple[Block, ...]:
    """A table of keywords and a figure of platforms, where the run has them."""
    return (*_platforms(run), *_keywords(run))


def _platforms(run: RunView) -> tuple[Block, ...]:
    """Mean acceptance over the clips of each platform; nothing is drawn of a single platform."""
    platform = {clip["clip_id"]: clip["platform"] for clip in run.clips if clip["platform"]}
    asked = {row["clip_id"] for row in run.tables["clip_acceptance"]}
    clips = Counter(str(name) for clip_id, name in platform.items() if clip_id in asked)
    drawn = []
    for condition in (run.main_condition, *run.personas):
        shares: dict[str, list[float]] = defaultdict(list)
        for row in run.rows("clip_acceptance", condition=condition):
            if row["accepted"] is not None and row["clip_id"] in platform:
                shares[str(platform[row["clip_id"]])].append(100 * row["accepted"])
        for name, numbers in sorted(shares.items()):
            if len(numbers) >= FEWEST:
                low, high = mean_interval(np.array(numbers))
                drawn.append(Interval(f"{name} ({clips[name]})", condition, float(np.mean(numbers)), low, high))
    if len({interval.label for interval in drawn}) < 2:
        return ()
    caption = (
        "Mean acceptance of the clips of each platform (their number in brackets), whatever they show; 95% intervals "
        "with clips as units."
    )
    figure = forest(
        "platform-forest", "By platform", caption, drawn, axis="per cent accepted", reference=50.0, labels="platform"
    )
    return (figure,) if figure else ()


def mean_interval(numbers: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
    """95% Student interval of a mean over two or more numbers."""
    from scipy import stats

    half = float(stats.t.ppf(0.975, len(numbers) - 1) * numbers.std(ddof=1) / np.sqrt(len(numbers)))
    return float(numbers.mean()) - half, float(numbers.mean()) + half


def _keywords(run: RunView) -> tuple[Block, ...]:
    assert run.summary is not None
    names = {value.code: value.name for value in run.summary.values}
    rows = [row for row in run.tables["leave_keyword_out"] if row["value"] is not None and row["change"] is not None]
    if not rows:
        return ()
    rows.sort(key=lambda row: -abs(row["change"]))
    lines = tuple(
        (
            str(row["keyword"]),
            str(names.get(row["keyword_value"], row["keyword_value"] or "-")),
            f"{row['clips']:,}",
            str(names.get(row["value"], row["value"])),
            points(row["estimate"]),
            points(row["without"]),
            f"{signed(100 * row['change'])}",
        )
        for row in rows
    )
    heads = (
        Column("Keyword", "left", grows=True),
        Column("Found for", "left"),
        Column("Clips"),
        Column("Moves", "left"),
    )
    columns = (*heads, Column("With"), Column("Without"), Column("Change"))
    caption = "The profile without the clips that one keyword found: the value that moves most, in points."
    return (Table(columns, lines, caption, filtered=len(lines) > 12),)
