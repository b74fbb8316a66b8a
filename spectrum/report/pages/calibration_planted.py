"""What was planted: profiles beside what came back, and one set of planted clips."""

from spectrum.report.blocks import Block, Section, Text
from spectrum.report.charts_limits import bars, planted_against_found
from spectrum.report.evidence import shortened
from spectrum.report.result_folder import Row

MOST_POINTS = 400
BINS = 20


def recovered(rows: list[Row]) -> list[Block]:
    """Planted against estimated numbers of one cell: the middle one on the probability scale."""
    cells = list(dict.fromkeys(row["cell"] for row in rows if row["scale"] == "probability"))
    if not cells:
        return []
    cell = next((name for name in cells if name.startswith("SD 0.10, yes-bias 0")), cells[0])
    ours = [row for row in rows if row["cell"] == cell and None not in (row["planted"], row["low"], row["high"])]
    points: list[Row] = [
        {
            "value": shortened(row["value"], 40),
            **{key: round(100 * row[key], 2) for key in ("planted", "estimated", "low", "high")},
        }
        for row in ours[:MOST_POINTS]
    ]
    profiles = len({row["run"] for row in ours[:MOST_POINTS]})
    figure = planted_against_found(
        "planted",
        "Planted and estimated",
        f"Ten values of each of {profiles} random profiles with their 95% intervals, in points; on the dashed line "
        f"both are equal. Cell: {shortened(cell, 200)}.",
        points,
        unit="points",
    )
    return [] if figure is None else [figure]


def planted_clips(rows: list[Row]) -> list[Section]:
    """How likely the clips of one planted set are accepted: most surely, or surely not."""
    shares = [row["probability"] for row in rows if row["probability"] is not None]
    if not shares:
        return []
    counts = [0] * BINS
    for share in shares:
        counts[min(BINS - 1, max(0, int(share * BINS)))] += 1
    evoked = [len((row["evokes"] or "").split(";")) if row["evokes"] else 0 for row in rows]
    figure = bars(
        "planted-clips",
        "How likely planted clips are accepted",
        f"{len(shares):,} planted clips by their probability of acceptance, before any bias. A respondent by rule "
        "likes a share of the clips of each kind, and which ones follows from what can be seen.",
        [(place / BINS, (place + 1) / BINS, count) for place, count in enumerate(counts)],
        across="probability of acceptance",
    )
    told = (
        f"A planted clip evokes {sum(evoked) / len(evoked):.1f} values on average. Every number of this set is in "
        "tables/planted_clips.csv."
    )
    return [Section("planted-clips-section", "The planted clips", (Text((told,)), figure), folded=True)]
