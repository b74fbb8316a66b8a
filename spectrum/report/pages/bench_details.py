"""What stands behind a bench run's first screen: numbers, personas, outcomes, biases, ladder, controls, breakdowns."""

from spectrum.report.blocks import Block, Column, Section, Table, Text
from spectrum.report.charts import Interval, forest
from spectrum.report.details import RUNGS
from spectrum.report.missing_answers import change_bounds, change_note
from spectrum.report.pages.bench_breakdown import breakdown
from spectrum.report.pages.bench_reliability import reliability
from spectrum.report.read_run import RunView
from spectrum.report.result_folder import Row
from spectrum.report.words import OUTCOMES, OUTCOMES_TOLD, framings_text, p_text, percent, points, size_text, with_ends

INTERVALS = "95% intervals."


def details(run: RunView) -> list[Section]:
    """Folded sections, those that the run has something for."""
    if run.summary is None:
        return []
    found = [
        Section("numbers", "All numbers of the profile", _numbers(run), folded=True),
        Section("personas", f"Personas against {run.main_condition}", _contrasts(run), folded=True),
        Section("outcomes", "What became of the asks, and what the question did", _outcomes(run), folded=True),
        Section("ladder", "Null ladder: what is left without the picture", _ladder(run), folded=True),
        Section("controls", "Matched controls", _controls(run), folded=True),
        Section("breakdown", "Keywords and platforms", breakdown(run), folded=True),
        Section("reliability", "Reliability", reliability(run), folded=True),
        Section("audit", "Labels that people judged", _audit(run), folded=True),
    ]
    return [section for section in found if section.blocks]


def _numbers(run: RunView) -> tuple[Block, ...]:
    blocks: list[Block] = []
    assert run.summary is not None
    for condition in run.summary.conditions:
        note = run.estimate(condition)
        if note and note.reason:
            blocks.append(Text((f"{condition}: no profile can be reported, because {note.reason}.",)))
        table = _profile_table(run, condition)
        if table is None:
            continue
        blocks.append(table)
        if note and not note.reason:
            adjusted = f", adjusted for {', '.join(note.covariates).replace('_', ' ')}" if note.covariates else ""
            told = (
                f"{note.answers:,} answers about {note.clips:,} clips in {note.wordings} wordings, asked as: "
                f"{framings_text(note.framings)}{adjusted}. Condition number of the labels {note.condition_number}: "
                "the larger, the harder the values of these clips are to tell from one another."
            )
            blocks.append(Text((told,), soft=True))
    for scores in run.summary.paper:
        if scores.mean is not None and scores.sd is not None:
            told = f"mean {scores.mean:.1f}, sample SD {scores.sd:.2f} over the values"
            blocks.append(Text((f"The paper's score, {scores.condition}: {told}.",), soft=True))
    if run.summary.notes:
        blocks.append(Text(tuple(run.summary.notes)))
    return tuple(blocks)


def _profile_table(run: RunView, condition: str) -> Table | None:
    """Ten rows with what the chart cannot show: tied groups, p, logits, bounds, counts, the paper's percentages."""
    assert run.summary is not None
    profile, logit = run.profile(condition), run.profile(condition, "logit")
    paper = {row["value"]: row["percent"] for row in run.rows("paper", condition=condition)}
    if not profile and not paper:
        return None
    rows = []
    for value in run.summary.values:
        row, on_logit, score = profile.get(value.code), logit.get(value.code), paper.get(value.code)
        bounds = "-"
        if row and row["bound_low"] is not None:
            bounds = f"{points(row['bound_low'])} to {points(row['bound_high'])}"
        rows.append(
            (
                value.name,
                with_ends(row),
                str(row["tied_group"] or "-") if row else "-",
                p_text(row["p_holm"]) if row else "-",
                bounds,
                f"{on_logit['estimate']:+.2f}" if on_logit else "-",
                f"{row['clips']:,}" if row else "-",
                f"{row['answers']:,}" if row else "-",
                "-" if score is None else f"{score:.0f}",
            )
        )
    heads = ("Points [95%]", "Tied group", "p (Holm)", "Refusal bounds", "Logits", "Clips", "Answers", "Paper %")
    caption = (
        f"{condition}: points from its own average; values that share a letter cannot be told apart, all at once. p: "
        "against its own average, Holm over the ten. Bounds: points, had every ask without a choice gone against the "
        "value, or for it; they reach over the estimate. Logits: the same difference in log odds. Paper %: yes / asked "
        "x 100, a refusal counted as no yes."
    )
    return Table((Column("Value", "left"), *map(Column, heads)), tuple(rows), caption)


def _contrasts(run: RunView) -> tuple[Block, ...]:
    assert run.summary is not None
    blocks: list[Block] = []
    drawn: list[Interval] = []
    for condition in run.personas:
        rows = run.contrast(condition)
        if not rows:
            continue
        names = [(value.code, value.name) for value in run.summary.values]
        drawn += [
            Interval(name, condition, *(100 * rows[code][key] for key in ("estimate", "low", "high")))
            for code, name in names
        ]
        bounds = change_bounds(run, condition)
        lines = [
            (
                name,
                with_ends(rows[code]),
                p_text(rows[code]["p_holm"]),
                *([] if bounds is None else [" to ".join(map(points, bounds.bounds[code]))]),
            )
            for code, name in [*names, ("level", "General level")]
        ]
        caption = (
            f"{condition}: change on {rows['level']['items']:,} identical items, in points relative to the average "
            "change; the general level apart."
        )
        heads = [Column("Value", "left"), Column("Change [95%]"), Column("p (Holm)")]
        if bounds is not None:
            heads.append(Column("If all chose"))
            caption += (
                f" If all chose: worst and best case of the change, had the {bounds.lacking:,} of {bounds.items:,} "
                "shared items that lack a choice got one."
            )
        note = change_note(run, condition, rows["level"]["items"])
        blocks.append(Table(tuple(heads), tuple(lines), f"{caption} {note}" if note else caption))
    told = f"Change against {run.main_condition} on identical items, relative to the average change; {INTERVALS}"
    figure = forest("persona-forest", "What each persona changes", told, drawn, axis="points of change")
    return (figure, *blocks) if figure else tuple(blocks)


def _outcomes(run: RunView) -> tuple[Block, ...]:
    assert run.summary is not None
    names = {value.code: value.name for value in run.summary.values} | {"all": "All asks", "control": "Controls"}
    blocks: list[Block] = []
    for condition in run.summary.conditions:
        rows = [row for row in run.rows("outcomes", condition=condition) if row["planned"]]
        if rows:
            lines = tuple(
                (
                    str(names.get(row["value"], row["value"])),
                    *(f"{row[name]:,}" for name in OUTCOMES),
                    percent(row["accepted"]),
                    f"{percent(row['accepted_low'])} to {percent(row['accepted_high'])}",
                )
                for row in rows
            )
            heads = (*(name.capitalize() for name in OUTCOMES), "Accepted", "Bounds")
            caption = f"{condition}: share accepted among choices; bounds had every other ask been a no, or a yes."
            blocks.append(Table((Column("Value", "left"), *map(Column, heads)), lines, caption))
        blocks += _effects(run, condition)
    return (Text((OUTCOMES_TOLD,), soft=True), *blocks) if blocks else ()


def _effects(run: RunView, condition: str) -> list[Block]:
    rows = run.rows("effects", condition=condition, construct=run.construct)
    if not rows:
        return []
    by_wording: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_wording.setdefault(row["wording"], {})[row["effect"]] = row
    order = ["all", *(name for name in by_wording if name != "all")]
    lines = tuple(
        (name, *(with_ends(by_wording[name].get(effect)) for effect in ("wording", "yes_bias", "order")))
        for name in order
        if name in by_wording
    )
    heads = ("Acceptance against the mean wording", "Yes-bias", "First-named option")
    caption = (
        f"{condition}: what the question did, in points, {INTERVALS} Yes-bias: how much more it says yes than it "
        "accepts, from a question and its negation. First-named option: how much more often it takes the word named "
        "first, whichever that is."
    )
    return [Table((Column("Wording", "left"), *map(Column, heads)), lines, caption)]


def _ladder(run: RunView) -> tuple[Block, ...]:
    rows = run.rows("null_ladder", construct=run.construct)
    if not rows:
        return ()
    lines = tuple(
        (
            str(RUNGS.get(row["rung"], row["rung"])),
            percent(row["level"]),
            size_text(row["sd"]),
            size_text(row["noise_sd"]),
            percent(row["share"]),
            percent(row["changed"]),
            f"{row['clips']:,}" if row["clips"] is not None else "-",
            row["gate"] or "-",
            row["text"] or "",
        )
        for row in rows
    )
    heads = ("Accepted", "Spread", "Expected by noise", "Share of intact", "Answers changed", "Clips", "Check")
    columns = (Column("Shown", "left"), *map(Column, heads), Column("In words", "left", grows=True))
    caption = (
        f"{rows[0]['condition']}: spread is the standard deviation of the profile's ten numbers, in points; beside it "
        "what answers without any preference would give. Without the picture little of the intact spread may be left."
    )
    return (Table(columns, lines, caption),)


def _controls(run: RunView) -> tuple[Block, ...]:
    assert run.summary is not None
    names = {value.code: value.name for value in run.summary.values}
    rows = run.rows("control_contrast", condition=run.main_condition, construct=run.construct)
    drawn = [
        Interval(str(names[row["value"]]), run.main_condition, *(100 * row[key] for key in ("estimate", "low", "high")))
        for row in rows
        if row["value"] in names
    ]
    caption = (
        "Acceptance of each value's set minus that of clips matched on how they look, level and all; "
        f"{INTERVALS} Zero is no difference."
    )
    figure = forest("control-forest", "Value sets against matched controls", caption, drawn, axis="points")
    blocks: list[Block] = [figure] if figure else []
    apart = [row for row in run.tables["covariate_balance"] if row["flagged"]]
    if apart:
        lines = tuple(
            (
                str(names.get(row["value"], row["value"])),
                str(row["covariate"]),
                "yes" if row["matched"] else "no",
                "constant" if row["difference"] is None else f"{row['difference']:+.2f}",
            )
            for row in apart
        )
        columns = (Column("Value", "left"), Column("Covariate", "left"), Column("Matched on"), Column("SD apart"))
        blocks.append(
            Table(columns, lines, "Sets and controls that differ by more than .1 SD.", filtered=len(lines) > 12)
        )
    return tuple(blocks)


def _audit(run: RunView) -> tuple[Block, ...]:
    assert run.summary is not None
    names = {value.code: value.name for value in run.summary.values}
    rows = run.tables["audit"]
    if not rows:
        return ()
    lines = tuple(
        (
            str(names.get(row["value"], row["value"])),
            f"{row['audited']:,}",
            "-"
            if row["precision"] is None
            else f"{percent(row['precision'])} [{100 * row['precision_low']:.0f}, {100 * row['precision_high']:.0f}]",
            percent(row["recall"]),
            "-" if row["kappa"] is None else f"{row['kappa']:.2f}",
        )
        for row in rows
    )
    columns = (Column("Value", "left"), *map(Column, ("Judged", "Precision [95%]", "Recall", "Kappa")))
    return (Table(columns, lines, "How well the labels hold against people's judgement of the clips."),)
