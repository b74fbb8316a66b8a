"""How much a profile hangs on single keywords: re-estimated without the clips that each one found."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spectrum.bench.estimates import COMBINED, PROBABILITY, Estimated, asked, response_of
from spectrum.bench.sheet import Clips, Sheet
from spectrum.stats.observations import BoolArray, NotEstimableError
from spectrum.stats.relabelled import ClipSums, leave_out


@dataclass(frozen=True, slots=True)
class KeywordLeftOut:
    """The profile without one keyword's clips."""

    condition: str
    construct: str
    measure: str
    keyword: str
    keyword_value: str
    clips: int
    """Found by it."""
    value: int | None
    """Whose estimate changes most; None where the rest tells nothing of some value."""
    estimate: float
    without: float

    @property
    def change(self) -> float:
        """Without minus with; NaN where there is none."""
        return self.without - self.estimate


def keywords_left_out(sheet: Sheet, main: Estimated) -> list[KeywordLeftOut]:
    """Every keyword of the clips that were answered, by code and phrase; none where there is no profile.

    Point estimates only: least squares as the profile's (the combined measure is looked at by its probabilities).
    """
    if main.profile is None:
        return []
    measure = PROBABILITY if main.measure == COMBINED else main.measure
    rows = asked(sheet, main.condition, main.construct, measure) & main.pooling.rows(sheet.framing)
    try:
        sums = ClipSums.of(sheet.observations(rows, response_of(sheet, measure)))
    except NotEstimableError:
        return []
    found_by = _found_by(sheet.clips)
    keys = sorted(key for key, clips in found_by.items() if clips[sums.clips].any())
    groups = [found_by[key][sums.clips] for key in keys]
    whole = sums.profile()
    return [
        _left_out(main, key, int(group.sum()), whole, without)
        for key, group, without in zip(keys, groups, leave_out(sums, groups), strict=True)
    ]


def largest(found: Sequence[KeywordLeftOut]) -> KeywordLeftOut | None:
    """The keyword that matters most; None where none was left out."""
    told = [each for each in found if each.value is not None]
    return max(told, key=lambda each: abs(each.change), default=None)


def _left_out(
    main: Estimated, key: tuple[str, str], clips: int, whole: np.ndarray, without: np.ndarray
) -> KeywordLeftOut:
    code, keyword = key
    if np.isnan(without).any():
        return KeywordLeftOut(
            main.condition, main.construct, main.measure, keyword, code, clips, None, float("nan"), float("nan")
        )
    value = int(np.argmax(np.abs(without - whole)))
    return KeywordLeftOut(
        main.condition, main.construct, main.measure, keyword, code, clips, value, float(whole[value]),
        float(without[value]),
    )  # fmt: skip


def _found_by(clips: Clips) -> dict[tuple[str, str], BoolArray]:
    """(code, keyword) -> (m,) clips that it found."""
    found: dict[tuple[str, str], BoolArray] = {}
    for row, (sets, keywords) in enumerate(zip(clips.value_sets, clips.keywords, strict=True)):
        for code, keyword in zip(sets, keywords, strict=False):
            if keyword:
                found.setdefault((code, keyword), np.zeros(len(clips.ids), dtype=np.bool_))[row] = True
    return found
