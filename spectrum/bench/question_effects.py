"""What wording, stem and order did to the answers of a run."""

from dataclasses import dataclass

import numpy as np

from spectrum.bench.estimates import PROBABILITY, WRITTEN, Estimated, asked, response_of
from spectrum.bench.sheet import Sheet
from spectrum.stats.intervals import Intervals, holm
from spectrum.stats.observations import NAMED, STEMS, BoolArray, FloatArray, NotEstimableError
from spectrum.stats.wording_effects import share_less_half, wording_effects, yes_bias_interval

ALL = "all"


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """One effect over all wordings, or of each."""

    condition: str
    construct: str
    measure: str
    effect: str
    """"wording", "yes_bias" or "order"."""
    wordings: tuple[str, ...]
    """A name a row, or "all"."""
    found: Intervals
    answers: tuple[int, ...]


def question_effects(sheet: Sheet, main: Estimated) -> list[Effect]:
    """Acceptance by wording; yes-bias and order effect, over all wordings and of each; what is unknown is out."""
    measure = WRITTEN if main.measure == WRITTEN else PROBABILITY
    rows = asked(sheet, main.condition, main.construct, measure)
    response = response_of(sheet, measure)
    head = (main.condition, main.construct, measure)
    effects = []
    try:
        by_wording = wording_effects(sheet.observations(rows, response, labelled=False))
        names = tuple(sheet.wordings[code] for code in by_wording.wording.tolist())
        effects.append(Effect(*head, "wording", names, by_wording.effect, tuple(by_wording.answers.tolist())))
    except NotEstimableError:
        pass
    stems = rows & np.isin(sheet.framing, STEMS) & ~np.isnan(response)
    named = rows & np.isin(sheet.framing, NAMED) & ~np.isnan(sheet.first_chosen)
    for name, usable in (("yes_bias", stems), ("order", named)):
        effects += _overall_and_each(sheet, head, name, usable, response)
    return effects


def _overall_and_each(
    sheet: Sheet, head: tuple[str, str, str], effect: str, rows: BoolArray, response: FloatArray
) -> list[Effect]:
    def told(part: BoolArray) -> Intervals | None:
        try:
            if effect == "yes_bias":
                return yes_bias_interval(sheet.observations(part, response, labelled=False))
            cluster = sheet.clips.cluster[sheet.clip[part]]
            return share_less_half(sheet.first_chosen[part], cluster, sheet.wording[part])
        except NotEstimableError:
            return None

    found = []
    overall = told(rows)
    if overall is not None:
        found.append(Effect(*head, effect, (ALL,), overall, (int(rows.sum()),)))
    each = []
    for code in np.unique(sheet.wording[rows]).tolist():
        part = rows & (sheet.wording == code)
        one = told(part)
        if one is not None:
            each.append((sheet.wordings[code], one, int(part.sum())))
    if len(each) > 1:
        names, parts, answers = zip(*each, strict=True)
        found.append(Effect(*head, effect, names, _joined(parts), answers))
    return found


def _joined(parts: tuple[Intervals, ...]) -> Intervals:
    """Single estimates as one family."""

    def column(name: str) -> FloatArray:
        return np.concatenate([getattr(part, name) for part in parts])

    p = column("p")
    return Intervals(column("estimate"), column("se"), column("df"), column("low"), column("high"), p, holm(p))
