"""How an adherence result is read: by strategy and value, level beside profile, what noise allows, whose doing."""

from collections.abc import Iterator

from spectrum.report.blocks import Block, Notice, Section, Table, Text
from spectrum.report.charts_adhere import Mark, marks
from spectrum.report.pages.adhere_people import level_beside_profile
from spectrum.report.pages.adhere_words import TIER_NAMES, columns, fraction, number, p, share, unsigned
from spectrum.report.read_adhere import AS_WRITTEN, WRITTEN, AdhereRun
from spectrum.report.result_folder import Row
from spectrum.report.words import OUTCOMES, OUTCOMES_TOLD

ALONG, ACROSS = "along its own target", "across it"


def strategies(run: AdhereRun) -> Section:
    """How strategies differ, and what became of their asks."""
    drawn = [
        Mark.of(f"{row['strategy']} minus {row['other']}", "", row)
        for row in run.rows("strategy_contrasts", measure=WRITTEN, statistic="rms_distinctive")
    ]
    blocks: list[Block | None] = [
        marks(
            "strategies",
            "Strategies compared",
            "Difference of the RMS shift on the same personas and clips, in points, with 95% intervals. Further is not "
            "better by itself: read it beside r and specificity.",
            drawn,
            axis="points RMS further",
            beside=False,
        )
    ]
    contrasts = run.rows("strategy_contrasts", measure=WRITTEN)
    if contrasts:
        rows = tuple((f"{row['strategy']} minus {row['other']}", share(row), p(row["p_holm"])) for row in contrasts)
        blocks.append(Table(columns("Strategies", "Points RMS [95%]", "p (Holm)"), rows))
    blocks.append(_outcomes(run))
    return Section("strategies", "Strategies", tuple(block for block in blocks if block is not None), folded=True)


def by_value(run: AdhereRun) -> Section:
    """Which values are acted on."""
    names = {value.code: value.name for value in run.summary.values} if run.summary else {}
    drawn = [
        Mark.of(run.value(code), strategy, row)
        for code in names
        for strategy in run.estimated
        for row in run.rows(
            "adherence_values", strategy=strategy, measure=WRITTEN, tier="all", author="all", arm=AS_WRITTEN, value=code
        )
    ]
    figure = marks(
        "by-value",
        "Shift by value",
        "How many points the acceptance of a value's clips moves where a persona's target for it is one standard "
        "deviation higher; 0 is a value on which personas make no difference. 95% intervals, each value alone.",
        drawn,
        axis="points for one SD of the target",
        series=run.estimated,
    )
    return Section("by-value", "By value", (figure,) if figure else (), folded=True)


def specificity(run: AdhereRun) -> Section:
    """Shift along the targets against shift across them, and level beside profile."""
    heads = ("Strategy, tier", "Along", "Across", "Share along", "Profile", "Level", "p, nothing moved")
    rows = tuple(
        (
            f"{strategy}, {TIER_NAMES[tier]}",
            share(run.pool(strategy, "on_target", tier=tier)),
            unsigned(run.pool(strategy, "off_target", tier=tier)),
            fraction(run.pool(strategy, "specificity", tier=tier)),
            unsigned(run.pool(strategy, "rms_shift", tier=tier)),
            share(run.pool(strategy, "level_shift", tier=tier)),
            p(_estimate(run.pool(strategy, "change_p", tier=tier))),
        )
        for strategy in run.estimated
        for tier in run.tiers(strategy)
    )  # fmt: skip
    if not rows:
        return Section("specificity", "Level and specificity", (), folded=True)
    told = Text(
        (
            "A persona can move general acceptance (the level: it says yes more often to everything), or what is "
            "accepted (the profile), along its own target or across it. Only the profile along the target is "
            "adherence. Numbers are points with 95% intervals; along, across and profile are root mean squares over "
            "the values, with noise taken off; profile and level are against nobody.",
        ),
        soft=True,
    )
    drawn = [
        Mark.of(f"{strategy}, {TIER_NAMES[tier]}", label, row)
        for strategy in run.estimated
        for tier in run.tiers(strategy)
        for statistic, label in (("on_target", ALONG), ("off_target", ACROSS))
        if (row := run.pool(strategy, statistic, tier=tier)) and row["estimate"] is not None
    ]
    figure = marks(
        "specificity-shift",
        "Along the target and across it",
        "How far profiles move along the personas' own targets, and across them, in points (root mean square over the "
        "values, noise taken off across); 95% intervals. All that is across is movement that nobody asked for.",
        drawn,
        axis="points",
        series=(ALONG, ACROSS),
    )
    blocks = [told, *([figure] if figure else ()), Table(columns(*heads), rows), *level_beside_profile(run)]
    return Section(
        "specificity",
        "Level and profile, on target and off",
        tuple(blocks),
        folded=True,
    )


def reliability(run: AdhereRun) -> Section:
    """The largest r that noise allows, and whose doing the shifts are."""
    rows = tuple(
        (
            f"{strategy}, {TIER_NAMES[tier]}",
            number(run.pool(strategy, "distinctive_r", tier=tier)),
            fraction(run.pool(strategy, "reliability", tier=tier)),
            number(run.pool(strategy, "ceiling", tier=tier)),
            number(run.pool(strategy, "r_normalised", tier=tier)),
        )
        for strategy in run.estimated
        for tier in run.tiers(strategy)
    )
    if not rows:
        return Section("reliability", "Reliability", (), folded=True)
    heads = columns("Strategy, tier", "Distinctive r", "Reliability", "Ceiling of r", "r / ceiling")
    told = Text(
        (
            "Reliability is the share of the shifts' variance that is not noise; its root is the largest r that noise "
            "allows. The last column takes the ceiling as known, so its interval is too narrow.",
        ),
        soft=True,
    )
    blocks: list[Block] = [told, Table(heads, rows)]
    figure = marks(
        "signal",
        "Whose doing the shifts are",
        "Share of the variance of the shifts that goes with the target, with the way it is described (tiers), with the "
        "question's wording, and with clips and chance; they add up to 100%, and what cannot be told from another part "
        "is left out. Bars are 95% intervals.",
        list(_signal(run)),
        axis="per cent of variance",
        domain=(0, 100),
        reference=50,
        form=".0f",
        series=run.estimated,
    )
    if figure:
        blocks.append(figure)
    for strategy in run.estimated:
        found = run.pool(strategy, "share_target")
        if found and found["estimate"] is not None and found["estimate"] < 0.5:
            said = f"{strategy}: the target's share is {100 * found['estimate']:.0f}%, less than half. "
            blocks.append(Notice(said + "Do not rank personas by these numbers."))
        lacking = [run.pool(strategy, statistic) for statistic in ("share_target", "share_wording")]
        notes = tuple(f"{strategy}: {row['note']}." for row in lacking if row and row["note"])
        if notes:
            blocks.append(Text(notes, soft=True))
    return Section("reliability", "Reliability ceiling and share of signal", tuple(blocks), folded=True)


def raw(run: AdhereRun) -> Section:
    """The plain correlation, beside the one that counts, with the reason why it is no claim."""
    rows = tuple(
        (
            f"{strategy}, {TIER_NAMES[tier]}",
            number(run.pool(strategy, "raw_r", tier=tier)),
            number(run.pool(strategy, "distinctive_r", tier=tier)),
        )
        for strategy in run.estimated
        for tier in run.tiers(strategy)
        if run.pool(strategy, "raw_r", tier=tier)
    )
    if not rows:
        return Section("raw", "Raw correlation", (), folded=True)
    told = Notice(
        "Not a claim. The raw correlation of target and profile is shown because others report it. A respondent that "
        "ignores its personas scores here too, since people, and so targets, share a common profile."
    )
    table = Table(columns("Strategy, tier", "Raw r [95%]", "Distinctive r [95%]"), rows)
    return Section("raw", "Raw correlation (no claim)", (told, table), folded=True)


def _signal(run: AdhereRun) -> Iterator[Mark]:
    parts = {
        "share_target": "target",
        "share_description": "description",
        "share_wording": "question's wording",
        "share_clips_and_chance": "clips and chance",
    }
    for statistic, label in parts.items():
        for strategy in run.estimated:
            row = run.pool(strategy, statistic)
            if row is not None and row["estimate"] is not None:
                yield Mark.of(label, strategy, row)


def _outcomes(run: AdhereRun) -> Table | None:
    rows = tuple(
        (
            str(row["strategy"]),
            "system turn" if row["placement"] == "system" else "after the pictures",
            "its own" if row["asks"] == "own" else "the question bank's",
            "-" if row["follows"] is None else f"{row['follows']} of {row['personas']}",
            f"{row['planned'] or 0:,}",
            *(f"{row[kind] or 0:,}" for kind in OUTCOMES),
            str(row["reason"] or "-"),
        )
        for row in run.rows("strategies", measure=WRITTEN)
    )
    kinds = [kind.capitalize() for kind in OUTCOMES]
    heads = columns(
        "Strategy", "Persona stands in", "Question", "Follows", "Asks", *kinds, "No result, because", left=3
    )
    caption = f"What became of the asks under personas. {OUTCOMES_TOLD}"
    return Table(heads, rows, caption) if rows else None


def _estimate(row: Row | None) -> float | None:
    return None if row is None else row["estimate"]
