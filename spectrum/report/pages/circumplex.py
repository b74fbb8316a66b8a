"""The page of a circumplex: is the circle of values found, and where does each value lie on it?"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from spectrum.report.blocks import Block, Column, Fold, Light, Lights, Page, Section, Table, Text
from spectrum.report.charts import heat
from spectrum.report.charts_circumplex import Place, by_distance, places_on_circle
from spectrum.report.charts_limits import bars
from spectrum.report.evidence import shortened
from spectrum.report.read_circumplex import CircumplexSummary
from spectrum.report.result_folder import Row, gathered, read_rows, read_summary
from spectrum.report.words import short_names
from spectrum.runs.folder import RunFolder
from spectrum.runs.tables import CIRCUMPLEX_METRICS
from spectrum.values import SCHWARTZ

MOST_PROFILES = 60
"""Profiles in the map; the table file has them all."""
BINS = 20
NAMES = dict(zip(SCHWARTZ.codes, SCHWARTZ.names, strict=True))


def page(folder: Path) -> Page:
    """The page of a circumplex folder, whole or damaged."""
    run, problems = RunFolder(folder), list[str]()
    summary = read_summary(run.summary, CircumplexSummary, problems)
    tables = read_rows(run.tables, CIRCUMPLEX_METRICS, problems)
    sections = (
        *_circle(summary, tables["circumplex_map"]),
        *_fit(summary),
        *_correlations(summary, tables["circumplex_correlations"]),
        *_profiles(tables["circumplex_profiles"]),
        *_notes(summary),
    )
    return Page(
        kind="circumplex",
        title="The circle of values",
        facts=_facts(summary),
        headline=(shortened(summary.headline),) if summary else ("Whether the circle is found cannot be told.",),
        problems=gathered(problems),
        sections=sections,
    )


def _facts(summary: CircumplexSummary | None) -> str:
    if summary is None:
        return ""
    count = len(summary.sources)
    return f"{summary.profiles:,} profiles from {count:,} {'folder' if count == 1 else 'folders'}"


def _circle(summary: CircumplexSummary | None, rows: Sequence[Row]) -> list[Section]:
    """The map laid over the circle, and the angles by Browne's model."""
    mapped = [row for row in rows if None not in (row["x"], row["y"], row["theory_x"], row["theory_y"])]
    blocks: list[Block | None] = []
    if summary is not None:
        said = (
            "The circular order holds more often than by chance (p < .05, positive index)."
            if summary.found
            else "The circular order does not hold more often than by chance. That is no proof of another order."
        )
        light = Light("Circle", "green" if summary.found else "amber", "found" if summary.found else "not found", said)
        blocks.append(Lights((light,)))
    blocks.append(
        places_on_circle(
            "map",
            "The values as their correlations place them",
            "Values that go together lie close: interval scaling of their correlations in the plane. The circle is "
            "Schwartz's: hollow marks are where theory puts a value, filled ones where it was found. The map is "
            "turned, mirrored, moved and scaled until it fits best.",
            _by_map(mapped),
        )
    )
    fitted = [row for row in rows if row["angle"] is not None and row["communality"] is not None]
    blocks.append(
        places_on_circle(
            "angles",
            "Angles by Browne's circular model",
            "Filled marks: each value's angle from the first, and as distance from the middle its correlation with "
            "its place on the circle (1 is the ring). Hollow ones: even steps. Steps of unequal size are no misfit: "
            "people's are unequal too.",
            [
                Place(_name(row["value"]), _theory(row["value"]), row["angle"], row["communality"])
                for row in fitted
                if row["value"] in NAMES
            ],
        )
    )
    if summary is not None and summary.no_model:
        blocks.append(Text((f"Browne's circular model was not fitted, because {shortened(summary.no_model, 300)}.",)))
    made = tuple(block for block in blocks if block is not None)
    return [Section("circle-section", "The circle", made)] if made else []


def _name(code: str) -> str:
    return NAMES.get(code, shortened(code, 40))


def _theory(code: str) -> float:
    """Degrees clockwise from the top: even steps in the order of the circle."""
    return 360 * SCHWARTZ.codes.index(code) / len(SCHWARTZ.codes)


def _by_map(rows: Sequence[Row]) -> list[Place]:
    """Map coordinates turned so that the theory's first value stands at the top and the others follow clockwise."""
    if len(rows) < 2:
        return []
    angles = [math.degrees(math.atan2(row["theory_y"], row["theory_x"])) for row in rows]
    step = (angles[1] - angles[0] + 180) % 360 - 180
    turn = 1.0 if step > 0 else -1.0
    radius = sum(math.hypot(row["theory_x"], row["theory_y"]) for row in rows) / len(rows) or 1.0
    return [
        Place(
            _name(row["value"]),
            (turn * (angle - angles[0])) % 360,
            (turn * (math.degrees(math.atan2(row["y"], row["x"])) - angles[0])) % 360,
            math.hypot(row["x"], row["y"]) / radius,
        )
        for row, angle in zip(rows, angles, strict=True)
    ]


def _fit(summary: CircumplexSummary | None) -> list[Section]:
    """Every index with what it says."""
    if summary is None:
        return []
    exact = "over all circular orders, exactly" if summary.exact else "over drawn circular orders"
    rows = [
        (
            "Correspondence index",
            f"{summary.correspondence_index:.3f}",
            f"{summary.met} of {summary.predictions} predictions \N{LEFT DOUBLE QUOTATION MARK}nearer values correlate "
            "more\N{RIGHT DOUBLE QUOTATION MARK} hold; met less violated, over all",
        ),
        ("p of the order", _p(summary.p), f"chance of so many, {exact} (Hubert and Arabie 1987)"),
        (
            "Congruence",
            f"{summary.congruence:.3f}",
            "of the map with the circle after turning and scaling; 1 is equal",
        ),
        ("p of the congruence", _p(summary.congruence_p), "relabelled maps that fit as well"),
        ("Stress", f"{summary.stress:.3f}", "of the map in the plane; 0 fits the correlations without error"),
    ]
    if summary.cosine is not None:
        rows.append(
            (
                "Cosine",
                f"{100 * summary.cosine.fit:.0f}%",
                "of the correlations' variance follows the angle between values",
            )
        )
    if (model := summary.model) is not None:
        rows += [
            ("Browne: chi-square", f"{model.chi_square:.1f} ({model.df} df)", f"p = {_p(model.p)}; large is misfit"),
            ("Browne: RMSEA", f"{model.rmsea:.3f}", "misfit a degree of freedom; below .08 is often called fair"),
            ("Browne: CFI, TLI", f"{model.cfi:.3f}, {model.tli:.3f}", "against no correlation at all; 1 is best"),
            ("Browne: SRMR", f"{model.srmr:.3f}", "mean misfit of a correlation"),
        ]
    columns = (Column("Index", "left"), Column("Value"), Column("What it says", "left", grows=True))
    return [Section("fit", "How well it fits", (Table(columns, tuple(rows)),))]


def _p(p: float) -> str:
    return "<.0001" if p < 0.0001 else f"{p:.4f}".removeprefix("0")


def _correlations(summary: CircumplexSummary | None, rows: Sequence[Row]) -> list[Section]:
    told = [row for row in rows if row["correlation"] is not None and row["steps"] is not None]
    if not told:
        return []
    blocks: list[Block | None] = []
    if summary is not None and summary.cosine is not None:
        cosine = summary.cosine
        blocks.append(
            by_distance(
                "distance",
                "The farther apart, the less alike",
                "A dot is the correlation of two values over the profiles, by how many steps they lie apart round the "
                "circle; diamonds are means, the line is the fitted cosine.",
                [(f"{_name(row['first'])}, {_name(row['second'])}", row["steps"], row["correlation"]) for row in told],
                cosine.mean_by_step,
                (cosine.level, cosine.amplitude),
            )
        )
    blocks.append(
        heat(
            "correlations",
            "Correlations of the values",
            "Over the profiles, in the order of the circle: where the circle holds, a band along the diagonal is high "
            "and the middle of each line low.",
            _square(told),
            unit="correlation",
            alt_text=_most_alike(told),
        )
    )
    made = tuple(block for block in blocks if block is not None)
    return [Section("correlations-section", "How values go together", made, folded=True)]


def _square(rows: Sequence[Row]) -> list[tuple[str, str, float | None]]:
    both = {(row["first"], row["second"]): float(row["correlation"]) for row in rows}
    codes = list(dict.fromkeys(code for pair in both for code in pair))
    codes.sort(key=lambda code: SCHWARTZ.codes.index(code) if code in NAMES else len(NAMES))
    return [
        (_name(one), _name(other), both.get((one, other), both.get((other, one)))) for one in codes for other in codes
    ]


def _most_alike(rows: Sequence[Row]) -> str:
    high, low = (pick(rows, key=lambda row: row["correlation"]) for pick in (max, min))
    told = [f"{_name(row['first'])} and {_name(row['second'])} {row['correlation']:+.2f}" for row in (high, low)]
    return f"Highest: {told[0]}; lowest: {told[1]}."


def _profiles(rows: Sequence[Row]) -> list[Section]:
    """Agreement with people's order of the values, and the profiles themselves."""
    people: Mapping[str, float] = {row["profile"]: row["people"] for row in rows if row["people"] is not None}
    blocks: list[Block] = []
    if people:
        counts = [0] * BINS
        for rho in people.values():
            counts[min(BINS - 1, max(0, int((rho + 1) / 2 * BINS)))] += 1
        blocks.append(
            bars(
                "people",
                "Agreement with people's order of the values",
                "Rank correlation of each profile with the order found in most countries (Schwartz and Bardi 2001). "
                "Two samples of people agree with it by .75 and .74, so 1 would not be more human.",
                [(2 * place / BINS - 1, 2 * (place + 1) / BINS - 1, count) for place, count in enumerate(counts)],
                across="rank correlation",
                up="profiles",
            )
        )
    names = list(dict.fromkeys(row["profile"] for row in rows))
    short = short_names(names[:MOST_PROFILES], 30)
    cells = [
        (short[row["profile"]], _name(row["value"]), 100 * row["estimate"])
        for row in rows
        if row["profile"] in short and row["estimate"] is not None
    ]
    rest = f" {len(names) - MOST_PROFILES} further profiles are not drawn." if len(names) > MOST_PROFILES else ""
    figure = heat(
        "profiles",
        "The profiles",
        f"Points above or below each one's own average; a line a respondent or persona.{rest}",
        cells,
        unit="points",
    )
    if figure is not None:
        blocks.append(Fold("The profiles", (figure,)))
    return [Section("profiles-section", "The profiles behind it", tuple(blocks), folded=True)] if blocks else []


def _notes(summary: CircumplexSummary | None) -> list[Section]:
    if summary is None or not (summary.notes or summary.sources):
        return []
    blocks: list[Block] = [Text(tuple(shortened(note, 600) for note in summary.notes[:20]))]
    if summary.sources:
        sources = tuple((shortened(source, 300),) for source in summary.sources[:400])
        blocks.append(Table((Column("Folder", "left", grows=True),), sources, "Where the profiles come from."))
    return [Section("notes", "Notes", tuple(blocks), folded=True)]
