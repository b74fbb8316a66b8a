"""What a comparison may say, in the form and with the gates of the project's measurement rules."""

from collections.abc import Sequence

from spectrum.bench.headline import CAVEAT, left_open, level_left_open
from spectrum.bench.phrases import ends, listed, many, number, points
from spectrum.compare.checks import checks_clause
from spectrum.compare.comparison import Comparison
from spectrum.compare.decisions import DIFFERS, SAME, WITHIN, Decision, Exceeded
from spectrum.compare.differences import Difference, Estimates
from spectrum.stats.alike_groups import AlikeGroups

MODELS_CAVEAT = CAVEAT.replace("the model values", "the models value")


def difference_sentence(difference: Difference, decision: Decision | None, names: Sequence[str]) -> str:
    """One contender against its reference, or why that cannot be said."""
    one, other = difference.contender.name, difference.reference
    if difference.found is None or decision is None:
        return f"No difference between {one} and {other} can be reported, because {difference.reason}."
    found = difference.found
    theta, level = found.contrast.theta, found.contrast.level
    basis = f"On {many(found.clips, 'clip')} in {many(found.wordings, 'wording')}"
    named = decision.standing.named
    rest = _rest(found, decision, [place for place in range(len(names)) if place not in named])
    if found.identical:
        return (
            f"{basis}, all {found.items:,} answers of {one} and {other} are identical: where they should be two "
            "models, see that the paths are two runs."
        )
    bounds = None if found.bounds is None else found.bounds.theta
    whose = "Its" if named else f"{one}'s"
    general = (
        f"{whose} general acceptance is {points(abs(level.estimate[0]))} "
        f"{'higher' if level.estimate[0] >= 0 else 'lower'}{'' if named else f' than that of {other}'} "
        f"{ends(level.low[0], level.high[0])}{level_left_open(found.bounds)}."
    )
    if not named:
        return f"{basis}, {one} and {other} have no value that stands clear between them; {rest}. {general}"
    claims = []
    for place, value in enumerate(named):
        size = theta.estimate[value]
        way = "more" if size > 0 else "less"
        amount = points(abs(size)) + (f" {way} than {other}" if place == 0 else f" {way}")
        claims.append(f"{names[value]} clips {amount} {ends(theta.low[value], theta.high[value])}")
    told = listed(claims)
    open_ = left_open(bounds, named, names)
    return f"{basis}, {one} accepted {told}, relative to each one's own average{open_}; {rest}. {general}"


def groups_sentence(groups: AlikeGroups, names: Sequence[str]) -> str:
    """Which of many respondents cannot be told apart over all values together."""
    told = "; ".join(", ".join(names[place] for place in group) for group in groups.overall)
    if len(groups.overall) == 1:
        return f"No two of the {number(len(names))} can be told apart by their profiles."
    return f"Respondents whose profiles cannot be told apart share a group: {told}."


def headline(sentences: Sequence[str], groups: str | None) -> str:
    """What is read first: one comparison in full, or of many the groups; with what it does not say."""
    told = [groups] if groups is not None else [sentences[0]]
    return " ".join([*told, MODELS_CAVEAT])


def fail_over_sentence(comparison: Comparison) -> str | None:
    """What --fail-over came to; None where it was not asked for."""
    most = comparison.options.fail_over
    if most is None:
        return None
    if comparison.exceeded:
        told = exceeded_sentence(comparison.exceeded, most, comparison.system.names)
    else:
        without = [pair.difference for pair in comparison.pairs if pair.difference.found is None]
        if without:
            return (
                f"{without[0].contender.name} and {without[0].reference} cannot be compared: --fail-over cannot pass."
            )
        told = f"No real difference is larger than {100 * most:g} points."
    return told + checks_clause(comparison.joined.contenders)


def exceeded_sentence(exceeded: Sequence[Exceeded], most: float, names: Sequence[str]) -> str:
    """What made the comparison fail."""
    told = listed(
        [
            f"{names[found.value]} {100 * found.estimate:+.0f} ({found.contender} - {found.reference})"
            for found in exceeded
        ]
    )
    return f"Real differences beyond {100 * most:g} points: {told}."


def _rest(found: Estimates, decision: Decision, rest: Sequence[int]) -> str:
    verdicts = [decision.verdicts[value] for value in rest]
    same, real = verdicts.count(SAME), verdicts.count(DIFFERS) + verdicts.count(WITHIN)
    open_ = len(rest) - same - real
    parts = []
    if same:
        parts.append(f"{_is(same)} equivalent within {100 * found.same.margin:g} points")
    if real:
        parts.append(f"{number(real)} moved only as much as one another")
    if open_:
        parts.append(f"{number(open_)} cannot be told apart")
    whole = f"other {number(len(rest))}" if len(rest) < len(decision.verdicts) else f"{number(len(rest))} values"
    if not parts:
        return "no value is left over"
    if len(parts) == 1:
        return f"the {whole} {parts[0].split(' ', 1)[1]}"
    return f"of the {whole}, {listed(parts)}"


def _is(count: int) -> str:
    return f"{number(count)} {'is' if count == 1 else 'are'}"
