"""A power study for a terminal, at 80 characters."""

from rich.console import Console
from rich.text import Text

from spectrum.power.cost import Cost
from spectrum.power.detect import Detected, Row
from spectrum.power.needed import Curve
from spectrum.power.study import Study


def show_study(study: Study, console: Console) -> None:
    """Print what each number of clips detects, what 80% would take, and what it costs."""
    design = study.design
    effect = f"{100 * abs(design.effect):g} points"
    _say(
        console,
        f"One value {effect} {'above' if design.effect > 0 else 'below'} the average; {design.wordings} wordings, "
        f"{design.per_clip} a clip, {design.asks_a_clip} asks a clip; {study.runs:,} simulated runs a row",
        "bold",
    )
    for title, curve, about in (
        ("profile", study.profile, "one respondent, a value against its own average"),
        ("paired", study.paired, f"two respondents on identical items, likings correlated {design.correlation:g}"),
    ):
        if curve is not None:
            _claims(console, study, title, about, curve)
    _costs(console, study)
    _remarks(console, study)


def _claims(console: Console, study: Study, title: str, about: str, curve: Curve) -> None:
    console.print()
    _say(console, f"{title}: {about}")
    _line(console, f"{'clips a value':>14}{'half-width':>16}{'power':>16}{'found in 80%':>16}", "dim")
    for row in study.rows:
        found: Detected | None = getattr(row, title)
        if found is not None:
            width = f"{100 * found.half_width:.1f} ±{100 * found.half_width_error:.2f}"
            power = f"{found.power.share:.2f} ±{found.power.error:.2f}"
            _line(console, f"{row.clips:>14}{width:>16}{power:>16}{100 * curve.effect_at(row.clips):>12.1f} pts")
    needed = curve.clips_for(study.design.effect)
    if needed is None:
        told = (
            f"no number of clips finds {100 * abs(study.design.effect):g} points in 80% of runs with "
            f"{study.design.wordings} wordings: wordings limit it; give more --wordings and a larger --per-clip"
        )
    else:
        told = f"80% takes about {needed:,} clips a value"
        if len(study.rows) < 2:
            told += " or more (one simulated number of clips cannot tell what wordings limit; give two)"
    _say(console, f"{told}.")


def _costs(console: Console, study: Study) -> None:
    console.print()
    _say(console, "a run: one respondent under one condition, controls counted")
    _line(console, f"{'clips a value':>14}{'clips':>9}{'asks':>11}{'tokens':>10}{'hours':>9}{'cost':>10}", "dim")
    for row, price in zip(study.rows, study.costs, strict=True):
        _line(
            console, f"{row.clips:>14}{price.clips:>9,}{price.asks:>11,}{_tokens(price)}{_hours(price)}{_money(price)}"
        )
    lacking = [
        option
        for option, known in (
            ("--asks-per-second for hours", study.costs[0].hours),
            ("--price-per-mtok for cost", study.costs[0].money),
        )
        if known is None
    ]
    if lacking:
        _say(console, f"Give {' and '.join(lacking)}.", "dim")


def _remarks(console: Console, study: Study) -> None:
    console.print()
    _say(
        console,
        "half-width: of a value's 95% interval, points. power: runs in which Holm over the ten values finds it. "
        "±: Monte Carlo standard error. found in 80%: the smallest effect that is, from a fit through the rows.",
        "dim",
    )
    for row in study.rows:
        for told in _odd(row):
            _say(console, told, "yellow")
    if study.design.wordings < 5:
        _say(console, "Fewer than five wordings: intervals hold for these wordings only.", "yellow")


def _odd(row: Row) -> list[str]:
    told = []
    if row.stems_pooled < 0.995:
        told.append(
            f"{row.clips} clips a value: in {100 * (1 - row.stems_pooled):.0f}% of runs the stem pair did not pass its "
            "coherence check, and the named options alone were used."
        )
    for found in (row.profile, row.paired):
        if found is not None and found.without:
            told.append(f"{row.clips} clips a value: {found.without} runs had no estimate and count as not found.")
    return told


def _tokens(price: Cost) -> str:
    return f"{price.tokens / 1e6:>9.1f}M"


def _hours(price: Cost) -> str:
    return f"{'-' if price.hours is None else f'{price.hours:.1f}':>9}"


def _money(price: Cost) -> str:
    return f"{'-' if price.money is None else f'{price.money:.2f}':>10}"


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style))


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text.rstrip(), style=style), no_wrap=True, crop=False, overflow="ignore", soft_wrap=True)
