"""Personas one by one on an adherence page: who is followed, by which value, and who is taken for whom."""

from collections.abc import Callable, Sequence

from spectrum.report.blocks import Block, Column, Figure, Fold, Section, Table, Text
from spectrum.report.charts import heat
from spectrum.report.charts_adhere import Cell, Mark, Point, marks, matrix, scatter
from spectrum.report.pages.adhere_words import DASH, VERDICTS, columns, fraction, p, share, single
from spectrum.report.read_adhere import AS_WRITTEN, WRITTEN, AdhereRun
from spectrum.report.result_folder import Row
from spectrum.report.words import percent

DRAWN = 80
"""Personas in a chart: half of them the strongest, half the weakest, where there are more."""
LISTED = 1_000
ORDER = tuple(VERDICTS.values())
_PLAIN = ("target", "as the persona", "minus nobody")
_CENTRED = ("target, centred", "shift, centred")


def people(run: AdhereRun) -> Section:
    """Every persona along its own target, and all its numbers in a table that filters."""
    return Section("personas", "Which personas it follows", (*_each(run, _forest), *_table(run)), folded=True)


def level_beside_profile(run: AdhereRun) -> list[Block]:
    """Each persona by how far its level and its profile moved."""
    return _each(run, _level)


def profiles(run: AdhereRun) -> Section:
    """Target, measured profile and difference, persona by value."""
    return Section("profiles", "Persona by value", tuple(_each(run, _plain, _centred)), folded=True)


def identification(run: AdhereRun) -> Section:
    """Whether a shift is nearest to its own target, against chance."""
    return Section("identification", "Who is taken for whom", tuple(_each(run, _told, _matrix)), folded=True)


def _each(run: AdhereRun, *builders: Callable[[AdhereRun, str], Block | None]) -> list[Block]:
    """The blocks of the first strategy, then those of the others, folded away."""
    blocks: list[Block] = []
    for place, strategy in enumerate(run.estimated):
        made = tuple(block for builder in builders if (block := builder(run, strategy)) is not None)
        if made:
            blocks += made if place == 0 else (Fold(f"The same under {strategy}", made),)
    return blocks


def _chosen(rows: Sequence[Row]) -> tuple[list[Row], str]:
    """At most DRAWN from both ends, and what is left out."""
    if len(rows) <= DRAWN:
        return list(rows), ""
    half = DRAWN // 2
    left = len(rows) - 2 * half
    return [*rows[:half], *rows[-half:]], f" {left:,} personas between the {half} strongest and weakest are not drawn."


def _forest(run: AdhereRun, strategy: str) -> Figure | None:
    rows, left = _chosen([row for row in run.people(strategy) if row["on_target"] is not None])
    drawn = [
        Mark.of(
            run.label(row["persona"]),
            VERDICTS.get(row["verdict"], str(row["verdict"])),
            {"estimate": row["on_target"], "low": row["low"], "high": row["high"]},
        )
        for row in rows
    ]
    return marks(
        f"personas-{_name(run, strategy)}",
        f"Personas under {strategy}",
        "How far each persona's profile moves along its own target, in points (root mean square over the values); "
        "below 0 it moves the other way. 95% intervals of this persona alone; the verdict is by Holm over all personas."
        + left,
        drawn,
        axis="points along its own target",
        beside=False,
        series=ORDER,
    )


def _table(run: AdhereRun) -> list[Block]:
    numbers = ("Along", "p (Holm)", "r", "Across", "Profile", "Level", "Own target", "Recall", "Items")
    heads = (Column("Persona", "left", grows=True), *columns("Strategy", "Verdict", *numbers, left=2))
    rows = [(strategy, row) for strategy in run.strategies for row in run.people(strategy)]
    if not rows:
        return []
    cells = tuple(_cells(run, strategy, row) for strategy, row in rows[:LISTED])
    left = f" {len(rows) - LISTED:,} further rows are in persona_adherence.csv." if len(rows) > LISTED else ""
    told = (
        "All personas with a target, the strongest first. Along and across: how far the profile moves along its own "
        "target, with its 95% interval, and across it. r: distinctive correlation over its values. Profile and level: "
        "how far both lie from nobody's. All of these but r are in points. Own target: how near the shift is to it, "
        "among all targets. Recall: share of its traits picked right, chance 50%. Items: questions that were also "
        "put to nobody. Filter by a verdict, a tier, a strategy or a name." + left
    )
    return [Text((told,), soft=True), Table(heads, cells, "Personas", filtered=True)]


def _cells(run: AdhereRun, strategy: str, row: Row) -> tuple[str, ...]:
    along = {"estimate": row["on_target"], "low": row["low"], "high": row["high"]}
    return (
        run.label(row["persona"]),
        strategy,
        VERDICTS.get(row["verdict"], str(row["verdict"])),
        share(along),
        p(row["p_holm"]),
        single(row["distinctive_r"]),
        single(row["off_target"], as_points=True).lstrip("+"),
        single(row["rms_shift"], as_points=True).lstrip("+"),
        single(row["level_shift"], as_points=True),
        DASH if row["rank"] is None else "nearest" if row["rank"] == 1 else f"{_ordinal(row['rank'])} nearest",
        percent(row["recall"]),
        DASH if row["items"] is None else f"{row['items']:,}",
    )


def _level(run: AdhereRun, strategy: str) -> Figure | None:
    points = [
        Point(
            run.label(row["persona"]),
            VERDICTS.get(row["verdict"], str(row["verdict"])),
            100 * row["level_shift"],
            100 * row["rms_shift"],
        )
        for row in run.people(strategy)
        if row["level_shift"] is not None and row["rms_shift"] is not None
    ][:500]
    return scatter(
        f"level-{_name(run, strategy)}",
        f"Level and profile under {strategy}",
        "Across: how much more it says yes to everything than as nobody. Up: how far its profile moves (root mean "
        "square over the values, noise taken off). A persona that lies far out to a side and low down changed how "
        "easily it says yes, and not what it prefers.",
        points,
        across="level shift, points",
        up="profile shift, points",
        series=ORDER,
    )


def _plain(run: AdhereRun, strategy: str) -> Figure | None:
    rows, left = _profile_rows(run, strategy)
    relative = [row for row in rows if row["target_unit"] == "relative"]
    factors = {"relative": _factor(relative)}
    drawn = [
        (row, panel, number)
        for row in rows
        for panel, number in zip(
            _PLAIN,
            (_scaled(row["target"], factors.get(row["target_unit"], 1.0)), row["measured"], row["difference"]),
            strict=True,
        )
    ]  # fmt: skip
    scaled = " These targets have no unit: they are drawn with the spread of the measured profiles." if relative else ""
    return _heat(
        run,
        f"profiles-{_name(run, strategy)}",
        f"Profiles under {strategy}",
        "Each row is a persona, each column a value, in points from the persona's own average: what its target asks "
        "for, what was measured, and how far that lies from the answers as nobody. Personas without a target are "
        f"controls and should not move.{scaled}{left}",
        drawn,
        "points",
        100,
    )


def _centred(run: AdhereRun, strategy: str) -> Figure | None:
    rows, left = _profile_rows(run, strategy)
    told = [row for row in rows if row["target_distinctive"] is not None]
    relative = any(row["target_unit"] == "relative" for row in told)
    reach = [
        max((abs(row[key]) for row in told if row[key] is not None), default=0.0) or 1.0
        for key in ("target_distinctive", "distinctive")
    ]
    drawn = [
        (row, panel, _scaled(row[key], 1 / size if relative else 100.0))
        for row in told
        for panel, key, size in zip(_CENTRED, ("target_distinctive", "distinctive"), reach, strict=True)
    ]
    unit, sized = ("of the largest", " Each panel is drawn by its largest number.") if relative else ("points", "")
    return _heat(
        run,
        f"centred-{_name(run, strategy)}",
        f"What adherence compares, under {strategy}",
        "Targets and shifts less their mean over the personas: what all personas share is taken off, so that a model "
        f"that gives everybody the same answers shows nothing here.{sized}{left}",
        drawn,
        unit,
        1,
    )  # fmt: skip


def _heat(
    run: AdhereRun,
    name: str,
    title: str,
    caption: str,
    drawn: Sequence[tuple[Row, str, float | None]],
    unit: str,
    scale: float,
) -> Figure | None:
    cells = [(run.label(row["persona"]), run.value(row["value"]), _scaled(number, scale)) for row, _, number in drawn]
    return heat(name, title, caption, cells, unit=unit, panels=[panel for _, panel, _ in drawn])


def _profile_rows(run: AdhereRun, strategy: str) -> tuple[list[Row], str]:
    """Rows of the personas to draw, strongest along their own target first, those without one last."""
    order, left = _chosen(run.people(strategy))
    found: dict[str, list[Row]] = {str(row["persona"]): [] for row in order}
    controls = run.rows("persona_adherence", strategy=strategy, measure=WRITTEN, arm=AS_WRITTEN, verdict="no target")
    found |= {str(row["persona"]): [] for row in controls[:10]}
    for row in run.rows("persona_profiles", strategy=strategy, measure=WRITTEN, arm=AS_WRITTEN):
        if row["persona"] in found:
            found[row["persona"]].append(row)
    return [row for rows in found.values() for row in rows], left


def _factor(rows: Sequence[Row]) -> float:
    """What makes targets without a unit spread as the measured profiles do."""
    pairs = [
        (row["target"], row["measured"]) for row in rows if row["target"] is not None and row["measured"] is not None
    ]
    spread = sum(target**2 for target, _ in pairs)
    return float((sum(measured**2 for _, measured in pairs) / spread) ** 0.5) if spread else 1.0


def _scaled(number: float | None, factor: float) -> float | None:
    return None if number is None else number * factor


def _told(run: AdhereRun, strategy: str) -> Text | None:
    found = run.pool(strategy, "identified")
    chance, chance_p = run.pool(strategy, "identified_chance"), run.pool(strategy, "identified_p")
    if found is None or found["estimate"] is None:
        return None
    right = round(found["estimate"] * (found["personas"] or 0))
    said = f"Under {strategy}, {right} of {found['personas']} personas ({fraction(found)}) move nearest to their own "
    said += "target"
    if chance is not None and chance["estimate"] is not None:
        said += f"; chance is {percent(chance['estimate'])} (one of {chance['targets']} targets)"
    if chance_p is not None:
        said += f"; permutation test, wordings of one target kept together: p = {p(chance_p['estimate'])}"
    return Text((said + ".",))


def _matrix(run: AdhereRun, strategy: str) -> Figure | None:
    rows = run.rows("identification", strategy=strategy, measure=WRITTEN)
    clusters = list(dict.fromkeys(str(row["target"]) for row in rows))
    place = {cluster: at for at, cluster in enumerate(clusters)}
    rows = sorted(
        rows,
        key=lambda row: (place.get(str(row["cluster"]), len(place)), str(row["persona"]), place[str(row["target"])]),
    )
    kept = set(list(dict.fromkeys(row["persona"] for row in rows))[:DRAWN])
    left = len({row["persona"] for row in rows}) - len(kept)
    cells = [
        Cell(run.label(row["persona"]), str(row["target"])[:40], row["similarity"], bool(row["own"]))
        for row in rows
        if row["persona"] in kept
    ]
    return matrix(
        f"identification-{_name(run, strategy)}",
        f"Shifts and targets under {strategy}",
        "Rows are personas, columns targets: likeness (cosine) of what the persona changes with what the target asks "
        "for, both relative to the other personas. The frame is the persona's own target; a model that plays its "
        "personas is most alike there." + (f" {left:,} further personas are not drawn." if left else ""),
        cells,
        unit="likeness",
    )


def _name(run: AdhereRun, strategy: str) -> str:
    """A strategy as part of a file's name."""
    return str(run.strategies.index(strategy) + 1)


def _ordinal(number: int) -> str:
    tail = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"
