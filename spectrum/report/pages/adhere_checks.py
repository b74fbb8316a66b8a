"""What must hold beside an adherence result: what must not move, what must be remembered, what a threshold changes."""

from collections.abc import Iterator

from spectrum.report.blocks import Block, Figure, Fold, Light, Lights, Section, Table, Text
from spectrum.report.charts import Interval, curves
from spectrum.report.charts_adhere import Mark, marks
from spectrum.report.evidence import shortened
from spectrum.report.pages.adhere_words import CONTROL_KNOWN, columns, number, p, share, unsigned
from spectrum.report.read_adhere import AS_WRITTEN, AdhereRun
from spectrum.report.result_folder import Row
from spectrum.report.words import LIGHT_STATES, percent

CHANGE_BELOW = 0.05
_QUESTION = 100


def checks(run: AdhereRun) -> Section:
    """The checks of every strategy in a line each."""
    lights = [light for strategy in run.estimated for light in _lights(run, strategy)]
    blocks: list[Block] = [Lights(tuple(lights))] if lights else []
    return Section("checks", "Checks", tuple(blocks))


def controls(run: AdhereRun) -> Section:
    """Control questions, recall, and the arms that are no adherence."""
    pooled = run.rows("adherence_controls", persona="all")
    asked = [row for row in pooled if row["kind"] == "control" and row["estimate"] is not None]
    recalled = [row for row in pooled if row["kind"] == "recall" and row["estimate"] is not None]
    blocks: list[Block | None] = [
        marks(
            "controls",
            "Questions that must not move",
            "Questions about what is to be seen, not about preference: share of the first option as a persona minus as "
            "nobody, in points, 95% intervals over clips. Where it moves, the persona changed what the model sees.",
            [Mark.of(_asked(run, row), str(row["strategy"]), row) for row in asked],
            axis="points, persona minus nobody",
            series=run.strategies,
        ),
        _moved(run),
        marks(
            "recall",
            "Traits recalled",
            "Share of questions answered right in which one of the persona's own traits stands beside a stranger's, in "
            "both orders; chance is 50%. 95% intervals. One that recalls and does not follow has read its traits; one "
            "that does not recall may never have seen them.",
            [Mark.of("own trait picked", str(row["strategy"]), row) for row in recalled],
            axis="per cent right",
            domain=(0, 100),
            reference=50,
            form=".0f",
            series=run.strategies,
        ),
        *_arms(run),
    ]
    made = tuple(block for block in blocks if block is not None)
    return Section("controls", "Negative controls and recall", made, folded=True)


def sweep(run: AdhereRun) -> Section:
    """The questionnaire's threshold, swept."""
    figures = [_curve(run, "distinctive_r", 1, "distinctive r"), _curve(run, "rms_distinctive", 100, "points RMS")]
    blocks: list[Block] = [figure for figure in figures if figure is not None]
    rows = tuple(
        (
            f"{row['strategy']}, above {row['threshold']:.0f}%{' (the run)' if row['published'] else ''}",
            percent(row["accepted_neutral"]),
            percent(row["accepted_personas"]),
        )
        for row in run.rows("threshold_sweep", statistic="distinctive_r")
        if row["threshold"] is not None
    )
    if rows:
        heads = columns("Strategy, accepted where the score is", "Accepted as nobody", "Accepted as personas")
        told = Text(("Where nearly everything or nothing is accepted, little can be told.",), soft=True)
        blocks.append(Fold("Share of clips accepted by threshold", (told, Table(heads, rows))))
    return Section("sweep", "The questionnaire's threshold, swept", tuple(blocks), folded=True)


def _lights(run: AdhereRun, strategy: str) -> Iterator[Light]:
    yield _another(run, strategy)
    identified, chance = run.pool(strategy, "identified"), run.pool(strategy, "identified_p")
    if identified is not None and chance is not None and chance["estimate"] is not None:
        found = chance["estimate"] < CHANGE_BELOW
        said = f"{percent(identified['estimate'])} of personas are nearest to their own target"
        said += f", p = {p(chance['estimate'])}"
        yield _light(strategy, "Own target recognised", "green" if found else "amber", said)
    asked = run.rows("adherence_controls", strategy=strategy, kind="control", persona="all")
    if asked:
        moved = sum(_apart(row, 0.0) for row in asked)
        said = f"{moved or 'none'} of {len(asked)} control questions moved with the persona"
        widths = [(row["high"] - row["low"]) / 2 for row in asked if _spanned(row)]
        known = bool(widths) and max(widths) <= CONTROL_KNOWN
        if widths and not moved:
            said += f" ({'' if known else 'but only '}known to within {100 * max(widths):.0f} points)"
        single = len({row["persona"] for row in _moving(run) if row["strategy"] == strategy})
        if single:
            said += f"; {single} {'persona' if single == 1 else 'personas'} alone moved one"
        yield _light(strategy, "Seeing unchanged", "amber" if moved or single or not known else "green", said)
    for row in run.rows("adherence_controls", strategy=strategy, kind="recall", persona="all"):
        if row["estimate"] is not None and _spanned(row):
            said = f"{percent(row['estimate'])} right [{100 * row['low']:.0f}, {100 * row['high']:.0f}], chance 50%"
            yield _light(strategy, "Traits recalled", "green" if row["low"] > 0.5 else "amber", said)


def _another(run: AdhereRun, strategy: str) -> Light:
    row = run.pool(strategy, "distinctive_r", arm="shuffled")
    if row is None or row["estimate"] is None or row["low"] is None:
        said = "the shifts cannot be told from noise" if row is not None else "not computed"
        return _light(strategy, "Another's target", "off", said)
    state = "amber" if row["low"] > 0 else "green"
    return _light(
        strategy,
        "Another's target",
        state,
        f"judged by somebody else's target r is {number(row)}; it must not be above 0",
    )


def _light(strategy: str, name: str, state: str, said: str) -> Light:
    return Light(f"{strategy}, {name.lower()}", state, LIGHT_STATES[state], said)


def _apart(row: Row, reference: float) -> bool:
    return _spanned(row) and not row["low"] <= reference <= row["high"]


def _spanned(row: Row) -> bool:
    return row["low"] is not None and row["high"] is not None


def _asked(run: AdhereRun, row: Row) -> str:
    """A control question's own words up to its question mark, or its name where the plan is not there."""
    texts = (one["after_media"] for one in run.prompts if (one["block"], one["form"]) == ("control", row["question"]))
    return shortened(next(texts, None) or str(row["question"]), _QUESTION).split("?")[0] + "?"


def _moving(run: AdhereRun) -> list[Row]:
    """Single personas under which the answer to a control question moved."""
    return [
        row
        for row in run.rows("adherence_controls", kind="control")
        if row["persona"] != "all" and row["p_holm"] is not None and row["p_holm"] < CHANGE_BELOW
    ]


def _moved(run: AdhereRun) -> Text | None:
    rows = _moving(run)
    if not run.rows("adherence_controls", kind="control"):
        return None
    if not rows:
        return Text(("No single persona moved a control question (Holm over the personas).",))
    told = [
        f"{run.label(row['persona'])} under {row['strategy']}, '{_asked(run, row)}' {share(row)}" for row in rows[:20]
    ]
    more = f" and {len(rows) - 20:,} more" if len(rows) > 20 else ""
    return Text((f"Single personas that moved one (Holm over the personas): {'; '.join(told)}{more}.",))


def _arms(run: AdhereRun) -> list[Block]:
    arms = (
        ("judged by another's target", {"arm": "shuffled"}),
        ("opposite personas", {"arm": "opposite"}),
        ("placebo", {"arm": "placebo", "tier": "none"}),
        ("personas without values", {"arm": AS_WRITTEN, "tier": "none"}),
    )
    rows = []
    for strategy in run.estimated:
        for label, wanted in arms:
            found = {
                statistic: run.pool(strategy, statistic, **wanted)
                for statistic in ("distinctive_r", "on_target", "rms_shift", "level_shift", "change_p")
            }
            if not any(found.values()):
                continue
            change = found["change_p"] if wanted["arm"] != "shuffled" else None
            rows.append(
                (
                    f"{strategy}, {label}",
                    number(found["distinctive_r"]),
                    share(found["on_target"]),
                    unsigned(found["rms_shift"]),
                    share(found["level_shift"]),
                    p(change["estimate"]) if change else "-",
                )
            )
    heads = columns("Strategy, arm", "r", "Along target", "Profile", "Level", "p, nothing moved")
    told = Text(
        (
            "Another's target must not give an r above 0; opposite personas must be followed as the others are; a "
            "placebo and personas without values must not move. Points with 95% intervals; profile and level are "
            "against nobody.",
        ),
        soft=True,
    )
    return [told, Table(heads, tuple(rows))] if rows else []


def _curve(run: AdhereRun, statistic: str, scale: float, up: str) -> Figure | None:
    rows = run.rows("threshold_sweep", statistic=statistic)
    points = [
        (
            row["threshold"],
            Interval("", str(row["strategy"]), *(scale * row[key] for key in ("estimate", "low", "high"))),
        )
        for row in rows
        if None not in (row["threshold"], row["estimate"], row["low"], row["high"])
    ]
    published = sorted({row["threshold"] for row in rows if row["published"] and row["threshold"] is not None})
    said = f" The run accepts a clip above {', '.join(f'{one:.0f}%' for one in published)}." if published else ""
    return curves(
        f"sweep-{statistic.replace('_', '-')}",
        f"{up[0].upper()}{up[1:]} by threshold",
        "The same answers read with other thresholds of the score above which a clip counts as accepted; bands are "
        f"95% intervals.{said}",
        points,
        across="threshold, per cent of the score",
        up=up,
    )
