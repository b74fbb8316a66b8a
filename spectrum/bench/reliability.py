"""How far one run's profile may be relied on: halves, repeats, wordings, orders, and where the variance lies.

Everything here is about one respondent. Cronbach's alpha is not among it, because it takes respondents that differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.bench.estimates import COMBINED, Estimated, asked, response_of
from spectrum.bench.metric_rows import Row
from spectrum.bench.sheet import Sheet
from spectrum.stats.agreement import matched_kappa
from spectrum.stats.generalizability import Generalizability, generalizability
from spectrum.stats.observations import (
    NAMED,
    STEMS,
    BoolArray,
    FloatArray,
    Framing,
    NotEstimableError,
    Observations,
    mean_by,
)
from spectrum.stats.reliability import SAME_REPEATS, retest_agreement
from spectrum.stats.split_half import By, SplitHalf, split_half

SPLITS: dict[By, int] = {"both": 100, "clips": 50, "wordings": 50}
FEWEST_SPLITS = 10
ANSWERS_SPLIT = 4_000_000
"""With more answers than this over all splits there are fewer splits: the halves of a large run differ little."""
LOW, GOOD = 0.5, 0.8
"""Below .5 more than half of a profile's differences are not about values; from .8 on single differences hold up."""
MANY_FLIPS = 0.25
COMPONENTS = ("value", "clip", "wording", "value x wording", "clip x wording", "residual")


@dataclass(frozen=True, slots=True)
class Consistency:
    """Do two framings of one wording give one clip the same answer?"""

    pairs: int
    """Clip x wording with both framings answered."""
    differ: float
    """Share of them with different answers."""
    kappa: float | None
    """Agreement beyond chance; None where one framing always got one answer."""


@dataclass(frozen=True, slots=True)
class Retest:
    """Repeats of equal asks."""

    items: int
    """Answered more than once."""
    agreement: float | None
    """ICC(2,1), absolute; None where it is not estimable."""
    reason: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """What the answers of a condition to a construct say of themselves, by one measure."""

    condition: str
    construct: str
    measure: str
    halves: dict[By, SplitHalf | str]
    """By what is halved; a string is the reason why there is no number."""
    retest: Retest
    orders: Consistency | None
    """Options named in either order; None where they were not asked."""
    stems: Consistency | None
    """Would against reversed would-not."""
    general: Generalizability | str
    verdict: str
    """One sentence: what may be concluded."""


def reliability(sheet: Sheet, found: Estimated, seed: int = 0) -> Reliability:
    """Reliability of one estimate's answers; whatever cannot be told carries its reason."""
    rows = asked(sheet, found.condition, found.construct, found.measure)
    response = response_of(sheet, found.measure)
    usable = rows & found.pooling.rows(sheet.framing)
    observations = sheet.observations(usable, response, covariates=())
    halves = {by: _halves(observations, by, splits, seed) for by, splits in SPLITS.items()}
    general = _general(sheet, usable, response)
    orders = _consistency(sheet, rows, response, NAMED)
    stems = _consistency(sheet, rows, response, STEMS)
    retest = _retest(sheet, rows, response)
    return Reliability(
        condition=found.condition,
        construct=found.construct,
        measure=found.measure,
        halves=halves,
        retest=retest,
        orders=orders,
        stems=stems,
        general=general,
        verdict=_verdict(found, halves["both"], general, orders),
    )


def reliability_rows(sheet: Sheet, estimates: Sequence[Estimated], seed: int = 0) -> list[Row]:
    """Rows of the metric table "reliability" for every estimate of written answers or option probabilities."""
    found = [reliability(sheet, each, seed) for each in estimates if each.measure != COMBINED]
    return [row for each in found for row in _rows(each)]


def _halves(observations: Observations, by: By, splits: int, seed: int) -> SplitHalf | str:
    try:
        affordable = ANSWERS_SPLIT // max(observations.response.size, 1)
        return split_half(observations, by, splits=min(splits, max(affordable, FEWEST_SPLITS)), seed=seed)
    except NotEstimableError as error:
        return error.reason


def _general(sheet: Sheet, rows: BoolArray, response: FloatArray) -> Generalizability | str:
    """Components over clips of value sets; a clip of several sets counts with the first of them."""
    values = {code for sets in sheet.clips.value_sets for code in sets}
    if len(values) < 2:
        return "the clips belong to one value only"
    number = {code: place for place, code in enumerate(sorted(values))}
    main = np.array([_main(sheet, row, number) for row in range(len(sheet.clips.ids))], dtype=np.int64)
    used = rows & ~np.isnan(response) & (main[sheet.clip] >= 0)
    if not used.any():
        return "no clip of a value set was answered"
    try:
        return generalizability(
            response[used], main[sheet.clip[used]], sheet.clip[used], sheet.wording[used], sheet.framing[used]
        )
    except NotEstimableError as error:
        return error.reason


def _main(sheet: Sheet, row: int, number: dict[str, int]) -> int:
    sets = sheet.clips.value_sets[row]
    return number[sets[0]] if sets else -1


def _consistency(
    sheet: Sheet, rows: BoolArray, response: FloatArray, framings: tuple[Framing, Framing]
) -> Consistency | None:
    """Compare two framings of a clip x wording; means over repeats count as the choice they lean to."""
    one, other = (_leaning(sheet, rows & (sheet.framing == framing), response) for framing in framings)
    both = ~np.isnan(one) & ~np.isnan(other)
    pairs = int(both.sum())
    if not pairs:
        return None
    first, second = one[both] > 0.5, other[both] > 0.5
    kappa = matched_kappa(first, second, np.zeros(pairs, dtype=np.int64))
    return Consistency(pairs, float((first != second).mean()), kappa)


def _leaning(sheet: Sheet, rows: BoolArray, response: FloatArray) -> FloatArray:
    """Mean response by clip x wording, (clips x wordings,); NaN where there is none, or it leans neither way."""
    used = rows & ~np.isnan(response)
    cell = sheet.clip[used] * len(sheet.wordings) + sheet.wording[used]
    means = mean_by(cell, response[used], len(sheet.clips.ids) * len(sheet.wordings))
    return np.where(means != 0.5, means, np.nan)


def _retest(sheet: Sheet, rows: BoolArray, response: FloatArray) -> Retest:
    used = rows & ~np.isnan(response)
    _, place, times = np.unique(sheet.item[used], return_inverse=True, return_counts=True)
    again = times[place] > 1
    if not again.any():
        return Retest(0, None, "each question was asked once: a second time takes --repeats, or another run")
    order = np.lexsort((sheet.repeat[used][again], place[again]))
    ordered, keys = response[used][again][order], place[again][order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    ratings = np.column_stack([ordered[starts], ordered[starts + 1]])
    count = int((times > 1).sum())
    if count < 2:
        return Retest(count, None, "one item was answered twice")
    try:
        return Retest(count, retest_agreement(ratings), None)
    except NotEstimableError as error:
        copies = ": greedy decoding gives the same answer to the same question" if error.reason == SAME_REPEATS else ""
        return Retest(count, None, error.reason + copies)


def _verdict(
    found: Estimated, both: SplitHalf | str, general: Generalizability | str, orders: Consistency | None
) -> str:
    if found.reason is not None:
        return f"nothing can be concluded, because {found.reason}."
    if isinstance(both, str):
        return f"how reproducible the profile is cannot be told, because {both}."
    told = f"halves that differ in clips and wordings agree .{round(100 * max(both.reliability, 0)):02d}"
    if both.reliability >= 0.995:
        told = "halves that differ in clips and wordings agree 1.00"
    if not isinstance(general, str) and np.isfinite(general.coefficient):
        told += f", generalizability {general.coefficient:.2f}"
    if both.reliability < LOW:
        sentence = f"values may not be compared: the profile is mostly clips, wordings and chance ({told})"
        if not isinstance(general, str) and general.clips_needed is not None:
            sentence += f"; about {general.clips_needed:,} clips a value would bring generalizability to .8"
    elif both.reliability < GOOD:
        sentence = f"groups of values may be compared with their intervals, single ranks may not ({told})"
    else:
        sentence = f"the profile is reproducible over clips and wordings ({told})"
    if orders is not None and orders.differ > MANY_FLIPS:
        sentence += f"; {100 * orders.differ:.0f}% of the answers turn with the order of the options"
    return sentence + "."


def _rows(found: Reliability) -> list[Row]:
    rows = [_row(found, "verdict", "", note=found.verdict)]
    for by, half in found.halves.items():
        if isinstance(half, str):
            rows.append(_row(found, "split_half", by, note=half))
        else:
            unit = "wordings" if by == "wordings" else "independent clips"
            ends = {"low": half.low, "high": half.high}
            rows.append(_row(found, "split_half", by, half.reliability, **ends, count=half.units, unit=unit))
    again = found.retest
    rows.append(_row(found, "retest", "", again.agreement, count=again.items, unit="items", note=again.reason))
    for name, consistency in (("order", found.orders), ("stem", found.stems)):
        if consistency is not None:
            counted = {"count": consistency.pairs, "unit": "pairs of asks"}
            rows.append(_row(found, name, "differ", consistency.differ, **counted))
            flat = None if consistency.kappa is not None else "one side always got the same answer"
            rows.append(_row(found, name, "kappa", consistency.kappa, **counted, note=flat))
    return rows + _general_rows(found)


def _general_rows(found: Reliability) -> list[Row]:
    if isinstance(found.general, str):
        return [_row(found, "generalizability", "", note=found.general)]
    general = found.general
    rows = [_row(found, "generalizability", "", general.coefficient, count=general.clips_needed, unit="clips for .8")]
    for factor in COMPONENTS:
        levels = general.components.levels[factor]
        variance, share = general.components.estimates[factor], general.components.share(factor)
        unit = "answers" if factor == "residual" else "levels"
        rows.append(_row(found, "component", factor, variance, share=share, count=levels, unit=unit))
    return rows


def _row(found: Reliability, statistic: str, part: str, estimate: float | None = None, **columns: object) -> Row:
    empty = dict.fromkeys(("low", "high", "share", "count", "unit", "note"))
    head = {"condition": found.condition, "construct": found.construct, "measure": found.measure}
    return {**head, "statistic": statistic, "part": part, "estimate": estimate, **empty, **columns}
