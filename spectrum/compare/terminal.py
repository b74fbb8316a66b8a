"""A comparison for a terminal: the sentence first, then the values in fixed columns that hold at 80 characters."""

from rich.console import Console
from rich.text import Text

from spectrum.bench.estimates import WRITTEN
from spectrum.bench.phrases import ends
from spectrum.compare.checks import checks_sentence
from spectrum.compare.comparison import Comparison, Pair
from spectrum.compare.decisions import Decision
from spectrum.compare.differences import Estimates
from spectrum.compare.sentences import (
    MODELS_CAVEAT,
    difference_sentence,
    fail_over_sentence,
    groups_sentence,
)
from spectrum.published import Published, PublishedAnalysis
from spectrum.report.words import p_text, points
from spectrum.stats.observations import FloatArray
from spectrum.stats.tied_groups import letters
from spectrum.stats.yes_counts import count_interval
from spectrum.values import ValueSystem

FULL = 3
"""Up to this many comparisons are told in full; more of them become one table."""


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Print sentences, differences, groups and notes."""
    names = comparison.system.names
    told = comparison.pairs if len(comparison.pairs) <= FULL else ()
    for pair in told:
        say(console, difference_sentence(pair.difference, pair.decision, names), "bold")
    for profile in comparison.profiles:
        if profile.reason is not None:
            lacking = "cannot be compared" if profile.contender.reason is not None else "has no profile of its own"
            say(console, f"{profile.contender.name} {lacking}, because {profile.reason}.", "yellow")
    for pair in told:
        _pair(console, pair, comparison.system, comparison.joined.measure)
    if not told:
        _matrix(console, comparison)
    _groups(console, comparison)
    _notes(console, comparison)
    checks = checks_sentence(comparison.joined.contenders)
    if checks is not None:
        say(console, checks, "yellow")
    verdict = fail_over_sentence(comparison)
    if verdict is not None:
        console.print()
        say(console, verdict, "bold")
    say(console, MODELS_CAVEAT, "dim")


def show_published(published: Published, analysis: PublishedAnalysis, system: ValueSystem, console: Console) -> None:
    """Print the published main table with its tests, its shares and what the ablation says of it."""
    console.print()
    say(console, f"Published: per cent of yes, {published.asked} answers each ({published.source})", "bold")
    line(
        console,
        f"{'':18}" + "".join(f"{code:>4}" for code in system.codes) + f"{'p':>9}{'Holm':>7}{'deff 2':>8}",
        "dim",
    )
    percent = published.table("main").percent(system)
    for place, model in enumerate(analysis.models):
        cells = "".join(f"{share:4.0f}" for share in percent[place])
        p = _p_exact(float(analysis.tests.p[place]))
        holm, clustered = (p_text(float(x[place])) for x in (analysis.tests.p_holm, analysis.clustered.p))
        line(console, f"{model[:17]:18}{cells}{p:>9}{holm:>7}{clustered:>8}")
    say(console, "p: chi-square of any value profile at all; deff 2: had two answers been worth one.", "dim")
    say(
        console, f"With {published.asked} answers {_reach(published)} (95%, Wilson). Shown beside, never paired.", "dim"
    )
    say(console, analysis.sentence())
    agreement = analysis.concordance
    say(console, f"The models rank the values alike only in part: Kendall's W {agreement.w:.2f} (p {agreement.p:.3f}).")
    for found in analysis.replications:
        say(
            console,
            f"{found.model}: the value order of the main table against the ablation's, rank correlation "
            f"{found.correlation.rho:.2f}; mean {found.main_mean:.1f} against {found.ablation_mean:.1f}.",
        )


def say(console: Console, text: str, style: str = "") -> None:
    """A paragraph, wrapped at the console's width."""
    console.print(Text(text, style=style))


def line(console: Console, text: str, style: str = "") -> None:
    """A line of a table, never wrapped."""
    console.print(Text(text.rstrip(), style=style), no_wrap=True, crop=False, overflow="ignore", soft_wrap=True)


def _pair(console: Console, pair: Pair, system: ValueSystem, measure: str) -> None:
    found, decision = pair.difference.found, pair.decision
    if found is None or decision is None:
        return
    console.print()
    one, other = pair.difference.contender.name, pair.difference.reference
    by = "" if measure == WRITTEN else ", by option probabilities"
    say(console, f"{one} minus {other}: points from each one's own average, {found.items:,} identical items{by}")
    line(console, f"{'':16}{'points':>7} {'95%':^12}{'p (Holm)':>9}{'SD':>7}  verdict", "dim")
    for place, name in enumerate(system.names):
        line(console, _value_line(name, place, found, decision))
    level = found.contrast.level
    shown = f"{points(level.estimate[0]):>7} {ends(level.low[0], level.high[0]):^12}{p_text(decision.p_level):>9}"
    line(console, f"{'general level':16}{shown}")
    say(console, _legend(found), "dim")


def _value_line(name: str, place: int, found: Estimates, decision: Decision) -> str:
    theta = found.contrast.theta
    interval = ends(theta.low[place], theta.high[place])
    return (
        f"{name[:15]:16}{points(theta.estimate[place]):>7} {interval:^12}{p_text(decision.p_tested[place]):>9}"
        f"{found.standardised[place]:>7.2f}  {decision.verdicts[place]}"
    )


def _legend(found: Estimates) -> str:
    scales = (
        "the larger of the p on the probability and the logit scale" if found.logit is not None else "probability scale"
    )
    conditional = " Intervals hold for these wordings only." if found.contrast.conditional_on_wordings else ""
    return (
        f"p: Holm over all values and comparisons, {scales}. SD: in units of the spread between clips. Equivalent: "
        f"within {100 * found.same.margin:g} points (two one-sided tests, Holm).{conditional}"
    )


def _matrix(console: Console, comparison: Comparison) -> None:
    console.print()
    whole = comparison.pairs[0].difference.reference
    say(console, f"Contender minus {whole}, points by value; * real (Holm over all, both scales), = equivalent")
    codes = comparison.system.codes
    line(console, f"{'':24}" + "".join(f"{code:>6}" for code in codes) + f"{'level':>8}", "dim")
    for pair in comparison.pairs:
        found, decision = pair.difference.found, pair.decision
        if found is None or decision is None:
            line(console, f"{pair.difference.contender.name[:23]:24}{'not comparable':>14}")
            continue
        marks = [
            "*" if real else "=" if verdict == "equivalent" else ""
            for real, verdict in zip(decision.significant, decision.verdicts, strict=True)
        ]
        cells = _cells(found.contrast.theta.estimate, marks)
        level = points(found.contrast.level.estimate[0]) + ("*" if decision.p_level < 0.05 else "")
        line(console, f"{pair.difference.contender.name[:23]:24}{cells}{level:>8}")


def _cells(estimate: FloatArray, marks: list[str]) -> str:
    return "".join(f"{100 * size:>+5.0f}{mark:1}" for size, mark in zip(estimate, marks, strict=True))


def _groups(console: Console, comparison: Comparison) -> None:
    groups = comparison.groups
    if comparison.groups_reason is not None:
        say(console, f"No groups: {comparison.groups_reason}.", "yellow")
    if groups is None:
        return
    console.print()
    say(console, f"Who cannot be told apart, by value: points from the mean of all, {comparison.shared_items:,} items")
    line(
        console,
        f"{'':24}" + "".join(f"{code:>6}" for code in comparison.system.codes) + f"{'level':>7}{'all':>5}",
        "dim",
    )
    for place, name in enumerate(comparison.grouped):
        cells = "".join(f"{letters(found, place)[:5]:>6}" for found in groups.by_value)
        line(
            console,
            f"{name[:23]:24}{cells}{letters(groups.by_level, place)[:6]:>7}{letters(groups.overall, place)[:4]:>5}",
        )
    say(console, groups_sentence(groups, comparison.grouped))
    say(console, "Two that share a letter cannot be told apart (95%, all pairs and values at once).", "dim")


def _notes(console: Console, comparison: Comparison) -> None:
    for pair in comparison.pairs:
        for note in pair.notes:
            say(console, f"{pair.difference.contender.name} / {pair.difference.reference}: {note}", "yellow")


def _reach(published: Published) -> str:
    ends = [(share, count_interval(published.asked * share // 100, published.asked)) for share in (50, 90)]
    return " and ".join(f"a published {share} is {100 * low:.0f} to {100 * high:.0f}" for share, (low, high) in ends)


def _p_exact(p: float) -> str:
    return f"{p:.0e}".replace("e-0", "e-") if p < 0.0001 else f"{p:.4f}".removeprefix("0")
